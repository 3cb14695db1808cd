import {useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";

/** Searching a text of the file, and placing what was chosen where it stands. */
export class BoardKeyword {
    constructor(board) {
        this.board = board;
        this.latest = new KeepLast(); // a search is overtaken by the next one
        this.state = useState({text: "", busy: false, matches: null, problem: ""});
    }

    get matches() {
        return this.state.matches || [];
    }

    matchesOn(number) {
        return this.matches.filter((match) => match.page === number);
    }

    get allLabel() {
        return _t("Place on all (%s)", this.matches.length);
    }

    async find() {
        const text = this.state.text.trim();
        if (!text) {
            return;
        }
        Object.assign(this.state, {busy: true, problem: "", matches: null});
        try {
            this.state.matches = await this.latest.add(this.board.props.onFindKeyword(text));
            if (this.matches.length) {
                this.show(this.matches[0]);
            } else {
                this.state.problem = _t("“%s” is not found in the text of this file.", text);
            }
        } catch (error) {
            this.state.problem =
                error.data?.message || error.message || _t("The search failed. Try again.");
        }
        this.state.busy = false;
    }

    show(match) {
        const {el, layout} = this.board.view;
        el.scrollTop =
            layout.page(match.page).top + match.box.y * layout.scale - el.clientHeight / 2;
    }

    placeOn(matches) {
        const {editing, looks, pointers} = this.board;
        const entry = looks.entry(pointers.armed);
        if (!entry) {
            this.state.problem = _t("First choose above what is placed there.");
        } else if (editing.placeOn(entry, matches)) {
            pointers.disarm();
        }
    }

    clear() {
        this.forget();
        this.state.text = "";
    }

    /** What was found stands in one file only; an answer still on its way is not taken for another. */
    forget() {
        this.latest.add(new Promise(() => {}));
        Object.assign(this.state, {busy: false, matches: null, problem: ""});
    }
}
