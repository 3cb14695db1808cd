import {Component, onMounted, useRef} from "@odoo/owl";

/** A dialog on a computer, a sheet from below on a phone. The browser keeps focus inside and gives it back. */
export class RoomDialog extends Component {
    static template = "esign_sign.RoomDialog";
    static props = {
        title: String,
        name: String,
        onClose: {type: Function, optional: true},
        slots: Object,
    };

    setup() {
        this.root = useRef("root");
        onMounted(() => this.root.el.showModal());
    }

    onCancel(ev) {
        ev.preventDefault();
        this.props.onClose?.();
    }
}
