/**
 * The board: a PDF with seals, dates and fields on it. Launch, signing room and template editor use it.
 *
 * Everything is measured in millimetres from the top left corner of the page as displayed, as the
 * server stores it. The board never lets an item leave its page and draws it at its true size.
 * It fills its parent, which needs a height. All texts of the host come translated.
 *
 * Props
 *   documentUrl  address of the PDF (range requests make large files quick); a new one opens another file
 *   frames       [{width, height}] of every page, mm, so that the length is right before anything is read
 *   items        [{id, key, kind, page, x, y, width, height, …}]. Never changed in place.
 *                kind: "seal", "date", "cross_page" or "field"; page from 1, −1 is the last page
 *                last_page: of a cross-page seal, whose `y` alone counts; style: of a date
 *                label, imageUrl, party: what is shown; taken from the palette entry `key` where absent
 *                locked: shown only; resizable: may be resized (fields)
 *                A list other than the last reported one replaces everything and forgets the history.
 *   palette      [{key, kind, label, group, hint, imageUrl, width, height, party, values, disabledReason}]
 *                `values` are copied to the item; groups appear in the order of their first entry
 *   parties      [{id, name, colour?}]; items of a party bear its colour and name
 *   readonly     nothing can be placed or moved
 *   thumbnails   false: no page pictures at the left
 *   emptyText    shown in the list while nothing is placed
 *   onChange(items)        after each finished change (never during a drag)
 *   onFindKeyword(text)    async, [{page, box}] of the matches; without it there is no keyword search
 *   onPageSeen(page)       the page was drawn and its middle was in view
 *   onReady(api)           {goTo(page), locate(id), openPalette(), openList(), closeSheet()}
 * Slots: "panel" above the palette at the side; "actions" in the bottom bar of a phone.
 */
import {markRaw} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {clamped, pageOf, snapped} from "./board_geometry";
import {followPointer} from "./board_drag";
import {BoardEditing} from "./board_editing";
import {BoardPage} from "./board_page";
import {BoardThumbs} from "./board_thumbs";

const KEYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

export class PdfBoard extends BoardEditing {
    static template = "esign_base.PdfBoard";
    static components = {BoardPage, BoardThumbs};
    static props = {
        documentUrl: String,
        frames: Array,
        items: {type: Array, optional: true},
        palette: {type: Array, optional: true},
        parties: {type: Array, optional: true},
        readonly: {type: Boolean, optional: true},
        thumbnails: {type: Boolean, optional: true},
        emptyText: {type: String, optional: true},
        onChange: {type: Function, optional: true},
        onFindKeyword: {type: Function, optional: true},
        onPageSeen: {type: Function, optional: true},
        onReady: {type: Function, optional: true},
        slots: {type: Object, optional: true},
    };
    static defaultProps = {items: [], palette: [], parties: [], readonly: false, thumbnails: true};

    // Keys -----------------------------------------------------------------------------------

    onKey(ev) {
        if (ev.target.closest("input, select, textarea")) {
            return;
        }
        const ctrl = ev.ctrlKey || ev.metaKey;
        if (ctrl && ev.key.toLowerCase() === "z" && !this.props.readonly) {
            ev.preventDefault();
            return ev.shiftKey ? this.redo() : this.undo();
        }
        if (ctrl && ev.key.toLowerCase() === "y" && !this.props.readonly) {
            ev.preventDefault();
            return this.redo();
        }
        if (
            ev.key === "Escape" &&
            (this.state.armed || this.state.selected.length || this.state.sheet)
        ) {
            ev.preventDefault();
            Object.assign(this.state, {armed: null, selected: [], sheet: null});
        }
    }

    onItemKey(ev, item) {
        const ctrl = ev.ctrlKey || ev.metaKey;
        if (KEYS[ev.key] && this.movable(item)) {
            ev.preventDefault();
            const step = ev.shiftKey ? 10 : 1;
            if (!this.state.selected.includes(item.id)) {
                this.select(item.id);
            }
            const [dx, dy] = KEYS[ev.key];
            this.nudge(dx * step, dy * step);
        } else if (["Delete", "Backspace"].includes(ev.key) && this.movable(item)) {
            ev.preventDefault();
            this.remove(this.state.selected.includes(item.id) ? this.state.selected : [item.id]);
        } else if (ev.key === "Tab" && !ctrl) {
            this.tabOn(ev, item);
        } else if (ctrl && ev.key.toLowerCase() === "d" && this.movable(item)) {
            ev.preventDefault();
            this.duplicate(item);
        } else if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            this.select(item.id, ev.shiftKey);
        }
    }

    /** Tab goes through all items in reading order, those on pages that are not drawn included. */
    tabOn(ev, item) {
        const ordered = this.ordered;
        const next =
            ordered[ordered.findIndex((one) => one.id === item.id) + (ev.shiftKey ? -1 : 1)];
        if (next) {
            ev.preventDefault();
            this.locate(next.id);
        }
    }

    onEntryClick(ev, entry) {
        // Enter, Space and screen readers "click" without a pointer: they place at once.
        if (ev.detail === 0) {
            this.place(entry, this.middleOfView(), {focus: true});
            this.state.sheet = null;
        }
    }

    // Pointers -------------------------------------------------------------------------------

    /** Page and mm under the pointer, null outside the pages' area. */
    pointAt(x, y) {
        const el = this.scroller.el;
        const view = el.getBoundingClientRect();
        if (x < view.left || x > view.right || y < view.top || y > view.bottom) {
            return null;
        }
        return this.layout.point(x - view.left + el.scrollLeft, y - view.top + el.scrollTop);
    }

    endDrag() {
        this.state.drag = null;
        this.stopDrag = null;
    }

    onEntryDown(ev, entry) {
        if (ev.button || entry.disabledReason || this.props.readonly) {
            return;
        }
        const sketch = this.made(entry);
        const follow = (x, y, event) => {
            const point = this.pointAt(x, y);
            this.state.drag = {
                entry,
                x,
                y,
                ...this.drop(point && this.positioned(sketch, point), event),
            };
        };
        this.stopDrag = followPointer(ev, {
            scroller: this.scroller.el,
            onStart: () => (this.state.armed = null),
            onMove: follow,
            onDrop: (x, y) => {
                follow(x, y, {});
                const {item} = this.state.drag;
                this.endDrag();
                if (item) {
                    this.commit([...this.state.items, markRaw(item)]);
                    this.state.selected = [item.id];
                    this.focusItem(item.id);
                    this.say(_t("Placed: %s", this.describe(item)));
                }
            },
            onClick: () => this.arm(entry),
            onCancel: () => this.endDrag(),
        });
    }

    arm(entry) {
        this.endDrag();
        this.state.armed = this.state.armed === entry.key ? null : entry.key;
        this.state.selected = [];
        if (this.state.armed) {
            this.state.sheet = null;
        }
    }

    /** Where the item would land: pulled to others on the page unless Alt is held. */
    drop(item, event) {
        if (!item || item.kind === "cross_page" || event?.altKey) {
            return {item, guides: []};
        }
        const others = this.state.items.filter(
            (other) =>
                other.id !== item.id &&
                other.kind !== "cross_page" &&
                pageOf(other.page, this.props.frames.length) === item.page,
        );
        const {box, guides} = snapped(item, others);
        return {item: clamped(box, this.frameOf(item)), guides};
    }

    onItemDown(ev, item) {
        if (ev.button) {
            return;
        }
        ev.stopPropagation();
        const {shiftKey} = ev;
        if (!this.movable(item)) {
            this.select(item.id, shiftKey);
            return;
        }
        const start = this.pointAt(ev.clientX, ev.clientY);
        const home = pageOf(item.page, this.props.frames.length);
        const grab = {x: start.x - item.x - item.width / 2, y: start.y - item.y - item.height / 2};
        const follow = (x, y, event) => {
            const point = this.pointAt(x, y);
            const moved =
                point &&
                this.positioned(item, {page: point.page, x: point.x - grab.x, y: point.y - grab.y});
            if (moved) {
                this.state.drag = {id: item.id, home, x, y, ...this.drop(moved, event)};
            }
        };
        this.stopDrag = followPointer(ev, {
            scroller: this.scroller.el,
            onStart: () => this.select(item.id),
            onMove: follow,
            onDrop: (x, y) => {
                follow(x, y, {});
                const moved = this.state.drag?.item;
                this.endDrag();
                if (moved) {
                    this.commit(this.state.items.map((one) => (one.id === item.id ? moved : one)));
                    this.focusItem(item.id);
                    this.say(this.describe(moved));
                }
            },
            onClick: () => this.select(item.id, shiftKey),
            onCancel: () => this.endDrag(),
        });
    }

    onResizeDown(ev, item) {
        ev.stopPropagation();
        const follow = (x, y) => {
            const point = this.pointAt(x, y);
            const frame = this.frameOf(item);
            if (point && point.page === pageOf(item.page, this.props.frames.length)) {
                const width = Math.min(Math.max(point.x - item.x, 5), frame.width - item.x);
                const height = Math.min(Math.max(point.y - item.y, 3), frame.height - item.y);
                this.state.drag = {id: item.id, guides: [], item: {...item, width, height}};
            }
        };
        this.stopDrag = followPointer(ev, {
            scroller: this.scroller.el,
            onMove: follow,
            onDrop: () => {
                const resized = this.state.drag?.item;
                this.endDrag();
                if (resized) {
                    this.change(item.id, {width: resized.width, height: resized.height});
                }
            },
            onCancel: () => this.endDrag(),
        });
    }

    onPagesClick(ev) {
        const entry = this.state.armed && this.entry(this.state.armed);
        const point = entry && this.pointAt(ev.clientX, ev.clientY);
        if (point) {
            this.place(entry, point);
            // A phone is done after one tap; with Shift a mouse goes on placing.
            if (!ev.shiftKey) {
                this.state.armed = null;
            }
        } else if (!ev.target.closest("[data-item]")) {
            this.state.selected = [];
        }
    }

    // Keyword --------------------------------------------------------------------------------

    async find() {
        const {keyword} = this.state;
        if (!keyword.text.trim() || keyword.busy) {
            return;
        }
        Object.assign(keyword, {busy: true, problem: "", matches: null});
        try {
            keyword.matches = await this.props.onFindKeyword(keyword.text.trim());
            if (!keyword.matches.length) {
                keyword.problem = _t(
                    "“%s” is not found in the text of this file.",
                    keyword.text.trim(),
                );
            } else {
                this.showMatch(keyword.matches[0]);
            }
        } catch (error) {
            keyword.problem =
                error.data?.message || error.message || _t("The search failed. Try again.");
        }
        keyword.busy = false;
    }

    showMatch(match) {
        const {top} = this.layout.page(match.page);
        this.scroller.el.scrollTop =
            top + match.box.y * this.layout.scale - this.scroller.el.clientHeight / 2;
    }

    placeOnMatches(matches) {
        const entry = this.entry(this.state.armed);
        if (!entry) {
            this.state.keyword.problem = _t("First choose above what is placed there.");
            return;
        }
        const items = matches
            .map(({page, box}) =>
                this.positioned(this.made(entry), {
                    page,
                    x: box.x + box.width / 2,
                    y: box.y + box.height / 2,
                }),
            )
            .filter((item) => item);
        if (items.length) {
            this.commit([...this.state.items, ...items]);
            this.state.selected = [items[0].id];
            this.state.armed = null;
            this.say(_t("%s placed", items.length));
        }
    }

    clearMatches() {
        Object.assign(this.state.keyword, {matches: null, problem: "", text: ""});
    }
}

registry.category("public_components").add("esign_base.pdf_board", PdfBoard);
