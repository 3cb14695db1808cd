import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";

const ICONS = {enterprise: "building", department: "building", person: "user"};

/** A name as a search by number shows it. */
const masked = (name) => "*".repeat(Math.max(name.length - 1, 0)) + name.slice(-1);

/** Who signs which file, who may refuse, who gets a copy. */
export class PartiesStep extends Component {
    static template = "esign_sign.PartiesStep";
    static props = {store: Object};

    setup() {
        this.store = useState(this.props.store);
        this.dialog = useRef("dialog");
        this.search = useRef("search");
        this.latest = new KeepLast(); // a search is overtaken by the next one
        this.state = useState({
            target: "party",
            text: "",
            rows: [],
            problem: "",
            searched: false,
            busy: false,
        });
    }

    icon(kind) {
        return ICONS[kind];
    }

    kindLabel(party) {
        return {enterprise: _t("Enterprise"), department: _t("Department"), person: _t("Person")}[
            party.kind
        ];
    }

    /** Sends the whole list; a new party gets its number from the answer. */
    save(parties = this.store.draft.parties, copies = this.store.draft.copies) {
        const {files} = this.store.draft;
        this.store.save("parties", {
            parties: parties.map(({id, pick, can_refuse, contracts}) => ({
                ...(id ? {id} : {pick}),
                can_refuse,
                contracts,
            })),
            copies: copies.map(({id, pick}) => (id ? {id} : {pick})),
            placed: Object.fromEntries(files.map((file) => [file.id, file.placed])),
        });
    }

    toggleFile(party, file, signs) {
        party.contracts = signs
            ? [...party.contracts, file.id]
            : party.contracts.filter((id) => id !== file.id);
        this.save();
    }

    setRefuse(party, allowed) {
        party.can_refuse = allowed;
        this.save();
    }

    setPlaced(file, placed) {
        file.placed = placed;
        this.save();
    }

    remove(party) {
        this.store.draft.parties = this.store.draft.parties.filter((one) => one !== party);
        this.save();
    }

    removeCopy(copy) {
        this.store.draft.copies = this.store.draft.copies.filter((one) => one !== copy);
        this.save();
    }

    // Picker ---------------------------------------------------------------------------------

    open(target) {
        Object.assign(this.state, {target, text: "", rows: [], problem: "", searched: false});
        this.dialog.el.showModal();
        this.search.el.focus();
        this.find();
    }

    close() {
        this.dialog.el.close();
    }

    async find() {
        const text = this.state.text.trim();
        this.state.busy = true;
        const answer = await this.latest.add(this.store.server.call("search", {text}));
        Object.assign(this.state, {
            busy: false,
            searched: Boolean(text),
            problem: answer.message,
        });
        this.state.rows = (answer.data.rows || []).filter(
            (row) => this.state.target === "party" || row.kind === "person",
        );
    }

    get groups() {
        const groups = new Map();
        for (const row of this.state.rows) {
            const name = row.group || _t("Found");
            groups.set(name, [...(groups.get(name) || []), row]);
        }
        return [...groups].map(([name, rows]) => ({name, rows}));
    }

    get title() {
        return this.state.target === "party" ? _t("Add a party") : _t("Add a copy");
    }

    get searchText() {
        return _t("Mobile number, or 4 characters of an enterprise's name");
    }

    get mobileText() {
        return _t("Mobile number");
    }

    get nothing() {
        if (this.state.searched) {
            return _t(
                "Nobody was found. Only certified enterprises and verified persons can sign; ask them to register first.",
            );
        }
        return _t("Enter the mobile number of a person, or a part of an enterprise's name.");
    }

    /** The same one twice is the one that is there. */
    has(row) {
        const list =
            this.state.target === "party" ? this.store.draft.parties : this.store.draft.copies;
        return list.some(
            (one) => one.note === row.note && [one.name, masked(one.name)].includes(row.name),
        );
    }

    async pick(row) {
        if (this.state.target === "party") {
            const contracts = this.store.draft.files.map((file) => file.id);
            this.save([...this.store.draft.parties, {pick: row.pick, can_refuse: true, contracts}]);
        } else {
            this.save(undefined, [...this.store.draft.copies, {pick: row.pick}]);
        }
        this.close();
        await this.store.flush();
    }
}
