import {Component, useEffect, useRef} from "@odoo/owl";

/**
 * A number that is typed. The board is drawn anew all the time (a page was drawn, a draft was saved):
 * what is being typed stays until it is given, or until the value itself changes.
 */
export class BoardNumber extends Component {
    static template = "esign_base.BoardNumber";
    static props = {
        value: Number,
        onSet: Function,
        most: {type: Number, optional: true},
        millimetres: {type: Boolean, optional: true},
        plain: {type: Boolean, optional: true},
    };

    setup() {
        this.input = useRef("input");
        useEffect(
            () => this.show(),
            () => [this.props.value],
        );
    }

    show() {
        if (this.input.el) {
            this.input.el.value = this.props.value;
        }
    }

    onChange(ev) {
        this.props.onSet(ev.target.value);
        // What could not be taken as it was typed is shown as it is.
        requestAnimationFrame(() => this.show());
    }
}
