import {Component, useEffect, useRef, useState} from "@odoo/owl";

/** The picture of one page, drawn when it comes near the view. The old one stays until the new one is there. */
export class BoardPage extends Component {
    static template = "esign_base.BoardPage";
    static props = {
        source: Object,
        number: Number,
        width: Number,
        later: {type: Boolean, optional: true},
        onDrawn: {type: Function, optional: true},
    };

    setup() {
        this.paper = useRef("paper");
        this.state = useState({drawn: false, failed: false, tries: 0});
        useEffect(
            () => this.draw(),
            () => [
                this.props.source,
                this.props.number,
                Math.round(this.props.width),
                this.state.tries,
            ],
        );
    }

    draw() {
        const {source, number, width, later} = this.props;
        const job = source.draw(number, width, {later});
        job.promise.then(
            (canvas) => {
                if (canvas && this.paper.el) {
                    this.paper.el.replaceChildren(canvas);
                    this.state.drawn = true;
                    this.state.failed = false;
                    this.props.onDrawn?.(number);
                }
            },
            () => (this.state.failed = true),
        );
        return () => job.cancel();
    }

    retry() {
        this.state.failed = false;
        this.state.tries++;
    }
}
