import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {FAILED, ask, done, errorsOf, isDone, refusal} from "../answer/answer";
import {solve} from "./puzzle";

const MOBILE_DIGITS = 11;
const FRESH_MS = 240_000;

/**
 * Does the work that the server asks for before it sends a code or takes a password. It begins when the mobile
 * number is entered and is mostly done when the button is pressed; nobody is asked anything.
 * data-es-captcha: where puzzles come from; data-purpose: what sending the form itself needs one for. Buttons
 * that send codes take theirs by the form's `esCaptcha(purpose)`.
 */
export class EsignCaptcha extends Interaction {
    static selector = "[data-es-captcha]";

    setup() {
        this.form = this.el.closest("form");
        this.status = this.el.querySelector("[role=status]");
        this.purpose = this.el.dataset.purpose;
        this.begun = new Map();
        this.form.esCaptcha = (purpose) => this.answer(purpose);
    }

    start() {
        this.addListener(this.form.elements.mobile, "change", () => this.onNumber());
        if (this.purpose) {
            this.addListener(this.form, "submit", (ev) => this.onSubmit(ev));
            // Closed until now: what is sent without a puzzle is sent in vain.
            this.form.querySelector("[type=submit]").disabled = false;
        }
    }

    onNumber() {
        this.begun.clear();
        if (this.form.elements.mobile.value.replace(/\D/g, "").length >= MOBILE_DIGITS) {
            const sends = [...this.form.querySelectorAll("[data-es-code]")].map(
                (button) => button.dataset.purpose,
            );
            [this.purpose, ...sends].filter(Boolean).forEach((purpose) => this.begin(purpose));
        }
    }

    begin(purpose) {
        const work = this.work(purpose);
        this.begun.set(purpose, work);
        return work;
    }

    /** Answers with {token, captcha}, or what stands in the way. */
    async work(purpose) {
        const puzzle = await ask(this.el.dataset.esCaptcha, {
            purpose,
            mobile: this.form.elements.mobile.value,
        });
        if (!isDone(puzzle)) {
            return puzzle;
        }
        try {
            const captcha = String(await solve(puzzle.data));
            return {...done({token: puzzle.data.token, captcha}), until: Date.now() + FRESH_MS};
        } catch {
            return refusal(FAILED);
        }
    }

    async answer(purpose) {
        this.status.textContent = _t("One moment, this form is being checked…");
        let found = await (this.begun.get(purpose) || this.begin(purpose));
        if (!isDone(found) || found.until < Date.now()) {
            found = await this.begin(purpose);
        }
        this.begun.delete(purpose);
        this.status.textContent = "";
        return found;
    }

    async onSubmit(ev) {
        ev.preventDefault();
        if (this.busy) {
            return;
        }
        this.busy = true;
        const found = await this.waitFor(this.answer(this.purpose));
        // What is wrong with the number, the answer to the form says beside it.
        const errors = errorsOf(found);
        if (!isDone(found) && !errors.mobile) {
            this.busy = false;
            this.status.textContent = Object.values(errors).join(" ");
            return;
        }
        this.form.elements.token.value = found.data.token || "";
        this.form.elements.captcha.value = found.data.captcha || "";
        this.form.submit();
    }
}

registry.category("public.interactions").add("esign_base.captcha", EsignCaptcha);
