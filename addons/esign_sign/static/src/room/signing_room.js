/**
 * The signing room 签署: read, place seals or fill the positions, confirm by a code, see the result.
 *
 * Props: `room`, see `esign.contract.group._room`. What may be done is decided there; this shows it.
 * The parts: what was read (`RoomReading`), what is placed (`RoomDesk`), the act under way (`RoomAct`).
 */
import {Component, onMounted, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {isDone} from "@esign_base/answer/answer";
import {narrow} from "@esign_base/board/narrow";
import {PdfBoard} from "@esign_base/board/pdf_board";
import {RoomAct} from "./room_act";
import {RoomClient} from "./room_client";
import {RoomConfirm} from "./room_confirm";
import {RoomConsent} from "./room_consent";
import {RoomDesk} from "./room_desk";
import {RoomDialog} from "./room_dialog";
import {RoomReading} from "./room_reading";
import {RoomRefusal} from "./room_refusal";
import {RoomResult} from "./room_result";
import {RoomStore} from "./room_store";
import {noticeOf, pagesOf, readOf, stateOf, sumOf, wordsOf} from "./room_words";

export class SigningRoom extends Component {
    static template = "esign_sign.SigningRoom";
    static components = {PdfBoard, RoomConfirm, RoomConsent, RoomDialog, RoomRefusal, RoomResult};
    static props = {room: Object};

    setup() {
        const {room} = this.props;
        this.client = new RoomClient(room.base);
        this.store = new RoomStore(room.group.id, room.identity.key);
        this.desk = new RoomDesk(room, this.store);
        this.reading = new RoomReading(room.contracts, this.store, () => this.ask("read"));
        this.act = new RoomAct(room.group.id, this.client, this.store, (act) =>
            this.afterSigning(act),
        );
        this.media = narrow();
        this.state = useState({
            contract: this.firstShown()?.id,
            dialog: "",
            problem: room.problem || "",
            small: this.media.matches,
        });
        onMounted(() => {
            this.media.addEventListener("change", () => (this.state.small = this.media.matches));
            this.act.resume(room.act);
        });
    }

    ask(path, params) {
        return this.client.ask(`${this.room.group.id}/${path}`, params);
    }

    // What is shown --------------------------------------------------------------------------

    get room() {
        return this.desk.room;
    }

    get contract() {
        return this.room.contracts.find((one) => one.id === this.state.contract);
    }

    /** Where the signer was, or what he has to sign, or what there is. */
    firstShown() {
        const {contracts} = this.room;
        const kept = this.store.load().contract;
        return contracts.find((one) => one.id === kept) || this.desk.open[0] || contracts[0];
    }

    get notice() {
        return noticeOf(this.room);
    }

    get words() {
        return wordsOf(this.room);
    }

    get signedCount() {
        return this.room.parties.filter((party) => party.state === "signed").length;
    }

    stateOf(contract) {
        return stateOf(contract, this.room.group, this.desk.isReady(contract));
    }

    pagesOf(contract) {
        return pagesOf(contract);
    }

    readOf(contract) {
        return readOf(contract, this.reading.count(contract));
    }

    get emptyText() {
        return this.desk.maySign
            ? _t("Nothing is placed yet. Choose a seal above.")
            : _t("There is nothing to sign for you here.");
    }

    get loginUrl() {
        return `/esign/login?redirect=${encodeURIComponent(window.location.pathname)}`;
    }

    closeDialog() {
        Object.assign(this.state, {dialog: "", problem: ""});
    }

    // Reading and placing --------------------------------------------------------------------

    onBoard(api) {
        this.board = api;
    }

    choose(contract) {
        this.state.contract = contract.id;
        this.store.save({contract: contract.id});
    }

    async onFind(keyword) {
        const answer = await this.ask("find", {contract: this.contract.id, keyword});
        if (!isDone(answer)) {
            throw new Error(answer.message);
        }
        return answer.data.matches;
    }

    /** 一键盖章: asks first where there is a choice of seals. */
    fill() {
        const {wanted} = this.desk;
        const missing = wanted.find((one) => !one.seals.length);
        if (missing) {
            this.state.problem = _t(
                "You have no seal of the type “%s” that can be used here.",
                missing.label,
            );
        } else if (wanted.some((one) => one.seals.length > 1)) {
            this.state.dialog = "seals";
        } else {
            this.fillNow();
        }
    }

    fillNow() {
        this.desk.fill();
        this.closeDialog();
        if (!this.contract.placed || this.contract.state !== "open") {
            this.choose(this.desk.open.find((one) => one.placed));
        }
        const mine = this.contract.positions.filter((one) => one.mine);
        const first = mine.find((one) => one.kind === "seal") || mine[0];
        if (first) {
            // After the board has drawn the filled positions.
            setTimeout(() => this.board?.locate(first.id), 60);
        }
    }

    // 确认签署 --------------------------------------------------------------------------------

    get nothingPlaced() {
        return this.desk.canFill
            ? _t("First fill the positions by “Stamp all”.")
            : _t("First place at least one seal on the document.");
    }

    openConfirm() {
        this.desk.state.finish = true;
        if (!this.desk.ready.length) {
            this.state.problem = this.nothingPlaced;
            return;
        }
        Object.assign(this.state, {dialog: "confirm", problem: ""});
        this.act.state.error = "";
    }

    async next() {
        if (!this.desk.ready.length) {
            this.act.state.error = this.nothingPlaced;
            return;
        }
        await this.act.freeze(this.desk.payload);
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
        return sumOf(
            contracts.length,
            contracts.reduce((sum, one) => sum + one.seals, 0),
        );
    }

    /** Everything is signed: the room afresh; the documents have new revisions now. */
    async afterSigning(act) {
        this.desk.clear(act.contracts);
        await (act.room ? this.desk.renew(act.room) : this.reload());
    }

    async reload() {
        const answer = await this.ask("room");
        if (isDone(answer)) {
            this.desk.renew(answer.data);
        }
    }

    leaveResult(contract) {
        this.act.forget();
        if (contract) {
            this.choose(contract);
        }
    }

    /** After an act that failed. */
    begin() {
        this.act.forget();
        return this.reload();
    }

    // 拒签 -----------------------------------------------------------------------------------

    async refuse(reason) {
        const answer = await this.ask("refuse", {reason});
        if (isDone(answer)) {
            this.closeDialog();
            // Who came by a link may not ask again: the answer brings the room.
            await (answer.data.room ? this.desk.renew(answer.data.room) : this.reload());
        }
        return answer;
    }
}

registry.category("public_components").add("esign_sign.signing_room", SigningRoom);
