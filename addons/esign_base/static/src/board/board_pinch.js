import {onMounted} from "@odoo/owl";

const between = (one, two) => Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);

/**
 * Two fingers on the pages: they zoom the board, not the window; what is between them stays there.
 * One finger scrolls, as everywhere. While the fingers move the pages are only stretched; they are
 * drawn anew when a finger is lifted.
 */
export class BoardPinch {
    constructor(board) {
        this.board = board;
        this.from = null;
        onMounted(() => {
            const {el} = this.view;
            const options = {passive: false};
            el.addEventListener("touchstart", (ev) => this.onStart(ev), options);
            el.addEventListener("touchmove", (ev) => this.onMove(ev), options);
            el.addEventListener("touchend", () => this.onEnd());
            el.addEventListener("touchcancel", () => this.onEnd());
        });
    }

    get view() {
        return this.board.view;
    }

    /** Distance of the fingers, and their middle in the view. */
    fingers([one, two]) {
        const box = this.view.el.getBoundingClientRect();
        return {
            distance: Math.max(between(one, two), 1),
            x: (one.clientX + two.clientX) / 2 - box.left,
            y: (one.clientY + two.clientY) / 2 - box.top,
        };
    }

    onStart(ev) {
        if (ev.touches.length !== 2) {
            this.onEnd();
            return;
        }
        ev.preventDefault();
        this.board.pointers.cancel();
        const {el, layout} = this.view;
        const start = this.fingers(ev.touches);
        const at = {x: start.x + el.scrollLeft, y: start.y + el.scrollTop};
        this.from = {...start, scale: layout.scale, point: layout.point(at.x, at.y), at};
        this.now = {...start, scale: layout.scale};
    }

    onMove(ev) {
        if (!this.from || ev.touches.length !== 2) {
            return;
        }
        ev.preventDefault();
        const {from} = this;
        const fingers = this.fingers(ev.touches);
        const scale = this.view.allowed((from.scale * fingers.distance) / from.distance);
        this.now = {x: fingers.x, y: fingers.y, scale};
        Object.assign(this.view.paper.style, {
            transformOrigin: `${from.at.x}px ${from.at.y}px`,
            transform:
                `translate(${fingers.x - from.x}px, ${fingers.y - from.y}px) ` +
                `scale(${scale / from.scale})`,
        });
    }

    onEnd() {
        if (this.from) {
            const {from, now} = this;
            this.from = null;
            this.view.zoomAt(now.scale, from.point, now);
        }
    }
}
