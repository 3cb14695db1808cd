import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {RoomDialog} from "./room_dialog";
import {sumOf} from "./room_words";

/** 确认签署: documents, seals and counts before the code is asked for. `onNext()` freezes them. */
export class RoomConfirm extends Component {
    static template = "esign_sign.RoomConfirm";
    static components = {RoomDialog};
    static props = {
        desk: Object,
        reading: Object,
        act: Object,
        lead: String,
        loginUrl: String,
        onNext: Function,
        onClose: Function,
    };

    setup() {
        this.state = useState(this.props.act.state);
        this.choice = useState(this.props.desk.state);
    }

    get title() {
        return _t("Check and confirm");
    }

    get desk() {
        return this.props.desk;
    }

    get sum() {
        return sumOf(this.desk.ready.length, this.desk.total);
    }

    get leftLabel() {
        return _t(
            "Not signed this time, because nothing is placed on them: %s",
            this.desk.left.map((one) => one.name).join("、"),
        );
    }

    unreadLabel(contract) {
        return _t("%s pages not read yet", this.props.reading.unread(contract));
    }
}
