import {Component, onMounted, onWillUnmount, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {BoardPage} from "./board_page";

const WIDTH = 84;
const EXTRA = 34;

/** Small pictures of the pages at the left; only those near the view are there. */
export class BoardThumbs extends Component {
    static template = "esign_base.BoardThumbs";
    static components = {BoardPage};
    static props = {
        source: Object,
        frames: Array,
        current: Number,
        marked: Array,
        onChoose: Function,
    };

    setup() {
        this.root = useRef("root");
        this.state = useState({top: 0, height: 600});
        this.width = WIDTH;
        onMounted(() => {
            this.observer = new ResizeObserver(
                () => (this.state.height = this.root.el?.clientHeight || 600),
            );
            this.observer.observe(this.root.el);
        });
        onWillUnmount(() => this.observer.disconnect());
        onWillUpdateProps(
            (next) => next.current !== this.props.current && this.follow(next.current),
        );
    }

    get tops() {
        if (this.framesNow !== this.props.frames) {
            this.framesNow = this.props.frames;
            this.topsNow = [0];
            for (const frame of this.props.frames) {
                this.topsNow.push(this.topsNow.at(-1) + this.heightOf(frame) + EXTRA);
            }
        }
        return this.topsNow;
    }

    heightOf(frame) {
        return Math.min((WIDTH * frame.height) / frame.width, WIDTH * 2);
    }

    get numbers() {
        const {top, height} = this.state;
        const found = [];
        for (let number = 1; number <= this.props.frames.length; number++) {
            if (this.tops[number] > top - 300 && this.tops[number - 1] < top + height + 300) {
                found.push(number);
            }
        }
        return found;
    }

    onScroll() {
        this.state.top = this.root.el.scrollTop;
    }

    follow(page) {
        const el = this.root.el;
        const [start, end] = [this.tops[page - 1], this.tops[page]];
        if (start < el.scrollTop || end > el.scrollTop + el.clientHeight) {
            el.scrollTop = start - el.clientHeight / 3;
        }
    }
}
