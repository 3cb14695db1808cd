import {Component, markRaw, toRaw, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {ask, isDone} from "@esign_base/answer/answer";
import {PdfBoard} from "@esign_base/board/pdf_board";

let sprite = null;

/** The icons of the boards, once for the page. Without them the buttons still have their names. */
function loadIcons() {
    sprite ??= fetch("/esign/icons.svg")
        .then((response) => response.text())
        .then((text) => {
            const icons = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
            document.body.append(document.importNode(icons, true));
        })
        .catch(() => (sprite = null));
}

/**
 * The board as a field of the web client. Its value, a Json field, is
 *   {url, problem, search, frames, parties, items, …} or nothing while there is no document;
 * only `items` is ever changed. Children say what can be placed: palette(), shown(), sent().
 */
export class BoardField extends Component {
    static template = "esign_base.BoardField";
    static components = {PdfBoard};
    static props = {...standardFieldProps};

    setup() {
        this.state = useState({party: null});
        this.onChange = this.onChange.bind(this);
        this.find = this.find.bind(this);
        loadIcons();
    }

    get value() {
        return toRaw(this.props.record.data[this.props.name]) || null;
    }

    /** The list that the board reported, as long as the record holds the same positions. */
    get items() {
        const items = (this.value?.items || []).map((item) => this.shown(item));
        const text = this.written(items);
        if (text !== this.text) {
            this.text = text;
            this.list = markRaw(items);
        }
        return this.list;
    }

    written(items) {
        return JSON.stringify(items.map((item) => JSON.stringify(this.sent(item))).sort());
    }

    get readonly() {
        return this.props.readonly || !this.value.url;
    }

    get party() {
        const {parties} = this.value;
        return parties.find((party) => party.id === this.state.party) || parties[0];
    }

    get entries() {
        const key = JSON.stringify([this.party, this.value.frames.length]);
        if (key !== this.entriesKey) {
            this.entriesKey = key;
            this.entriesNow = markRaw(this.party ? this.palette(this.party) : []);
        }
        return this.entriesNow;
    }

    count(party) {
        return this.items.filter((item) => item.party === party.id).length;
    }

    onChange(items) {
        this.list = items;
        this.text = this.written(items);
        const kept = items.map(({id, width, height, ...item}) => ({
            id,
            width,
            height,
            ...this.sent(item),
        }));
        this.props.record.update({[this.props.name]: {...this.value, items: kept}});
    }

    async find(text) {
        const answer = await ask(this.value.search, {text});
        if (!isDone(answer)) {
            throw new Error(answer.message);
        }
        return answer.data.matches;
    }

    // What a child says ----------------------------------------------------------------------

    palette() {
        return [];
    }

    shown(item) {
        return item;
    }

    sent(item) {
        return item;
    }
}

registry.category("fields").add("esign_pdf_board", {
    component: BoardField,
    supportedTypes: ["json"],
});
