const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/** The board by the keyboard alone. */
export class BoardKeys {
    constructor(board) {
        this.board = board;
    }

    /** Anywhere on the board. */
    onKey(ev) {
        if (ev.target.closest("input, select, textarea")) {
            return undefined;
        }
        const {editing, items, pointers, props, state} = this.board;
        const key = ev.key.toLowerCase();
        if ((ev.ctrlKey || ev.metaKey) && ["z", "y"].includes(key) && !props.readonly) {
            ev.preventDefault();
            return key === "y" || ev.shiftKey ? editing.redo() : editing.undo();
        }
        if ((ev.ctrlKey || ev.metaKey) && key === "a" && !props.readonly && items.all.length) {
            ev.preventDefault();
            return items.selectAll();
        }
        if (ev.key === "Escape" && (pointers.armed || items.selected.length || state.sheet)) {
            ev.preventDefault();
            pointers.disarm();
            items.unselect();
            state.sheet = null;
        }
        return undefined;
    }

    /** On an item. */
    onItemKey(ev, item) {
        const {editing, items} = this.board;
        const ctrl = ev.ctrlKey || ev.metaKey;
        const movable = items.movable(item);
        if (ARROWS[ev.key] && movable) {
            ev.preventDefault();
            items.onFocus(item.id);
            const step = ev.shiftKey ? 10 : 1;
            const [dx, dy] = ARROWS[ev.key];
            editing.nudge(dx * step, dy * step);
        } else if (["Delete", "Backspace"].includes(ev.key) && movable) {
            ev.preventDefault();
            editing.remove(items.isSelected(item.id) ? items.selected : [item.id]);
        } else if (ev.key === "Tab" && !ctrl) {
            if (items.locateNext(item.id, ev.shiftKey ? -1 : 1)) {
                ev.preventDefault();
            }
        } else if (ctrl && ev.key.toLowerCase() === "d" && movable) {
            ev.preventDefault();
            editing.duplicate(item);
        } else if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            items.select(item.id, ev.shiftKey);
        }
    }
}
