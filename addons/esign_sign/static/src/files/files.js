import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A list of contracts: ticks and what is done to all of them. */
export class EsignFiles extends Interaction {
    static selector = "[data-es-files]";
    dynamicContent = {
        "[data-es-all]": {"t-on-change": this.tickAll},
        "input[name=ids]": {"t-on-change": this.update},
        "[data-es-one]": {"t-on-click": this.onlyOne},
        _root: {"t-on-submit": this.onSubmit},
    };

    setup() {
        this.ticks = [...this.el.querySelectorAll("input[name=ids]")];
        this.update();
    }

    tickAll(ev) {
        this.ticks.forEach((tick) => (tick.checked = ev.target.checked));
        this.update();
    }

    update() {
        const count = this.ticks.filter((tick) => tick.checked).length;
        this.el.querySelectorAll("[data-es-bulk]").forEach((button) => (button.disabled = !count));
        const all = this.el.querySelector("[data-es-all]");
        if (all) {
            all.checked = count > 0 && count === this.ticks.length;
            all.indeterminate = count > 0 && count < this.ticks.length;
        }
    }

    /** The button of one row acts on that row, whatever is ticked. */
    onlyOne() {
        this.ticks.forEach((tick) => (tick.checked = false));
    }

    onSubmit(ev) {
        const download = ev.submitter?.getAttribute("formaction")?.endsWith("/download");
        if (download || !ev.submitter) {
            return;
        }
        if (this.sent) {
            ev.preventDefault();
        }
        this.sent = true;
    }
}

/** Time line and seal data slide in from the side; without a script the link opens them as a page. */
export class EsignDrawer extends Interaction {
    static selector = "[data-es-drawer]";
    dynamicContent = {_root: {"t-on-click.prevent": this.open}};

    async open() {
        const drawer = document.getElementById("es-drawer");
        const body = drawer.querySelector("[data-es-drawer-body]");
        drawer.querySelector("h2").textContent = this.el.textContent.trim();
        body.textContent = _t("Loading…");
        drawer.showModal();
        try {
            const response = await this.waitFor(fetch(`${this.el.href}?drawer=1`));
            if (!response.ok) {
                throw new Error(String(response.status));
            }
            const page = new DOMParser().parseFromString(
                await this.waitFor(response.text()),
                "text/html",
            );
            body.replaceChildren(...page.body.childNodes);
        } catch {
            body.textContent = _t("The server cannot be reached. Please try again.");
        }
    }
}

export class EsignDrawerFrame extends Interaction {
    static selector = "#es-drawer";
    dynamicContent = {
        "[data-es-drawer-close]": {"t-on-click": () => this.el.close()},
        _root: {"t-on-click": (ev) => ev.target === this.el && this.el.close()},
    };
}

/**
 * A form that is sent once, however often its button is pressed. A field that is not filled in as it must be says so
 * in the element that describes it, in the page's language; without a script the browser does in its own.
 */
export class EsignOnce extends Interaction {
    static selector = "form[data-es-once]";
    dynamicContent = {
        _root: {"t-on-submit": this.onSubmit, "t-on-input": (ev) => this.show(ev.target, true)},
    };

    setup() {
        this.el.noValidate = true;
    }

    onSubmit(ev) {
        const faulty = [...this.el.elements].filter(
            (field) => field.willValidate && !isGood(field),
        );
        faulty.forEach((field) => this.show(field, false));
        faulty[0]?.focus();
        if (faulty.length || this.sent) {
            ev.preventDefault();
            return;
        }
        this.sent = true;
    }

    show(field, good) {
        const fault = document.getElementById(field.getAttribute("aria-describedby"));
        if (fault) {
            fault.hidden = good;
            field.setAttribute("aria-invalid", String(!good));
            field.closest(".es-field").classList.toggle("has-error", !good);
        }
    }
}

function isGood(field) {
    return field.validity.valid && (!field.required || field.value.trim() !== "");
}

registry.category("public.interactions").add("esign_sign.files", EsignFiles);
registry.category("public.interactions").add("esign_sign.drawer", EsignDrawer);
registry.category("public.interactions").add("esign_sign.drawer_frame", EsignDrawerFrame);
registry.category("public.interactions").add("esign_sign.once", EsignOnce);
