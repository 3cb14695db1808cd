import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {ask, done, errorsOf, isDone} from "../answer/answer";

// Longer waits are told in words alone, seconds.
const COUNTED = 120;

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
        Object.entries(errorsOf(answer)).forEach(([name, text]) => this.show(name, text));
        const {wait = 0} = answer.data;
        this.countDown(isDone(answer) || wait <= COUNTED ? wait : 0);
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
        this.el.disabled = seconds > 0;
        this.el.textContent = seconds ? _t("Again in %s s", seconds) : this.label;
        if (seconds) {
            this.waitForTimeout(() => this.counted(seconds - 1), 1000);
        }
    }

    counted(seconds) {
        if (!seconds) {
            this.clear(); // what said how long to wait is over
        }
        this.countDown(seconds);
    }
}

registry.category("public.interactions").add("esign_base.code_button", EsignCodeButton);
