import {markRaw, reactive} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {isDone} from "@esign_base/answer/answer";
import {CANCELLED, isOffline} from "./launch_server";

const MIB = 1024 * 1024;
const ENVELOPES = ["p7m", "p7s"];
let serial = 0;

/**
 * Files on their way to the server, one after the other. They go on while another step is shown.
 * States: waiting, sending, broken (may be sent again), refused.
 */
export class LaunchUploads {
    constructor(store) {
        this.store = store;
        this.list = [];
        return reactive(this);
    }

    get busy() {
        return this.list.some((one) => ["waiting", "sending"].includes(one.state));
    }

    add(files) {
        for (const file of files) {
            const problem = this._refusal(file);
            this.list.push({
                id: ++serial,
                key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
                file: markRaw(file),
                name: file.name,
                done: 0,
                state: problem ? "refused" : "waiting",
                problem,
            });
        }
        this._pump();
    }

    again(upload) {
        Object.assign(upload, {state: "waiting", problem: ""});
        this._pump();
    }

    /** Takes an upload out of the list; one that is under way is cut. */
    dismiss(upload) {
        upload.line?.abort();
        this.list = this.list.filter((one) => one.id !== upload.id);
    }

    /** What can be said before anything is sent. */
    _refusal(file) {
        const {formats, limits} = this.store.choices;
        const extension = file.name.split(".").pop().toLowerCase();
        // What a signed envelope is, the server says.
        if (!ENVELOPES.includes(extension) && !formats.includes(extension)) {
            return _t("This format is not accepted here.");
        }
        if (file.size > limits.file_mib * MIB) {
            return _t("The file is larger than %s MB.", limits.file_mib);
        }
        return file.size ? "" : _t("The file is empty.");
    }

    async _pump() {
        if (this.pumping) {
            return;
        }
        this.pumping = true;
        let next;
        while ((next = this.list.find((one) => one.state === "waiting"))) {
            await this._send(next);
        }
        this.pumping = false;
    }

    async _send(upload) {
        upload.state = "sending";
        upload.line = markRaw(new AbortController());
        await this.store.flush();
        const answer = await this.store.server.upload(upload.file, upload.key, {
            signal: upload.line.signal,
            onProgress: (share) => (upload.done = share),
        });
        if (answer.outcome === CANCELLED) {
            return;
        }
        if (!isDone(answer)) {
            Object.assign(upload, {
                state: isOffline(answer) ? "broken" : "refused",
                problem: answer.message,
                done: 0,
            });
            return;
        }
        this.store.take(answer.data, this.store.waiting.has("task") ? ["task"] : []);
        this.store.saving = "saved";
        this.dismiss(upload);
    }
}
