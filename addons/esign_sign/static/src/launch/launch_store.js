import {reactive} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {isDone} from "@esign_base/answer/answer";
import {isOffline} from "./launch_server";
import {LaunchUploads} from "./launch_uploads";

/**
 * The draft as it is edited: what is shown, what is still to be saved. Saves follow one another; of
 * several waiting ones for the same thing only the last is sent. A save that failed stays waiting.
 */
export class LaunchStore {
    constructor(server, draft, choices) {
        this.server = server;
        this.choices = choices;
        this.draft = draft;
        this.waiting = new Map();
        this.running = null;
        this.saving = "idle";
        this.problem = null;
        this.tried = {};
        const store = reactive(this);
        this.uploads = new LaunchUploads(store);
        return store;
    }

    /** Takes over what the server says; `keep` names parts that the page knows better. */
    take(draft, keep = []) {
        const kept = Object.fromEntries(keep.map((name) => [name, this.draft[name]]));
        this.draft = {...draft, ...kept};
    }

    /** Saves a part soon. */
    save(part, values, keep = []) {
        const name = part === "places" ? `places:${values.contract}` : part;
        this.waiting.set(name, {part, values, keep});
        this.saving = "saving";
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.flush(), 400);
    }

    /** Sends everything that waits; true when nothing is left. */
    async flush() {
        clearTimeout(this.timer);
        while (this.running) {
            await this.running;
        }
        this.running = this._sendAll();
        const done = await this.running;
        this.running = null;
        return done;
    }

    async _sendAll() {
        while (this.waiting.size) {
            const [[name, {part, values, keep}]] = this.waiting;
            const answer = await this.server.call("save", {
                version: this.draft.version,
                part,
                values,
            });
            if (!isDone(answer)) {
                this.fail(answer);
                return false;
            }
            const newer = this.waiting.get(name)?.values !== values;
            if (!newer) {
                this.waiting.delete(name);
            }
            this.take(answer.data, newer && part === "task" ? ["task"] : keep);
            this.problem = null;
        }
        this.saving = "saved";
        return true;
    }

    fail(answer) {
        this.saving = "failed";
        this.problem = {text: answer.message, offline: isOffline(answer)};
    }

    /** One call that changes the draft, after everything that waits. */
    async act(name, params) {
        if (!(await this.flush())) {
            return null;
        }
        const answer = await this.server.call(name, params);
        if (!isDone(answer)) {
            this.fail(answer);
            return null;
        }
        this.problem = null;
        return answer.data;
    }

    get busy() {
        return this.waiting.size > 0 || Boolean(this.running) || this.uploads.busy;
    }

    /** Sentences on what stands in the way at a place of a step; nothing before the step was tried. */
    faults(step, place) {
        if (!this.tried[step]) {
            return [];
        }
        return this.draft.faults
            .filter((one) => one.step === step && one.place === place)
            .map((one) => one.reason);
    }

    faultsOf(step) {
        return this.draft.faults.filter((one) => one.step === step);
    }

    get savedText() {
        return {idle: "", saving: _t("Saving…"), saved: _t("Saved"), failed: _t("Not saved")}[
            this.saving
        ];
    }
}
