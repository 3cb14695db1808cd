import {markRaw} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {aligned, clamped, fits, pageOf, piecesOf} from "./board_geometry";
import {BoardView} from "./board_view";

let serial = 0;

/** Changes of items, all of them through commit(): one step of the history, one report to the host. */
export class BoardEditing extends BoardView {
    // Changes --------------------------------------------------------------------------------

    commit(items) {
        const list = markRaw(items);
        this.history.push(list);
        this.show(list);
    }

    show(items) {
        this.state.items = markRaw(items);
        this.state.selected = this.state.selected.filter((id) =>
            items.some((item) => item.id === id),
        );
        this.props.onChange?.(items);
    }

    undo() {
        if (this.history.canUndo) {
            this.show(this.history.undo());
            this.say(_t("Undone"));
        }
    }

    redo() {
        if (this.history.canRedo) {
            this.show(this.history.redo());
            this.say(_t("Done again"));
        }
    }

    change(id, values) {
        const items = this.state.items.map((item) => {
            if (item.id !== id) {
                return item;
            }
            const changed = {...item, ...values};
            return clamped(changed, this.frameOf(changed));
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
        const count = this.props.frames.length;
        const page = pageOf(Number.parseInt(first ?? item.page, 10) || 1, count);
        const last_page = Math.max(
            page,
            pageOf(Number.parseInt(last ?? this.lastPage(item), 10) || count, count),
        );
        this.change(item.id, {page, last_page: last_page === count ? -1 : last_page});
    }

    frameOf(item) {
        return this.props.frames[pageOf(item.page, this.props.frames.length) - 1];
    }

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

    /** The item of an entry with its middle at a point of a page; null where it does not fit. */
    positioned(item, {page, x, y}) {
        const placed = {...item, page, x: x - item.width / 2, y: y - item.height / 2};
        const frame = this.props.frames[page - 1];
        if (!fits(placed, frame)) {
            this.warn(_t("This page is too small for “%s”.", this.label(item)));
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
        if (!item) {
            return;
        }
        this.commit([...this.state.items, item]);
        this.state.selected = [item.id];
        this.say(_t("Placed: %s", this.describe(item)));
        if (focus) {
            this.focusItem(item.id);
        }
    }

    middleOfView() {
        const el = this.scroller.el;
        const point = this.layout.point(
            el.scrollLeft + el.clientWidth / 2,
            el.scrollTop + el.clientHeight / 2,
        );
        const frame = this.props.frames[point.page - 1];
        return {
            page: point.page,
            x: frame.width / 2,
            y: Math.min(Math.max(point.y, 0), frame.height),
        };
    }

    remove(ids = this.state.selected) {
        const left = this.state.items.filter(
            (item) => !ids.includes(item.id) || !this.movable(item),
        );
        if (left.length !== this.state.items.length) {
            this.commit(left);
            this.state.selected = [];
            this.say(_t("Deleted"));
            this.scroller.el.focus({preventScroll: true});
        }
    }

    duplicate(item) {
        const copy = {...item, id: this.made(item).id, x: item.x + 5, y: item.y + 5};
        this.commit([...this.state.items, clamped(copy, this.frameOf(copy))]);
        this.state.selected = [copy.id];
        this.focusItem(copy.id);
    }

    align(how) {
        const chosen = this.chosen.filter((item) => this.movable(item));
        if (chosen.length) {
            this.commit(aligned(this.state.items, chosen, how, this.props.frames));
        }
    }

    nudge(dx, dy) {
        const ids = new Set(
            this.chosen.filter((item) => this.movable(item)).map((item) => item.id),
        );
        if (!ids.size) {
            return;
        }
        this.commit(
            this.state.items.map((item) =>
                ids.has(item.id)
                    ? clamped(
                          {
                              ...item,
                              x: item.kind === "cross_page" ? item.x : item.x + dx,
                              y: item.y + dy,
                          },
                          this.frameOf(item),
                      )
                    : item,
            ),
        );
        this.say(this.describe(this.chosen[0]));
    }

    // Selecting and finding ------------------------------------------------------------------

    select(id, more = false) {
        const {selected} = this.state;
        if (!more) {
            this.state.selected = [id];
        } else {
            this.state.selected = selected.includes(id)
                ? selected.filter((one) => one !== id)
                : [...selected, id];
        }
    }

    locate(id, {focus = true} = {}) {
        const item = this.state.items.find((one) => one.id === id);
        if (!item) {
            return;
        }
        const piece = piecesOf(item, this.props.frames)[0];
        const page = this.layout.page(piece.page);
        const el = this.scroller.el;
        const {scale} = this.layout;
        el.scrollTop =
            page.top + (piece.box.y + piece.box.height / 2) * scale - el.clientHeight / 2;
        el.scrollLeft =
            page.left + (piece.box.x + piece.box.width / 2) * scale - el.clientWidth / 2;
        this.state.top = el.scrollTop;
        this.state.selected = [id];
        this.state.sheet = null;
        if (focus) {
            this.focusItem(id);
        }
    }

    focusItem(id, tries = 10) {
        requestAnimationFrame(() => {
            const el = this.scroller.el?.querySelector(`[data-item="${CSS.escape(id)}"]`);
            if (el) {
                el.focus({preventScroll: true});
            } else if (tries) {
                this.focusItem(id, tries - 1);
            }
        });
    }
}
