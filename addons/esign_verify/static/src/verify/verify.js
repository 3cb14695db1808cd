import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {_t} from "@web/core/l10n/translation";
import {keep, take} from "./kept_file";

const MEGABYTE = 1024 * 1024;

/** Drag and drop onto the form, sizes told before anything is sent, and a sign of life while it is examined. */
export class EsignVerifyForm extends Interaction {
    static selector = "form.es-verify";
    dynamicContent = {
        _window: {"t-on-pageshow": this.settle},
        _root: {
            "t-on-submit": this.onSubmit,
            "t-on-dragover.prevent": () => this.over(true),
            "t-on-dragleave": () => this.over(false),
            "t-on-drop.prevent": this.onDrop,
            "t-att-class": () => ({"is-enhanced": true, "is-busy": this.busy}),
        },
        ".es-drop": {"t-att-class": () => ({"is-over": this.dragging})},
        ".es-drop__input": {"t-on-change": this.onChange},
        ".es-verify__go": {"t-att-disabled": () => this.busy},
    };

    setup() {
        this.busy = false;
        this.dragging = false;
        this.input = this.el.querySelector(".es-drop__input");
        this.name = this.el.querySelector(".es-drop__name");
        this.error = this.el.querySelector("#es-verify-error");
        this.largest = parseInt(this.el.dataset.esLargest, 10);
    }

    start() {
        take(); // whatever an upload that was broken off has left
    }

    // A page that the browser brings back from its own memory must not look busy.
    settle() {
        this.busy = false;
    }

    over(dragging) {
        this.dragging = dragging;
    }

    onDrop(ev) {
        this.dragging = false;
        const {files} = ev.dataTransfer;
        if (files.length > 1) {
            this.error.textContent = _t("Drop one file at a time.");
        } else if (files.length === 1) {
            this.input.files = files;
            if (this.look()) {
                this.el.requestSubmit();
            }
        }
    }

    onChange() {
        this.look();
    }

    look() {
        const file = this.input.files[0];
        this.name.textContent = file ? file.name : "";
        this.error.textContent = file ? this.complaint(file) : "";
        return !this.error.textContent;
    }

    complaint(file) {
        if (file.size > this.largest) {
            return _t(
                "The file is larger than %s MB. Larger files are not examined here.",
                this.largest / MEGABYTE,
            );
        }
        return file.size ? "" : _t("The file is empty. Choose the PDF that was signed.");
    }

    async onSubmit(ev) {
        ev.preventDefault();
        if (this.busy || !this.look()) {
            return;
        }
        this.busy = true;
        await this.waitFor(keep(this.input.files[0]));
        this.el.submit();
    }
}

export class EsignPrint extends Interaction {
    static selector = "[data-es-print]";
    dynamicContent = {
        _root: {"t-on-click": () => window.print()},
        _window: {"t-on-beforeprint": this.unfold},
    };

    // What is folded up would not be on paper.
    unfold() {
        for (const details of document.querySelectorAll(".es-technical")) {
            details.open = true;
        }
    }
}

registry.category("public.interactions").add("esign_verify.form", EsignVerifyForm);
registry.category("public.interactions").add("esign_verify.print", EsignPrint);
