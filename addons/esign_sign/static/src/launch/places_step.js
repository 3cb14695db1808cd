import {Component, markRaw, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {PdfBoard} from "@esign_base/board/pdf_board";
import {DATE_SIZE, sealPicture} from "./seal_picture";

const SPREAD = ["official", "contract"];
const SMALL = "(max-width: 767.98px)";

/** Where each party signs: files at the left, pages in the middle, parties and their seals at the right. */
export class PlacesStep extends Component {
    static template = "esign_sign.PlacesStep";
    static components = {PdfBoard};
    static props = {store: Object, root: String};

    setup() {
        this.store = useState(this.props.store);
        const file = this.files[0];
        this.state = useState({file: file?.id, party: this.partiesOf(file)[0]?.id, counts: {}});
        this.small = window.matchMedia(SMALL).matches;
        this.lists = new Map();
        this.palettes = new Map();
        for (const one of this.files) {
            this.lists.set(
                one.id,
                markRaw(
                    (this.store.draft.placements[one.id] || []).map((item) => this.shown(item)),
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

    kind(code) {
        return this.store.choices.seal_kinds.find((one) => one.code === code);
    }

    /** A stored position as the board takes it. */
    shown(item) {
        const entry = this.entry(item.party, item.kind, item.seal_kind, item.style);
        return {...item, key: entry.key, label: entry.label, imageUrl: entry.imageUrl};
    }

    entry(party, kind, code, style = "arabic") {
        const key = [party, kind, code || "", style].join(":");
        if (kind === "date") {
            const label = style === "chinese" ? _t("Date in Chinese characters") : _t("Date");
            const [width, height] = DATE_SIZE;
            return {
                key,
                kind,
                party,
                label,
                width,
                height,
                group: _t("Dates"),
                imageUrl: sealPicture("date", style),
                values: {style},
            };
        }
        const {name, shape, width, height} = this.kind(code);
        const spread = kind === "cross_page";
        const label = spread ? _t("%s across pages", name) : name;
        const group = spread ? _t("Cross-page seals") : _t("Seals");
        return {
            key,
            kind,
            party,
            label,
            width,
            height,
            group,
            imageUrl: sealPicture(shape, name, width, height),
        };
    }

    get palette() {
        const party = this.party;
        if (!party) {
            return [];
        }
        const key = `${party.id}:${this.file.pages > 1}`;
        if (!this.palettes.has(key)) {
            const kinds = this.store.choices.seal_kinds.filter((one) =>
                one.parties.includes(party.kind),
            );
            const entries = kinds.map((one) => this.entry(party.id, "seal", one.code));
            if (this.file.pages > 1) {
                const spread = kinds.filter((one) => SPREAD.includes(one.code));
                entries.push(...spread.map((one) => this.entry(party.id, "cross_page", one.code)));
            }
            entries.push(
                this.entry(party.id, "date", "", "arabic"),
                this.entry(party.id, "date", "", "chinese"),
            );
            this.palettes.set(key, markRaw(entries));
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
            items: items.map((item) => {
                const [party, kind, seal_kind, style] = item.key.split(":");
                const {page, last_page, x, y} = item;
                return {
                    party: Number(party),
                    kind,
                    seal_kind,
                    style,
                    page,
                    last_page: last_page ?? -1,
                    x,
                    y,
                };
            }),
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
        if (answer.problem) {
            throw new Error(answer.problem);
        }
        return answer.result;
    }
}
