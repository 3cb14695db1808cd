import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {RoomDialog} from "./room_dialog";

const REASON_LENGTH = 200;

/** 拒签: refuse with a reason. `refuse(reason)` answers as the server does, see `ask`. */
export class RoomRefusal extends Component {
    static template = "esign_sign.RoomRefusal";
    static components = {RoomDialog};
    static props = {refuse: Function, onClose: Function};

    setup() {
        this.reason = useRef("reason");
        this.state = useState({reason: "", problem: "", busy: false});
    }

    get title() {
        return _t("Refuse to sign");
    }

    get hint() {
        return _t("At most %(most)s characters, %(left)s left.", {
            most: REASON_LENGTH,
            left: REASON_LENGTH - this.state.reason.length,
        });
    }

    async onSubmit() {
        const {state} = this;
        if (state.busy) {
            return;
        }
        if (state.reason.trim()) {
            Object.assign(state, {busy: true, problem: ""});
            const answer = await this.props.refuse(state.reason);
            Object.assign(state, {busy: false, problem: answer.message});
        } else {
            state.problem = _t("Give a reason: it is shown to everybody concerned.");
        }
        if (state.problem) {
            this.reason.el?.focus();
        }
    }
}
