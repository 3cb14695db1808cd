import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** What came of the act, and where to go on. `onLeave(contract)` goes back to the pages, to this one if it is given. */
export class RoomResult extends Component {
    static template = "esign_sign.RoomResult";
    static props = {
        act: Object,
        room: Object,
        next: {type: Object, optional: true},
        onLeave: Function,
    };

    get title() {
        return this.props.act.finish ? _t("You have signed") : _t("These seals are signed");
    }

    get text() {
        if (!this.props.act.finish) {
            return _t("Place further seals and confirm again, or finish the signing.");
        }
        if (this.props.next) {
            return _t("Further documents of this task are waiting for you.");
        }
        return this.props.room.group.state === "done"
            ? _t("All parties have signed: the contract is completed.")
            : _t(
                  "The other parties are told when it is their turn. You find the contract among those that wait for others.",
              );
    }

    /** Where a signed file is fetched by who came by a link: he has no list to find it in. */
    urlOf(signed) {
        const {room} = this.props;
        return (room.result && room.contracts.find(({id}) => id === signed.id)?.url) || "";
    }
}
