import {Component, onMounted, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** The sheet of the code. Its button always answers: what is missing is said at the field. */
export class RoomConsent extends Component {
    static template = "esign_sign.RoomConsent";
    static props = {act: Object, sum: String, loginUrl: String};

    setup() {
        this.state = useState(this.props.act.state);
        this.code = useRef("code");
        onMounted(() => this.code.el.focus());
    }

    onCode(ev) {
        this.state.code = ev.target.value.replace(/\D/g, "").slice(0, 6);
        ev.target.value = this.state.code;
    }

    async onSubmit() {
        await this.props.act.confirm();
        if (this.state.error) {
            this.code.el?.focus();
            this.code.el?.select();
        }
    }

    get sentLabel() {
        return _t(
            "A code was sent to %s. It is valid for 5 minutes and allows exactly this.",
            this.state.act.consent.mobile,
        );
    }

    get waitLabel() {
        return _t("Again in %s s", this.state.wait);
    }

    get triesLabel() {
        return _t("%s tries left.", this.state.tries);
    }
}
