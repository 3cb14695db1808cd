import {useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {LOGGED_OUT, LOST, isDone} from "@esign_base/answer/answer";
import {newKey} from "./room_store";

// The server signs before it answers the code: most often the first look finds the result.
const POLLS_MS = [0, 250, 500, 1000];
const RETRY_MS = 3000;
const SHOW_PROGRESS_MS = 500;
const CODE_LENGTH = 6;
// Longer waits are told in words alone, seconds.
const COUNTED = 120;

/**
 * One act from the confirmed sheet to its result, whatever happens to the network, the page or the button.
 *
 * `step`: "" (placing), "consent", "working", "done", "failed". The server's record decides; this
 * only asks it again. `onDone(act)` is called once when everything is signed.
 */
export class RoomAct {
    constructor(groupId, client, store, onDone) {
        Object.assign(this, {groupId, client, store, onDone, looks: 0});
        this.state = useState({
            step: "",
            act: null,
            busy: false,
            error: "",
            expired: false,
            lost: false,
            code: "",
            wait: 0,
            tries: null,
        });
    }

    /** After a reload: the act that the server knows, or the one whose name this tab kept. */
    async resume(open) {
        const {act: kept, left} = this.store.load();
        if (open && open.id !== left) {
            this.take(open);
        } else if (open) {
            return; // the signer went back to the pages
        } else if (kept) {
            const answer = await this.client.ask(`act/${kept}/status`);
            if (["done", "failed"].includes(answer.data.state)) {
                this.take(answer.data);
            } else if (isDone(answer) || answer.outcome === "NOT_FOUND") {
                this.store.save({act: null});
            }
        }
    }

    /** The same content keeps its key: a second click finds the act of the first. */
    keyFor(payload) {
        const text = JSON.stringify(payload);
        const kept = this.store.load();
        if (kept.key && kept.payload === text) {
            return kept.key;
        }
        const key = newKey();
        this.store.save({key, payload: text});
        return key;
    }

    async freeze(payload) {
        const act = await this.asking(`${this.groupId}/freeze`, {
            key: this.keyFor(payload),
            code: true,
            ...payload,
        });
        if (!act) {
            return;
        }
        if (["cancelled", "failed"].includes(act.state)) {
            // Given up in another tab: the same content is a new request now.
            this.store.save({key: null, payload: null});
            return this.freeze(payload);
        }
        this.store.save({left: null});
        this.take(act);
        if (act.refused) {
            this.refuse(act.refused);
        }
    }

    async sendCode() {
        const act = await this.asking(`act/${this.state.act.id}/consent`);
        if (act) {
            this.take(act);
        }
    }

    async confirm() {
        if (this.state.busy) {
            return;
        }
        const {code} = this.state;
        this.looks = 0;
        if (code.length !== CODE_LENGTH) {
            this.state.error = code
                ? _t("The code has 6 digits. Look at the SMS again.")
                : _t("Enter the code from the SMS.");
            return;
        }
        const slow = setTimeout(() => (this.state.step = "working"), SHOW_PROGRESS_MS);
        const act = await this.asking(`act/${this.state.act.id}/confirm`, {code});
        clearTimeout(slow);
        if (act) {
            this.take(act);
        } else if (this.state.lost) {
            this.state.step = "working";
            this.watch(RETRY_MS);
        } else {
            const {error} = this.state;
            this.state.step = "consent";
            await this.refresh();
            this.state.error = error;
        }
    }

    /** Tries left and time to wait, as the server counts them. */
    async refresh() {
        const answer = await this.client.ask(`act/${this.state.act.id}/status`);
        if (isDone(answer)) {
            this.take(answer.data);
        }
    }

    /** One request at a time; what it gives, or null: a refusal becomes the text that is shown. */
    async asking(path, params) {
        if (this.state.busy) {
            return null;
        }
        Object.assign(this.state, {busy: true, error: "", expired: false, lost: false});
        const answer = await this.client.ask(path, params);
        this.state.busy = false;
        if (isDone(answer)) {
            return answer.data;
        }
        this.refuse(answer);
        return null;
    }

    /** Shows why something was not done, and how long to wait. */
    refuse({outcome, message, data}) {
        Object.assign(this.state, {
            error: message,
            expired: outcome === LOGGED_OUT,
            lost: outcome === LOST,
        });
        if (data.wait && data.wait <= COUNTED) {
            const over = () => this.state.error === message && (this.state.error = "");
            this.countDown(data.wait, over);
        }
    }

    /** Shows what the server says of the act. */
    take(act) {
        const {state} = this;
        const over = state.act?.id === act.id && state.step === "done";
        state.act = act;
        this.store.save({act: act.id});
        if (act.state === "frozen") {
            state.step = "consent";
            if (act.consent) {
                state.tries = act.consent.tries;
                this.countDown(act.consent.wait);
            }
        } else if (act.state === "consented") {
            state.step = "working";
            this.watch(POLLS_MS[Math.min(this.looks++, POLLS_MS.length - 1)]);
        } else if (act.state === "done" && !over) {
            Object.assign(state, {step: "done", code: "", error: ""});
            this.onDone(act);
        } else if (act.state === "failed") {
            Object.assign(state, {step: "failed", error: act.problem});
        } else if (act.state === "cancelled") {
            this.leave();
        }
    }

    watch(after) {
        clearTimeout(this.watching);
        this.watching = setTimeout(async () => {
            const answer = await this.client.ask(`act/${this.state.act.id}/status`);
            if (this.state.step !== "working") {
                return;
            }
            this.state.lost = answer.outcome === LOST;
            if (isDone(answer)) {
                const unheard = answer.data.state === "frozen";
                this.take(answer.data);
                if (unheard) {
                    this.state.error = _t(
                        "The connection was lost before the code arrived. Nothing was signed: confirm again.",
                    );
                }
            } else if (this.state.lost) {
                this.watch(RETRY_MS);
            } else {
                Object.assign(this.state, {
                    step: "failed",
                    error: answer.message,
                    expired: answer.outcome === LOGGED_OUT,
                });
            }
        }, after);
    }

    countDown(seconds, after = () => {}) {
        clearInterval(this.counting);
        const until = Date.now() + seconds * 1000;
        const tick = () => {
            this.state.wait = Math.max(0, Math.ceil((until - Date.now()) / 1000));
            if (!this.state.wait) {
                clearInterval(this.counting);
                after();
            }
        };
        this.counting = setInterval(tick, 500);
        tick();
    }

    /** Back to the pages. What was frozen is given up by the next act. */
    leave() {
        clearTimeout(this.watching);
        clearInterval(this.counting);
        this.store.save({left: this.state.act?.id});
        Object.assign(this.state, {
            step: "",
            act: null,
            error: "",
            code: "",
            lost: false,
            expired: false,
        });
    }

    /** The result was seen: the next act is a new request. */
    forget() {
        this.store.save({act: null, key: null, payload: null});
        this.leave();
    }
}
