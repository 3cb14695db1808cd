import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** Name, type, deadline; files dropped or chosen. */
export class FilesStep extends Component {
    static template = "esign_sign.FilesStep";
    static props = {store: Object};

    setup() {
        this.store = useState(this.props.store);
        this.input = useRef("input");
        this.viewer = useRef("viewer");
        this.papers = useRef("papers");
        this.state = useState({over: false, viewed: null});
        this.listen();
    }

    /** Files may be dropped anywhere: beside the area the browser would open them and leave the page. */
    listen() {
        const handlers = {
            dragenter: (ev) => this.dragged(ev),
            dragover: (ev) => this.dragged(ev),
            dragleave: (ev) => ev.relatedTarget || (this.state.over = false),
            drop: (ev) => this.drop(ev),
        };
        const each = (act) => {
            for (const [name, handler] of Object.entries(handlers)) {
                act.call(window, name, handler);
            }
        };
        onMounted(() => each(window.addEventListener));
        onWillUnmount(() => each(window.removeEventListener));
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

    /** With every letter: the page is drawn anew while files come in, and would take back what is typed. */
    rename(file, name) {
        file.name = name;
        if (name.trim()) {
            this.saveTask();
        }
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
                formats: formats
                    .filter((one) => one !== "jpeg") // people know it as JPG
                    .map((one) => one.toUpperCase())
                    .join(" / "),
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
        this.add(ev.target.files);
        ev.target.value = "";
    }

    dragged(ev) {
        if (ev.dataTransfer?.types.includes("Files")) {
            ev.preventDefault();
            this.state.over = true;
        }
    }

    drop(ev) {
        if (ev.dataTransfer?.types.includes("Files")) {
            ev.preventDefault();
            this.state.over = false;
            this.add(ev.dataTransfer.files);
        }
    }

    /** Takes files up, and shows how they fare: on a long list their rows are below the view. */
    add(files) {
        this.store.uploads.add([...files]);
        requestAnimationFrame(() =>
            this.papers.el?.lastElementChild?.scrollIntoView({block: "nearest"}),
        );
    }

    percent(upload) {
        return Math.round(upload.done * 100);
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
