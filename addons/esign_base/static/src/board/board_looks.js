import {_t} from "@web/core/l10n/translation";
import {lettering, pageOf, piecesOf} from "./board_geometry";

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

/** How items look and what they are called: pieces on pages, pictures, colours, words. */
export class BoardLooks {
    constructor(board) {
        this.board = board;
    }

    get props() {
        return this.board.props;
    }

    get pageCount() {
        return this.props.frames.length;
    }

    // The palette ----------------------------------------------------------------------------

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

    // On the pages ---------------------------------------------------------------------------

    /** Pieces of all items on a page. */
    pieces(number) {
        const pieces = [];
        for (const item of this.board.items.all) {
            for (const piece of piecesOf(item, this.props.frames)) {
                if (piece.page === number) {
                    pieces.push({...piece, item, key: `${item.id}-${piece.page}`});
                }
            }
        }
        return pieces;
    }

    /** Pieces of the item under the pointer, in its new place. */
    get ghosts() {
        const item = this.board.pointers.drag?.item;
        return item ? piecesOf(item, this.props.frames).map((piece) => ({...piece, item})) : [];
    }

    get markedPages() {
        return this.board.items.all.flatMap((item) =>
            piecesOf(item, this.props.frames).map((piece) => piece.page),
        );
    }

    picture(item) {
        return item.imageUrl || this.entry(item.key)?.imageUrl || "";
    }

    pictureStyle(piece) {
        const width = piece.item.width * this.board.view.layout.scale;
        return `width:${width}px;left:${(-piece.index * width) / piece.count}px`;
    }

    /** How the name of an item without a picture is written into its box. */
    lettering(piece) {
        const {scale} = this.board.view.layout;
        const sides = [piece.box.width * scale, piece.box.height * scale];
        // Slices of a cross-page seal are written from top to bottom.
        return lettering(
            this.label(piece.item),
            ...(piece.item.kind === "cross_page" ? sides.reverse() : sides),
        );
    }

    colour(item) {
        const index = this.props.parties.findIndex((party) => party.id === item.party);
        return index < 0
            ? "var(--es-accent)"
            : this.props.parties[index].colour || COLOURS[index % COLOURS.length];
    }

    pieceClass(piece) {
        const {item} = piece;
        const {items, pointers} = this.board;
        return {
            "is-selected": items.isSelected(item.id),
            "is-moving": pointers.drag?.id === item.id,
            "is-fixed": !items.movable(item),
            "is-empty": !this.picture(item),
            [`es-board__item--${item.kind}`]: true,
        };
    }

    // In words -------------------------------------------------------------------------------

    label(item) {
        return item.label || this.entry(item.key)?.label || "";
    }

    party(item) {
        return this.props.parties.find((party) => party.id === item.party);
    }

    pageLabel(number) {
        return _t("Page %s", number);
    }

    lastPage(item) {
        return pageOf(item.last_page ?? -1, this.pageCount);
    }

    where(item) {
        const page = pageOf(item.page, this.pageCount);
        return item.kind === "cross_page"
            ? _t("Pages %(first)s–%(last)s", {first: page, last: this.lastPage(item)})
            : _t("Page %s", page);
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

    deleteLabel(item) {
        return _t("Delete %(name)s, %(where)s", {name: this.label(item), where: this.where(item)});
    }

    get armedLabel() {
        return _t(
            "Choose the place on the page for “%s”.",
            this.label(this.entry(this.board.pointers.armed)),
        );
    }

    get nothingText() {
        return this.props.emptyText || _t("Nothing is placed yet.");
    }

    get chosenLabel() {
        return _t("%s selected", this.board.items.chosen.length);
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
}
