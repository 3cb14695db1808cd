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
 *
 * Each room does one thing, and reaches the others through the board:
 *   doc       the file                       view      size, zoom, scrolling, pages in the DOM
 *   items     what is placed, what selected  editing   changes of it, undo
 *   looks     pictures, colours, words       keyword   search and place
 *   keys      the keyboard                   pointers  mouse, finger, pen
 *   pinch     two fingers
 */
import {Component, onMounted, onWillUnmount, onWillUpdateProps, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {BoardDocument} from "./board_document";
import {BoardEditing} from "./board_editing";
import {BoardItems} from "./board_items";
import {BoardKeys} from "./board_keys";
import {BoardKeyword} from "./board_keyword";
import {BoardLooks} from "./board_looks";
import {BoardNumber} from "./board_number";
import {BoardPage} from "./board_page";
import {BoardPinch} from "./board_pinch";
import {BoardPointers} from "./board_pointers";
import {BoardThumbs} from "./board_thumbs";
import {BoardView} from "./board_view";

const NOTE_MS = 6000;

export class PdfBoard extends Component {
    static template = "esign_base.PdfBoard";
    static components = {BoardNumber, BoardPage, BoardThumbs};
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

    setup() {
        this.state = useState({
            thumbs: this.props.thumbnails,
            sheet: null,
            note: "",
            announcement: "",
        });
        this.doc = new BoardDocument(this.props.documentUrl);
        this.view = new BoardView(this);
        this.items = new BoardItems(this);
        this.looks = new BoardLooks(this);
        this.editing = new BoardEditing(this);
        this.keyword = new BoardKeyword(this);
        this.keys = new BoardKeys(this);
        this.pointers = new BoardPointers(this);
        this.pinch = new BoardPinch(this);
        onMounted(() => this.props.onReady?.(this.api));
        onWillUpdateProps((next) => this.follow(next));
        onWillUnmount(() => clearTimeout(this.noteTimer));
    }

    get api() {
        return {
            goTo: (page) => this.view.goTo(page),
            locate: (id) => this.items.locate(id),
            openPalette: () => (this.state.sheet = "palette"),
            openList: () => (this.state.sheet = "list"),
            closeSheet: () => (this.state.sheet = null),
        };
    }

    follow(next) {
        if (next.documentUrl !== this.props.documentUrl) {
            this.doc.reopen(next.documentUrl);
            this.view.begin();
            this.keyword.forget();
        }
        this.items.follow(next.items, this.props.items);
    }

    get hasThumbs() {
        return this.props.thumbnails && !this.view.small && this.props.frames.length > 1;
    }

    /** There is something to choose from, or to find. */
    get hasPanel() {
        return Boolean(
            (!this.props.readonly && this.props.palette.length) ||
            this.items.all.length ||
            this.props.slots?.panel,
        );
    }

    /** For screen readers. */
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

registry.category("public_components").add("esign_base.pdf_board", PdfBoard);
