import {Component, markRaw, useState} from "@odoo/owl";
import {isDone} from "@esign_base/answer/answer";
import {narrow} from "@esign_base/board/narrow";
import {PdfBoard} from "@esign_base/board/pdf_board";
import {Placements} from "@esign_base/placements/placements";

/** Where each party signs: files at the left, pages in the middle, parties and their seals at the right. */
export class PlacesStep extends Component {
    static template = "esign_sign.PlacesStep";
    static components = {PdfBoard};
    static props = {store: Object, root: String};

    setup() {
        this.store = useState(this.props.store);
        const file = this.files[0];
        this.state = useState({file: file?.id, party: this.partiesOf(file)[0]?.id, counts: {}});
        this.small = narrow().matches;
        this.placements = new Placements(this.store.choices.seal_kinds, this.store.choices.dates);
        this.lists = new Map();
        this.palettes = new Map();
        for (const one of this.files) {
            this.lists.set(
                one.id,
                markRaw(
                    (this.store.draft.placements[one.id] || []).map((item) =>
                        this.placements.shown(item),
                    ),
                ),
            );
            this.count(one.id);
        }
        this.onChange = this.onChange.bind(this);
        this.findKeyword = this.findKeyword.bind(this);
    }

    get files() {
        return this.store.draft.files.filter((file) => file.placed);
    }

    get file() {
        return this.files.find((file) => file.id === this.state.file);
    }

    partiesOf(file) {
        return file
            ? this.store.draft.parties.filter((party) => party.contracts.includes(file.id))
            : [];
    }

    get parties() {
        return this.partiesOf(this.file);
    }

    get party() {
        return this.parties.find((party) => party.id === this.state.party) || this.parties[0];
    }

    get documentUrl() {
        return `${this.props.root}/file/${this.state.file}`;
    }

    openFile(id) {
        this.state.file = Number(id);
        this.state.party = this.parties[0]?.id;
    }

    openParty(id) {
        this.state.party = Number(id);
    }

    // Items and palette ----------------------------------------------------------------------

    get palette() {
        const party = this.party;
        if (!party) {
            return [];
        }
        const key = `${party.id}:${this.file.pages > 1}`;
        if (!this.palettes.has(key)) {
            this.palettes.set(key, markRaw(this.placements.palette(party, this.file.pages)));
        }
        return this.palettes.get(key);
    }

    get items() {
        return this.lists.get(this.state.file);
    }

    get boardParties() {
        const key = this.parties.map((party) => party.id).join();
        if (this.partiesKey !== key) {
            this.partiesKey = key;
            this.partiesShown = markRaw(this.parties.map(({id, name}) => ({id, name})));
        }
        return this.partiesShown;
    }

    get frames() {
        return markRaw(this.file.frames);
    }

    onChange(items) {
        const contract = this.state.file;
        this.lists.set(contract, items);
        this.count(contract);
        this.store.save("places", {
            contract,
            items: items.map((item) => this.placements.sent(item)),
        });
    }

    count(contract) {
        const counts = {};
        for (const item of this.lists.get(contract)) {
            counts[item.party] = (counts[item.party] || 0) + 1;
        }
        this.state.counts[contract] = counts;
    }

    counted(party) {
        return this.state.counts[this.state.file]?.[party.id] || 0;
    }

    fileCount(file) {
        return this.lists.get(file.id).length;
    }

    partyFaults(party) {
        return this.store.faults("places", `place:${this.state.file}:${party.id}`);
    }

    fileFaulty(file) {
        return this.partiesOf(file).some(
            (party) => this.store.faults("places", `place:${file.id}:${party.id}`).length,
        );
    }

    optionText(party) {
        const fault = this.partyFaults(party).length ? " ⚠" : "";
        return `${party.name} (${this.counted(party)})${fault}`;
    }

    async findKeyword(text) {
        const answer = await this.store.server.call("keyword", {contract: this.state.file, text});
        if (!isDone(answer)) {
            throw new Error(answer.message);
        }
        return answer.data.matches;
    }
}
