import {markRaw, onWillUnmount, useState} from "@odoo/owl";
import {followPointer} from "./board_drag";
import {clamped, pageOf, snapped} from "./board_geometry";

const NARROWEST = 5;
const LOWEST = 3;

/** The board by mouse, finger or pen: an entry that was taken up, an item that is dragged or resized. */
export class BoardPointers {
    constructor(board) {
        this.board = board;
        this.state = useState({armed: null, drag: null});
        onWillUnmount(() => this.stop?.());
    }

    /** Key of the entry that was taken up, while the palette has it: another party's or file's may not. */
    get armed() {
        return this.board.looks.entry(this.state.armed) ? this.state.armed : null;
    }

    get drag() {
        return this.state.drag;
    }

    // Choosing an entry, then the place -------------------------------------------------------

    arm(entry) {
        this._end();
        this.state.armed = this.armed === entry.key ? null : entry.key;
        this.board.items.unselect();
        if (this.armed) {
            this.board.keyword.state.problem = "";
            this.board.state.sheet = null;
        }
    }

    disarm() {
        this.state.armed = null;
    }

    onEntryClick(ev, entry) {
        if (ev.detail === 0) {
            // Enter, Space and screen readers "click" without a pointer: they place at once.
            this.board.editing.place(entry, this.board.view.middle, {focus: true});
            this.board.state.sheet = null;
        } else if (this.tapped === entry.key) {
            this.tapped = null;
            this.arm(entry);
        }
    }

    onPagesClick(ev) {
        const entry = this.armed && this.board.looks.entry(this.armed);
        const point = entry && this.board.view.pointAt(ev.clientX, ev.clientY);
        if (point) {
            this.board.editing.place(entry, point);
            // A phone is done after one tap; with Shift a mouse goes on placing.
            if (!ev.shiftKey) {
                this.disarm();
            }
        } else if (!ev.target.closest("[data-item]")) {
            this.board.items.unselect();
        }
    }

    // Dragging -------------------------------------------------------------------------------

    /** A button or a finger is down. */
    get pressed() {
        return Boolean(this.stop);
    }

    _follow(ev, {onStart, onMove, onDrop, onClick}) {
        this.stop = followPointer(ev, {
            scroller: this.board.view.el,
            onStart,
            onMove,
            onDrop: (x, y) => {
                this.stop = null;
                onDrop(x, y);
            },
            onClick: (event) => {
                this._end();
                onClick?.(event);
            },
            onCancel: () => this._end(),
        });
    }

    /** Gives up what is being dragged. */
    cancel() {
        this.stop?.();
        this._end();
    }

    _end() {
        this.state.drag = null;
        this.stop = null;
    }

    /** Where the item would land: pulled to others on the page unless Alt is held. */
    _drop(item, event) {
        if (!item || item.kind === "cross_page" || event?.altKey) {
            return {item, guides: []};
        }
        const {items, props} = this.board;
        const others = items.all.filter(
            (other) =>
                other.id !== item.id &&
                other.kind !== "cross_page" &&
                pageOf(other.page, props.frames.length) === item.page,
        );
        const {box, guides} = snapped(item, others);
        return {item: clamped(box, items.frameOf(item)), guides};
    }

    /** From the palette onto a page. */
    onEntryDown(ev, entry) {
        if (ev.button || entry.disabledReason || this.board.props.readonly) {
            return;
        }
        const {editing, view} = this.board;
        this.tapped = null;
        const sketch = editing.made(entry);
        const follow = (x, y, event) => {
            const point = view.pointAt(x, y);
            const landing = this._drop(point && editing.positioned(sketch, point), event);
            this.state.drag = {entry, x, y, ...landing};
        };
        this._follow(ev, {
            onStart: () => this.disarm(),
            onMove: follow,
            onDrop: (x, y) => {
                follow(x, y, {});
                const {item} = this.drag;
                this._end();
                if (item) {
                    editing.add(markRaw(item), {focus: true});
                }
            },
            // Not yet armed: a phone's sheet would close, and the click that follows fall on the page under it.
            onClick: () => (this.tapped = entry.key),
        });
    }

    /** From one place to another. */
    onItemDown(ev, item) {
        if (ev.button) {
            return;
        }
        ev.stopPropagation();
        const {shiftKey} = ev;
        const {editing, items, looks, view} = this.board;
        if (!items.movable(item)) {
            items.select(item.id, shiftKey);
            return;
        }
        const start = view.pointAt(ev.clientX, ev.clientY);
        const home = pageOf(item.page, this.board.props.frames.length);
        const grab = {x: start.x - item.x - item.width / 2, y: start.y - item.y - item.height / 2};
        const follow = (x, y, event) => {
            const point = view.pointAt(x, y);
            const to = point && {page: point.page, x: point.x - grab.x, y: point.y - grab.y};
            const moved = to && editing.positioned(item, to);
            if (moved) {
                this.state.drag = {id: item.id, home, x, y, ...this._drop(moved, event)};
            }
        };
        this._follow(ev, {
            onStart: () => items.select(item.id),
            onMove: follow,
            onDrop: (x, y) => {
                follow(x, y, {});
                const moved = this.drag?.item;
                this._end();
                if (moved) {
                    editing.replace(moved);
                    items.focus(item.id);
                    this.board.say(looks.describe(moved));
                }
            },
            onClick: () => items.select(item.id, shiftKey),
        });
    }

    /** By its lower right corner. */
    onResizeDown(ev, item) {
        ev.stopPropagation();
        const {editing, items, props, view} = this.board;
        const frame = items.frameOf(item);
        const follow = (x, y) => {
            const point = view.pointAt(x, y);
            if (point && point.page === pageOf(item.page, props.frames.length)) {
                const width = Math.min(Math.max(point.x - item.x, NARROWEST), frame.width - item.x);
                const height = Math.min(Math.max(point.y - item.y, LOWEST), frame.height - item.y);
                this.state.drag = {id: item.id, guides: [], item: {...item, width, height}};
            }
        };
        this._follow(ev, {
            onMove: follow,
            onDrop: () => {
                const resized = this.drag?.item;
                this._end();
                if (resized) {
                    editing.change(item.id, {width: resized.width, height: resized.height});
                }
            },
        });
    }
}
