import {
    markRaw,
    onMounted,
    onWillUnmount,
    onWillUpdateProps,
    toRaw,
    useEffect,
    useRef,
    useState,
    Component,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {pageOf, piecesOf, inOrder} from "./board_geometry";
import {BoardHistory} from "./board_history";
import {BoardLayout} from "./board_layout";
import {BoardSource} from "./board_source";

const ZOOMS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];
const COLOURS = [
    "#1a56a8",
    "#8a3ab9",
    "#0f766e",
    "#b45309",
    "#be185d",
    "#4d7c0f",
    "#4338ca",
    "#475569",
];
const SMALL = "(max-width: 767.98px)";
const NOTE_MS = 6000;

/** What the board shows: the document, the view, the items. Changes are in BoardEditing. */
export class BoardView extends Component {
    setup() {
        this.scroller = useRef("scroller");
        this.history = new BoardHistory(toRaw(this.props.items));
        this.drawn = new Set();
        this.media = window.matchMedia(SMALL);
        this.state = useState({
            items: markRaw([...this.history.present]),
            selected: [],
            zoom: "fit",
            view: {width: 0, height: 0},
            top: 0,
            current: 1,
            armed: null,
            drag: null,
            thumbs: this.props.thumbnails,
            small: this.media.matches,
            sheet: null,
            source: markRaw(new BoardSource(this.props.documentUrl)),
            loading: true,
            failed: false,
            note: "",
            announcement: "",
            keyword: {text: "", busy: false, matches: null, problem: ""},
        });
        onMounted(() => this.mounted());
        onWillUnmount(() => this.unmounted());
        onWillUpdateProps((next) => this.updated(next));
        useEffect(
            () => {
                this.opened();
            },
            () => [this.state.source],
        );
    }

    // Life -----------------------------------------------------------------------------------

    mounted() {
        this.observer = new ResizeObserver(() => this.measure());
        this.observer.observe(this.scroller.el);
        this.onMedia = () => (this.state.small = this.media.matches);
        this.media.addEventListener("change", this.onMedia);
        this.measure();
        this.props.onReady?.({
            goTo: (page) => this.goTo(page),
            locate: (id) => this.locate(id),
            openPalette: () => (this.state.sheet = "palette"),
            openList: () => (this.state.sheet = "list"),
            closeSheet: () => (this.state.sheet = null),
        });
    }

    unmounted() {
        this.observer.disconnect();
        this.media.removeEventListener("change", this.onMedia);
        this.stopDrag?.();
        clearTimeout(this.noteTimer);
        this.state.source.close();
    }

    updated(next) {
        if (next.documentUrl !== this.props.documentUrl) {
            this.reopen(next.documentUrl);
            this.scroller.el.scrollTop = 0;
        }
        const items = toRaw(next.items);
        if (items !== this.history.present && items !== toRaw(this.props.items)) {
            this.history.reset(items);
            this.state.items = markRaw([...items]);
            this.state.selected = [];
        }
    }

    reopen(url = this.props.documentUrl) {
        this.state.source.close();
        this.drawn.clear();
        Object.assign(this.state, {
            source: markRaw(new BoardSource(url)),
            loading: true,
            failed: false,
        });
    }

    async opened() {
        const source = this.state.source;
        try {
            await source.open();
            if (source === this.state.source) {
                this.state.loading = false;
            }
        } catch {
            if (source === this.state.source && !source.closed) {
                Object.assign(this.state, {loading: false, failed: true});
            }
        }
    }

    // Geometry of the view -------------------------------------------------------------------

    get layout() {
        const {view, zoom, small} = this.state;
        const key = [view.width, view.height, zoom, small].join();
        if (key !== this.layoutKey || this.layoutFrames !== this.props.frames) {
            this.layoutKey = key;
            this.layoutFrames = this.props.frames;
            this.layoutNow = new BoardLayout(
                toRaw(this.props.frames),
                {width: view.width, height: view.height},
                zoom,
                small ? {pad: 8, gap: 8} : {pad: 20, gap: 16},
            );
        }
        return this.layoutNow;
    }

    measure() {
        const el = this.scroller.el;
        if (!el || !el.clientWidth) {
            return;
        }
        const {view} = this.state;
        if (view.width !== el.clientWidth || view.height !== el.clientHeight) {
            this.keepingPlace(
                () => (this.state.view = {width: el.clientWidth, height: el.clientHeight}),
            );
        }
    }

    /** Changes the scale so that what is in the middle of the view stays there. */
    keepingPlace(change) {
        const el = this.scroller.el;
        const before = this.layout;
        const middle = before.point(
            el.scrollLeft + el.clientWidth / 2,
            el.scrollTop + el.clientHeight / 2,
        );
        const atTop = el.scrollTop < 4;
        change();
        requestAnimationFrame(() => {
            const {top, left} = this.layout.page(middle.page);
            el.scrollTop = atTop ? 0 : top + middle.y * this.layout.scale - el.clientHeight / 2;
            el.scrollLeft = left + middle.x * this.layout.scale - el.clientWidth / 2;
        });
    }

    onScroll() {
        if (this.scrolling) {
            return;
        }
        this.scrolling = requestAnimationFrame(() => {
            this.scrolling = null;
            const el = this.scroller.el;
            if (el) {
                this.state.top = el.scrollTop;
                const current = this.layout.at(el.scrollTop + el.clientHeight / 2);
                if (current !== this.state.current) {
                    this.state.current = current;
                }
                this.noteSeen();
            }
        });
    }

    onDrawn(number) {
        this.drawn.add(number);
        this.noteSeen();
    }

    noteSeen() {
        if (this.props.onPageSeen) {
            for (const number of this.layout.inView(this.state.top)) {
                if (this.drawn.has(number)) {
                    this.props.onPageSeen(number);
                }
            }
        }
    }

    /** Pages in the DOM: near the view, and where a drag began. */
    get pages() {
        const {view, top, drag} = this.state;
        if (!view.width) {
            return [];
        }
        const [first, last] = this.layout.range(top, Math.max(view.height, 400));
        const numbers = [];
        for (let number = first; number <= last; number++) {
            numbers.push(number);
        }
        if (drag?.home && !numbers.includes(drag.home)) {
            numbers.push(drag.home);
        }
        return numbers;
    }

    pageStyle(number) {
        const {top, left, width, height} = this.layout.page(number);
        return `top:${top}px;left:${left}px;width:${width}px;height:${height}px`;
    }

    boxStyle(box) {
        const {scale} = this.layout;
        return ["left", "top", "width", "height"]
            .map(
                (name, index) =>
                    `${name}:${[box.x, box.y, box.width, box.height][index] * scale}px`,
            )
            .join(";");
    }

    goTo(page) {
        const number = pageOf(Number(page) || 1, this.props.frames.length);
        this.scroller.el.scrollTop = this.layout.page(number).top - 8;
    }

    onPageInput(ev) {
        this.goTo(ev.target.value);
        ev.target.value = this.state.current;
    }

    setZoom(zoom) {
        this.keepingPlace(() => (this.state.zoom = zoom));
    }

    zoomBy(direction) {
        const now = this.layout.percent / 100;
        const next =
            direction > 0
                ? ZOOMS.find((zoom) => zoom > now + 0.01)
                : ZOOMS.findLast((zoom) => zoom < now - 0.01);
        if (next) {
            this.setZoom(next);
        }
    }

    onWheel(ev) {
        if (ev.ctrlKey) {
            ev.preventDefault();
            this.zoomBy(-ev.deltaY);
        }
    }

    // What is shown of items -----------------------------------------------------------------

    get ordered() {
        return inOrder(this.state.items, this.props.frames);
    }

    entry(key) {
        return this.props.palette.find((entry) => entry.key === key);
    }

    get groups() {
        const groups = new Map();
        for (const entry of this.props.palette) {
            const name = entry.group || "";
            groups.set(name, [...(groups.get(name) || []), entry]);
        }
        return [...groups].map(([name, entries]) => ({name, entries}));
    }

    /** Pieces of all items on a page, the one under the pointer in its new place. */
    pieces(number) {
        const pieces = [];
        for (const item of this.state.items) {
            for (const piece of piecesOf(item, this.props.frames)) {
                if (piece.page === number) {
                    pieces.push({...piece, item, key: `${item.id}-${piece.page}`});
                }
            }
        }
        return pieces;
    }

    get ghosts() {
        const {drag} = this.state;
        if (!drag?.item) {
            return [];
        }
        return piecesOf(drag.item, this.props.frames).map((piece) => ({...piece, item: drag.item}));
    }

    matchesOn(number) {
        return (this.state.keyword.matches || []).filter((match) => match.page === number);
    }

    picture(item) {
        return item.imageUrl || this.entry(item.key)?.imageUrl || "";
    }

    pictureStyle(piece) {
        const width = piece.item.width * this.layout.scale;
        return `width:${width}px;left:${(-piece.index * width) / piece.count}px`;
    }

    label(item) {
        return item.label || this.entry(item.key)?.label || "";
    }

    party(item) {
        return this.props.parties.find((party) => party.id === item.party);
    }

    colour(item) {
        const index = this.props.parties.findIndex((party) => party.id === item.party);
        return index < 0
            ? "var(--es-accent)"
            : this.props.parties[index].colour || COLOURS[index % COLOURS.length];
    }

    pieceClass(piece) {
        const {item} = piece;
        return {
            "is-selected": this.state.selected.includes(item.id),
            "is-moving": this.state.drag?.id === item.id,
            "is-fixed": !this.movable(item),
            "is-empty": !this.picture(item),
            [`es-board__item--${item.kind}`]: true,
        };
    }

    get markedPages() {
        return this.state.items.flatMap((item) =>
            piecesOf(item, this.props.frames).map((piece) => piece.page),
        );
    }

    /** There is something to choose from, or to find. */
    get hasPanel() {
        return Boolean(
            (!this.props.readonly && this.props.palette.length) ||
            this.state.items.length ||
            this.props.slots?.panel,
        );
    }

    get armedLabel() {
        return _t(
            "Choose the place on the page for “%s”.",
            this.label(this.entry(this.state.armed)),
        );
    }

    get allLabel() {
        return _t("Place on all (%s)", this.state.keyword.matches.length);
    }

    get nothingText() {
        return _t("Nothing is placed yet.");
    }

    get alignments() {
        return [
            {how: "left", icon: "align-left", label: _t("Align left")},
            {how: "centre", icon: "align-centre", label: _t("Centre")},
            {how: "right", icon: "align-right", label: _t("Align right")},
            {how: "top", icon: "align-top", label: _t("Align at the top"), down: true},
            {
                how: "middle",
                icon: "align-middle",
                label: _t("Centre from top to bottom"),
                down: true,
            },
            {how: "bottom", icon: "align-bottom", label: _t("Align at the bottom"), down: true},
        ];
    }

    pageLabel(number) {
        return _t("Page %s", number);
    }

    deleteLabel(item) {
        return _t("Delete %(name)s, %(where)s", {name: this.label(item), where: this.where(item)});
    }

    lastPage(item) {
        return pageOf(item.last_page ?? -1, this.props.frames.length);
    }

    movable(item) {
        return !this.props.readonly && !item.locked;
    }

    where(item) {
        const page = pageOf(item.page, this.props.frames.length);
        if (item.kind === "cross_page") {
            const last = pageOf(item.last_page ?? -1, this.props.frames.length);
            return _t("Pages %(first)s–%(last)s", {first: page, last});
        }
        return _t("Page %s", page);
    }

    describe(item) {
        const party = this.party(item)?.name;
        const name = party ? `${party}: ${this.label(item)}` : this.label(item);
        return _t("%(name)s, %(where)s, %(x)s mm from the left, %(y)s mm from the top", {
            name,
            where: this.where(item),
            x: Math.round(item.x),
            y: Math.round(item.y),
        });
    }

    get chosen() {
        return this.state.selected
            .map((id) => this.state.items.find((item) => item.id === id))
            .filter((item) => item);
    }

    get single() {
        return this.chosen.length === 1 ? this.chosen[0] : null;
    }

    say(text) {
        this.state.announcement = text;
    }

    /** A sentence over the pages that goes by itself. */
    warn(text) {
        this.state.note = text;
        clearTimeout(this.noteTimer);
        this.noteTimer = setTimeout(() => (this.state.note = ""), NOTE_MS);
    }
}
