import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

const MIB = 1024 * 1024;
let serial = 0;

/** Name, type, deadline; files dropped or chosen, one upload after the other. */
export class FilesStep extends Component {
    static template = "esign_sign.FilesStep";
    static props = {store: Object};

    setup() {
        this.store = useState(this.props.store);
        this.input = useRef("input");
        this.viewer = useRef("viewer");
        this.state = useState({over: false, uploads: [], viewed: null});
    }

    // The task -------------------------------------------------------------------------------

    get task() {
        return this.store.draft.task;
    }

    get kind() {
        return this.store.choices.business_types.find((one) => one.id === this.task.business_type);
    }

    day(days) {
        const day = new Date(`${this.store.choices.today}T00:00:00Z`);
        day.setUTCDate(day.getUTCDate() + days);
        return day.toISOString().slice(0, 10);
    }

    get latest() {
        return this.day(this.kind?.longest ?? 365);
    }

    /** The day as people in China write it. */
    get deadlineText() {
        const [year, month, day] = this.task.deadline.split("-").map(Number);
        return _t("Until 24:00 on %s", `${year}年${month}月${day}日`);
    }

    set(name, value) {
        if (name === "business_type") {
            value = Number(value);
        }
        this.task[name] = value;
        if (name === "business_type" && this.kind && this.task.deadline > this.latest) {
            this.task.deadline = this.day(this.kind.days);
        }
        this.saveTask();
    }

    saveTask() {
        const files = this.store.draft.files.map(({id, name}) => ({id, name}));
        this.store.save("task", {...this.task, files}, ["task"]);
    }

    rename(file, name) {
        file.name = name;
        this.saveTask();
    }

    // Files ----------------------------------------------------------------------------------

    get accept() {
        return this.store.choices.formats.map((one) => `.${one}`).join(",");
    }

    get limitsText() {
        const {limits, formats} = this.store.choices;
        return _t(
            "%(formats)s; at most %(files)s files, each up to %(file)s MB, together up to %(all)s MB",
            {
                formats: formats.map((one) => one.toUpperCase()).join(_t(", ")),
                files: limits.files,
                file: limits.file_mib,
                all: limits.group_mib,
            },
        );
    }

    pages(file) {
        return _t("%(pages)s pages, %(size)s", {pages: file.pages, size: file.size});
    }

    choose(ev) {
        this.add([...ev.target.files]);
        ev.target.value = "";
    }

    drop(ev) {
        this.state.over = false;
        this.add([...ev.dataTransfer.files]);
    }

    add(files) {
        for (const file of files) {
            const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
            const upload = {
                id: ++serial,
                key,
                file,
                name: file.name,
                done: 0,
                state: "waiting",
                problem: "",
            };
            upload.problem = this.refusal(file);
            upload.state = upload.problem ? "refused" : "waiting";
            this.state.uploads.push(upload);
        }
        this.pump();
    }

    refusal(file) {
        const {formats, limits} = this.store.choices;
        if (!formats.includes(file.name.split(".").pop().toLowerCase())) {
            return _t("This format is not accepted here.");
        }
        if (file.size > limits.file_mib * MIB) {
            return _t("The file is larger than %s MB.", limits.file_mib);
        }
        return file.size ? "" : _t("The file is empty.");
    }

    async pump() {
        if (this.pumping) {
            return;
        }
        this.pumping = true;
        let next;
        while ((next = this.state.uploads.find((one) => one.state === "waiting"))) {
            await this.send(next);
        }
        this.pumping = false;
    }

    async send(upload) {
        upload.state = "sending";
        await this.store.flush();
        const answer = await this.store.server.upload(
            upload.file,
            upload.key,
            (share) => (upload.done = share),
        );
        if (answer.problem) {
            Object.assign(upload, {
                state: answer.offline ? "broken" : "refused",
                problem: answer.problem,
                done: 0,
            });
            return;
        }
        this.store.take(answer.result, this.store.waiting.has("task") ? ["task"] : []);
        this.store.saving = "saved";
        this.dismiss(upload);
    }

    percent(upload) {
        return Math.round(upload.done * 100);
    }

    again(upload) {
        Object.assign(upload, {state: "waiting", problem: ""});
        this.pump();
    }

    dismiss(upload) {
        this.state.uploads = this.state.uploads.filter((one) => one.id !== upload.id);
    }

    async remove(file) {
        const draft = await this.store.act("remove", {contract: file.id});
        if (draft) {
            this.store.take(draft);
            this.store.saving = "saved";
        }
    }

    move(index, by) {
        const files = this.store.draft.files;
        const [file] = files.splice(index, 1);
        files.splice(index + by, 0, file);
        this.saveTask();
    }

    // Preview --------------------------------------------------------------------------------

    view(file) {
        this.state.viewed = file;
        this.viewer.el.showModal();
    }

    picture(file, page) {
        return `/my/esign/files/${this.store.draft.id}/page/${file.id}/${page}`;
    }
}
