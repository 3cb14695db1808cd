import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {ask, done, errorsOf, isDone} from "../answer/answer";

/**
 * Asks the server to send a code, shows what is to be mended beside the fields, counts down to the next one.
 * data-fields: names of fields of the form to send, "argument=field" where the names differ.
 */
export class EsignCodeButton extends Interaction {
    static selector = "[data-es-code]";
    dynamicContent = {_root: {"t-on-click.prevent": this.onClick}};

    setup() {
        this.label = this.el.textContent;
        this.form = this.el.closest("form");
    }

    start() {
        // Closed until now: a click before the script is there would go nowhere.
        this.el.disabled = false;
    }

    async onClick() {
        this.el.disabled = true;
        this.clear();
        const answer = await this.waitFor(this.ask());
        if (isDone(answer)) {
            this.countDown(answer.data.wait);
            return;
        }
        this.el.disabled = false;
        Object.entries(errorsOf(answer)).forEach(([name, text]) => this.show(name, text));
    }

    async ask() {
        // Where the form has a puzzle, the browser solves it first.
        const solved = (await this.form.esCaptcha?.(this.el.dataset.purpose)) || done();
        return isDone(solved)
            ? ask(this.el.dataset.esCode, {...this.params(), ...solved.data})
            : solved;
    }

    params() {
        const params = {purpose: this.el.dataset.purpose};
        for (const pair of (this.el.dataset.fields || "").split(" ").filter(Boolean)) {
            const [argument, field] = pair.split("=");
            params[argument] = this.form.elements[field || argument]?.value || "";
        }
        return params;
    }

    clear() {
        this.form.querySelectorAll("[data-es-code-error]").forEach((el) => el.remove());
    }

    show(name, text) {
        const control = this.form.elements[name];
        const place = control?.closest(".es-field") || this.el.closest(".es-field");
        const error = document.createElement("p");
        error.className = "es-field__error";
        error.dataset.esCodeError = "1";
        error.setAttribute("role", "alert");
        error.textContent = text;
        place.append(error);
        control?.focus();
    }

    countDown(seconds) {
        if (!seconds || !this.el.isConnected) {
            this.el.disabled = false;
            this.el.textContent = this.label;
            return;
        }
        this.el.textContent = _t("Again in %s s", seconds);
        this.waitForTimeout(() => this.countDown(seconds - 1), 1000);
    }
}

registry.category("public.interactions").add("esign_base.code_button", EsignCodeButton);
