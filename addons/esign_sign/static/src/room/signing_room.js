/**
 * The signing room 签署: read, place seals or fill the positions, confirm by a code, see the result.
 *
 * Props: `room`, see `esign.contract.group._room`. What may be done is decided there; this shows it.
 */
import {Component, onMounted, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {PdfBoard} from "@esign_base/board/pdf_board";
import {RoomAct} from "./room_act";
import {ask, enterAt} from "./room_client";
import {RoomConsent} from "./room_consent";
import {RoomDialog} from "./room_dialog";
import {counted, paletteOf, positionsOf, sealFor, sent} from "./room_items";
import {RoomRefusal} from "./room_refusal";
import {RoomStore} from "./room_store";

const SMALL = "(max-width: 767.98px)";

export class SigningRoom extends Component {
    static template = "esign_sign.SigningRoom";
    static components = {PdfBoard, RoomConsent, RoomDialog, RoomRefusal};
    static props = {room: Object};

    setup() {
        const {room} = this.props;
        enterAt(room.base);
        this.store = new RoomStore(room.group.id, room.identity.key);
        const kept = this.store.load();
        const first =
            room.contracts.find((one) => one.id === kept.contract) ||
            this.firstOpen(room) ||
            room.contracts[0];
        this.media = window.matchMedia(SMALL);
        this.state = useState({
            room,
            contract: first?.id,
            items: Object.fromEntries(room.contracts.map(({id}) => [id, kept.items?.[id] || []])),
            filled: Boolean(kept.filled),
            chosen: kept.chosen || {},
            seen: kept.seen || {},
            finish: true,
            dialog: "",
            problem: "",
            small: this.media.matches,
        });
        this.act = new RoomAct(room.group.id, this.store, () => this.afterSigning());
        this.palettes = new Map();
        onMounted(() => {
            this.media.addEventListener("change", () => (this.state.small = this.media.matches));
            this.act.resume(room.act);
        });
    }

    // What is shown --------------------------------------------------------------------------

    get room() {
        return this.state.room;
    }

    get contract() {
        return this.room.contracts.find((one) => one.id === this.state.contract);
    }

    firstOpen(room) {
        return room.contracts.find((one) => one.mine && one.state === "open");
    }

    get maySign() {
        return this.room.maySign.code === "OK";
    }

    get open() {
        return this.room.contracts.filter((one) => one.mine && one.state === "open");
    }

    /** The launcher has set positions for this signer. */
    get hasPositions() {
        return this.maySign && this.open.some((one) => one.placed);
    }

    get canFill() {
        return this.hasPositions && !this.state.filled;
    }

    /** Why nothing can be signed here now, or that all is done; null for whoever may sign or only reads. */
    get notice() {
        const {group, maySign} = this.room;
        if (group.state === "done") {
            return {good: true, text: _t("All parties have signed: the contract is completed.")};
        }
        return maySign.reason && maySign.code !== "READER"
            ? {good: maySign.code === "ALREADY", text: maySign.reason}
            : null;
    }

    get palette() {
        const {contract} = this;
        if (!this.palettes.has(contract.id)) {
            this.palettes.set(contract.id, paletteOf(this.props.room, contract));
        }
        return this.palettes.get(contract.id);
    }

    get readonly() {
        const {contract} = this;
        return !this.maySign || contract.placed || contract.state !== "open";
    }

    get boardItems() {
        const {contract} = this;
        const {filled, chosen, items} = this.state;
        if (!contract.placed) {
            return items[contract.id];
        }
        // The same list while nothing changed: the board forgets its selection with every new one.
        const key = [contract.id, contract.url, filled, JSON.stringify(chosen)].join();
        if (this.positionsKey !== key) {
            this.positionsKey = key;
            this.positionsNow = positionsOf(this.room, contract, filled, chosen);
        }
        return this.positionsNow;
    }

    get parties() {
        return this.room.parties;
    }

    get signedCount() {
        return this.parties.filter((party) => party.state === "signed").length;
    }

    seenOf(contract) {
        return Object.keys(this.state.seen[contract.id] || {}).length;
    }

    seenPercent(contract) {
        return Math.round((100 * this.seenOf(contract)) / contract.frames.length);
    }

    stateOf(contract) {
        if (!contract.mine) {
            return {tone: "quiet", label: _t("For reading")};
        }
        if (contract.state === "signed") {
            return {tone: "ok", label: _t("Signed")};
        }
        return this.isReady(contract)
            ? {tone: "info", label: _t("Seals placed")}
            : {tone: "wait", label: _t("To be signed")};
    }

    get emptyText() {
        return this.maySign
            ? _t("Nothing is placed yet. Choose a seal above.")
            : _t("There is nothing to sign for you here.");
    }

    get texts() {
        const {group, identity} = this.room;
        return {
            number: _t("No. %s", group.number),
            from: _t("Launched by %s", group.initiator),
            deadline: _t("Sign by 24:00 on %s", group.deadline),
            order: group.sequential
                ? _t("Launched by %s. The parties sign in this order.", group.initiator)
                : _t("Launched by %s. The parties sign in any order.", group.initiator),
            check: _t("You sign as %s. Check the documents and the seals.", identity.label),
            toSign: _t("Documents to sign"),
            documents: _t("Documents"),
            parties: _t("Parties"),
            seals: _t("Choose the seals"),
            confirm: _t("Check and confirm"),
            done: _t("Result"),
            failed: _t("The signing did not take place"),
        };
    }

    pagesOf(contract) {
        return _t("%s pages", contract.frames.length);
    }

    unreadLabel(contract) {
        return _t("%s pages not read yet", this.unread(contract));
    }

    sumLabel(documents, seals) {
        return _t("%(documents)s documents, %(seals)s seals", {documents, seals});
    }

    get leftLabel() {
        return _t(
            "Not signed this time, because nothing is placed on them: %s",
            this.left.map((one) => one.name).join("、"),
        );
    }

    readLabel(contract) {
        return _t("%(seen)s/%(pages)s read", {
            seen: this.seenOf(contract),
            pages: contract.frames.length,
        });
    }

    get resultTitle() {
        return this.act.state.act.finish ? _t("You have signed") : _t("These seals are signed");
    }

    get resultText() {
        if (!this.act.state.act.finish) {
            return _t("Place further seals and confirm again, or finish the signing.");
        }
        if (this.nextContract) {
            return _t("Further documents of this task are waiting for you.");
        }
        return this.room.group.state === "done"
            ? _t("All parties have signed: the contract is completed.")
            : _t(
                  "The other parties are told when it is their turn. You find the contract among those that wait for others.",
              );
    }

    closeDialog() {
        Object.assign(this.state, {dialog: "", problem: ""});
    }

    begin() {
        this.act.forget();
        return this.reload();
    }

    get loginUrl() {
        return `/esign/login?redirect=${encodeURIComponent(window.location.pathname)}`;
    }

    // Reading and placing --------------------------------------------------------------------

    onBoard(api) {
        this.board = api;
    }

    choose(contract) {
        this.state.contract = contract.id;
        this.store.save({contract: contract.id});
    }

    onPageSeen(page) {
        const seen = (this.state.seen[this.state.contract] ||= {});
        if (!seen[page]) {
            seen[page] = true;
            this.store.save({seen: this.state.seen});
            const all = this.room.contracts.every((one) => this.seenOf(one) >= one.frames.length);
            if (all) {
                ask(`${this.room.group.id}/read`);
            }
        }
    }

    onChange(items) {
        this.state.items[this.state.contract] = items;
        this.store.save({items: this.state.items});
    }

    async onFind(keyword) {
        const answer = await ask(`${this.room.group.id}/find`, {
            contract: this.contract.id,
            keyword,
        });
        if (!answer.ok) {
            throw new Error(answer.message);
        }
        return answer.matches;
    }

    // 一键盖章 --------------------------------------------------------------------------------

    /** Types of seals that the positions ask for, with what can be used. */
    get wanted() {
        const codes = new Map();
        for (const contract of this.open.filter((one) => one.placed)) {
            for (const position of contract.positions.filter((one) => one.mine && one.code)) {
                codes.set(position.code, position.label);
            }
        }
        return [...codes].map(([code, label]) => ({
            code,
            label,
            seals: this.room.choices[code] || [],
        }));
    }

    fill() {
        const missing = this.wanted.find((one) => !one.seals.length);
        if (missing) {
            this.state.problem = _t(
                "You have no seal of the type “%s” that can be used here.",
                missing.label,
            );
            return;
        }
        if (this.wanted.some((one) => one.seals.length > 1)) {
            this.state.dialog = "seals";
            return;
        }
        this.fillNow();
    }

    fillNow() {
        Object.assign(this.state, {filled: true, dialog: "", problem: ""});
        this.store.save({filled: true, chosen: this.state.chosen});
        if (!this.contract.placed || this.contract.state !== "open") {
            this.choose(this.open.find((one) => one.placed));
        }
        const mine = this.contract.positions.filter((one) => one.mine);
        const first = mine.find((one) => one.kind === "seal") || mine[0];
        if (first) {
            // After the board has drawn the filled positions.
            setTimeout(() => this.board?.locate(first.id), 60);
        }
    }

    chosenSeal(code) {
        return sealFor(this.room, code, this.state.chosen)?.id;
    }

    // 确认签署 --------------------------------------------------------------------------------

    /** Something of this contract is signed by the next act. */
    isReady(contract) {
        return contract.placed ? this.state.filled : this.state.items[contract.id].length > 0;
    }

    get ready() {
        return this.open.filter((one) => this.isReady(one) || (one.begun && this.state.finish));
    }

    get left() {
        return this.open.filter((one) => !this.ready.includes(one));
    }

    countsOf(contract) {
        if (contract.placed) {
            const mine = contract.positions.filter((one) => one.mine);
            return counted(mine, (item) => {
                const seal = item.code && sealFor(this.room, item.code, this.state.chosen);
                return seal ? seal.name : item.label;
            });
        }
        const palette = paletteOf(this.room, contract);
        return counted(
            this.state.items[contract.id],
            (item) => palette.find((one) => one.key === item.key)?.label || "",
        );
    }

    get total() {
        return this.ready.reduce(
            (sum, one) => sum + this.countsOf(one).reduce((n, {count}) => n + count, 0),
            0,
        );
    }

    get onlyFinish() {
        return this.ready.some((one) => one.placed) || !this.total;
    }

    unread(contract) {
        return contract.frames.length - this.seenOf(contract);
    }

    get nothingPlaced() {
        return this.canFill
            ? _t("First fill the positions by “Stamp all”.")
            : _t("First place at least one seal on the document.");
    }

    openConfirm() {
        this.state.finish = true;
        if (!this.ready.length) {
            this.state.problem = this.nothingPlaced;
            return;
        }
        Object.assign(this.state, {dialog: "confirm", problem: ""});
        this.act.state.error = "";
    }

    async next() {
        const contracts = this.ready;
        if (!contracts.length) {
            this.act.state.error = this.nothingPlaced;
            return;
        }
        const finish = this.state.finish || this.onlyFinish;
        const items = {};
        for (const contract of contracts.filter((one) => !one.placed)) {
            items[contract.id] = sent(this.state.items[contract.id]);
        }
        const seals = Object.fromEntries(
            this.wanted.map(({code}) => [code, this.chosenSeal(code)]),
        );
        await this.act.freeze({contracts: contracts.map((one) => one.id), items, seals, finish});
        if (this.act.state.step) {
            this.state.dialog = "";
        }
    }

    get codeTitle() {
        return this.act.state.step === "working"
            ? _t("Signing")
            : _t("Confirm that you want to sign");
    }

    /** What the code of this act will sign, in short. */
    get sumOfAct() {
        const {contracts} = this.act.state.act;
        return this.sumLabel(
            contracts.length,
            contracts.reduce((sum, one) => sum + one.seals, 0),
        );
    }

    /** Everything is signed: fetch the room afresh; the documents have new revisions now. */
    async afterSigning() {
        for (const {id} of this.act.state.act.contracts) {
            this.state.items[id] = [];
        }
        this.store.save({items: this.state.items});
        await this.reload();
    }

    async reload() {
        const answer = await ask(`${this.room.group.id}/room`);
        if (answer.ok) {
            this.state.room = answer;
            this.positionsKey = null;
        }
    }

    get nextContract() {
        return this.firstOpen(this.room);
    }

    closeResult(contract) {
        this.act.forget();
        if (contract) {
            this.choose(contract);
        }
    }

    // 拒签 -----------------------------------------------------------------------------------

    async refuse(reason) {
        const answer = await ask(`${this.room.group.id}/refuse`, {reason});
        if (answer.ok) {
            this.closeDialog();
            await this.reload();
        }
        return answer;
    }
}

registry.category("public_components").add("esign_sign.signing_room", SigningRoom);
