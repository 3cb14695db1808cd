import {markRaw} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {aligned, clamped, fits, pageOf} from "./board_geometry";

let serial = 0;

/** Changes of items, all of them through commit(): one step of the history, one report to the host. */
export class BoardEditing {
    constructor(board) {
        this.board = board;
        this.items = board.items;
    }

    get props() {
        return this.board.props;
    }

    get pageCount() {
        return this.props.frames.length;
    }

    commit(items) {
        const list = markRaw(items);
        this.items.history.push(list);
        this.items.show(list);
    }

    get canUndo() {
        return this.items.history.canUndo;
    }

    get canRedo() {
        return this.items.history.canRedo;
    }

    undo() {
        if (this.canUndo) {
            this.items.show(this.items.history.undo());
            this.board.say(_t("Undone"));
        }
    }

    redo() {
        if (this.canRedo) {
            this.items.show(this.items.history.redo());
            this.board.say(_t("Done again"));
        }
    }

    // Placing --------------------------------------------------------------------------------

    made(entry) {
        return {
            id: `new${Date.now().toString(36)}${serial++}`,
            key: entry.key,
            kind: entry.kind,
            page: 1,
            x: 0,
            y: 0,
            width: entry.width,
            height: entry.height,
            ...(entry.party === undefined ? {} : {party: entry.party}),
            ...(entry.kind === "cross_page" ? {last_page: -1} : {}),
            ...entry.values,
        };
    }

    /** The item with its middle at a point of a page; null where it does not fit. */
    positioned(item, {page, x, y}) {
        const placed = {...item, page, x: x - item.width / 2, y: y - item.height / 2};
        const frame = this.props.frames[page - 1];
        if (!fits(placed, frame)) {
            this.board.warn(_t("This page is too small for “%s”.", this.board.looks.label(item)));
            return null;
        }
        if (item.kind === "cross_page") {
            return clamped({...placed, page: item.page, x: frame.width - item.width}, frame);
        }
        return clamped(placed, frame);
    }

    place(entry, point, {focus = false} = {}) {
        if (this.props.readonly || entry.disabledReason) {
            return;
        }
        const item = this.positioned(this.made(entry), point);
        if (item) {
            this.add(item, {focus});
        }
    }

    add(item, {focus}) {
        this.commit([...this.items.all, item]);
        this.items.select(item.id);
        this.board.say(_t("Placed: %s", this.board.looks.describe(item)));
        if (focus) {
            this.items.focus(item.id);
        }
    }

    /** An entry with its middle in the middle of each box: {page, box}. Answers how many were placed. */
    placeOn(entry, boxes) {
        const items = boxes
            .map(({page, box}) =>
                this.positioned(this.made(entry), {
                    page,
                    x: box.x + box.width / 2,
                    y: box.y + box.height / 2,
                }),
            )
            .filter((item) => item);
        if (items.length) {
            this.commit([...this.items.all, ...items]);
            this.items.select(items[0].id);
            this.board.say(_t("%s placed", items.length));
        }
        return items.length;
    }

    // Changing what is there -----------------------------------------------------------------

    /** An item in a place that was found for it. */
    replace(item) {
        this.commit(this.items.all.map((one) => (one.id === item.id ? item : one)));
    }

    change(id, values) {
        const items = this.items.all.map((item) => {
            if (item.id !== id) {
                return item;
            }
            const changed = {...item, ...values};
            return clamped(changed, this.items.frameOf(changed));
        });
        this.commit(items);
    }

    setNumber(item, name, text) {
        const value = Number.parseFloat(text);
        if (Number.isFinite(value)) {
            this.change(item.id, {[name]: value});
        }
    }

    setRange(item, first, last) {
        const count = this.pageCount;
        const page = pageOf(Number.parseInt(first ?? item.page, 10) || 1, count);
        const last_page = Math.max(
            page,
            pageOf(Number.parseInt(last ?? this.board.looks.lastPage(item), 10) || count, count),
        );
        this.change(item.id, {page, last_page: last_page === count ? -1 : last_page});
    }

    remove(ids = this.items.selected) {
        const left = this.items.all.filter(
            (item) => !ids.includes(item.id) || !this.items.movable(item),
        );
        if (left.length !== this.items.all.length) {
            this.commit(left);
            this.items.unselect();
            this.board.say(_t("Deleted"));
            this.board.view.el.focus({preventScroll: true});
        }
    }

    duplicate(item) {
        const copy = {...item, id: this.made(item).id, x: item.x + 5, y: item.y + 5};
        this.commit([...this.items.all, clamped(copy, this.items.frameOf(copy))]);
        this.items.select(copy.id);
        this.items.focus(copy.id);
    }

    get movableChosen() {
        return this.items.chosen.filter((item) => this.items.movable(item));
    }

    align(how) {
        const chosen = this.movableChosen;
        if (chosen.length) {
            this.commit(aligned(this.items.all, chosen, how, this.props.frames));
        }
    }

    nudge(dx, dy) {
        const ids = new Set(this.movableChosen.map((item) => item.id));
        if (!ids.size) {
            return;
        }
        this.commit(
            this.items.all.map((item) => (ids.has(item.id) ? this._moved(item, dx, dy) : item)),
        );
        this.board.say(this.board.looks.describe(this.items.chosen[0]));
    }

    /** A cross-page seal stays at the edge. */
    _moved(item, dx, dy) {
        const x = item.kind === "cross_page" ? item.x : item.x + dx;
        return clamped({...item, x, y: item.y + dy}, this.items.frameOf(item));
    }
}
