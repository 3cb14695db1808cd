import {markRaw, toRaw, useState} from "@odoo/owl";
import {inOrder, pageOf, piecesOf} from "./board_geometry";
import {BoardHistory} from "./board_history";

const TRIES = 10;

/** The items, those that are selected, and the way to them. Changes are made in BoardEditing. */
export class BoardItems {
    constructor(board) {
        this.board = board;
        this.history = new BoardHistory(toRaw(board.props.items));
        this.state = useState({all: markRaw([...this.history.present]), selected: []});
    }

    get all() {
        return this.state.all;
    }

    get selected() {
        return this.state.selected;
    }

    get ordered() {
        return inOrder(this.all, this.board.props.frames);
    }

    get chosen() {
        return this.selected
            .map((id) => this.all.find((item) => item.id === id))
            .filter((item) => item);
    }

    get single() {
        return this.chosen.length === 1 ? this.chosen[0] : null;
    }

    isSelected(id) {
        return this.selected.includes(id);
    }

    movable(item) {
        return !this.board.props.readonly && !item.locked;
    }

    frameOf(item) {
        const {frames} = this.board.props;
        return frames[pageOf(item.page, frames.length) - 1];
    }

    /** A list of the host replaces everything, unless it is the one it was told of. */
    follow(next, before) {
        const items = toRaw(next);
        if (items !== this.history.present && items !== toRaw(before)) {
            this.history.reset(items);
            Object.assign(this.state, {all: markRaw([...items]), selected: []});
        }
    }

    show(items) {
        this.state.all = markRaw(items);
        this.state.selected = this.selected.filter((id) => items.some((item) => item.id === id));
        this.board.props.onChange?.(items);
    }

    // Selecting and finding ------------------------------------------------------------------

    select(id, more = false) {
        if (!more) {
            this.state.selected = [id];
        } else {
            this.state.selected = this.isSelected(id)
                ? this.selected.filter((one) => one !== id)
                : [...this.selected, id];
        }
    }

    /** The keyboard came to it. What a press of the mouse selects is decided when the button is up. */
    onFocus(id) {
        if (!this.isSelected(id) && !this.board.pointers.pressed) {
            this.select(id);
        }
    }

    selectAll() {
        this.state.selected = this.ordered
            .filter((item) => this.movable(item))
            .map((item) => item.id);
    }

    /** In the list: to the item; with Shift it is selected as well, or not any more. */
    onRow(ev, id) {
        if (ev.shiftKey) {
            this.select(id, true);
        } else {
            this.locate(id);
        }
    }

    unselect() {
        this.state.selected = [];
    }

    locate(id, {focus = true} = {}) {
        const item = this.all.find((one) => one.id === id);
        if (!item) {
            return;
        }
        const [piece] = piecesOf(item, this.board.props.frames);
        this.board.view.centreOn(piece.page, piece.box);
        this.select(id);
        this.board.state.sheet = null;
        if (focus) {
            this.focus(id);
        }
    }

    /** The next item in reading order, those on pages that are not drawn included. */
    locateNext(id, by) {
        const {ordered} = this;
        const next = ordered[ordered.findIndex((item) => item.id === id) + by];
        if (next) {
            this.locate(next.id);
        }
        return Boolean(next);
    }

    focus(id, tries = TRIES) {
        requestAnimationFrame(() => {
            const el = this.board.view.el?.querySelector(`[data-item="${CSS.escape(id)}"]`);
            if (el) {
                el.focus({preventScroll: true});
            } else if (tries) {
                this.focus(id, tries - 1);
            }
        });
    }
}
