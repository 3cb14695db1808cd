import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {TOO_LARGE, done, post} from "@esign_base/answer/answer";

const PAUSE = 350;

/** The form for a seal: shows what belongs to the type, and the server's drawing of it while typing. */
export class EsignSealForm extends Interaction {
    static selector = "[data-es-seal-form]";
    dynamicContent = {_root: {"t-on-input": this.onInput, "t-on-change": this.onInput}};

    setup() {
        this.turn = 0;
        this.sizes = [...this.el.querySelectorAll("option[data-kind]")];
    }

    start() {
        this.arrange();
        this.preview();
    }

    onInput() {
        this.arrange();
        clearTimeout(this.pause);
        this.pause = this.waitForTimeout(() => this.preview(), PAUSE);
    }

    value(name) {
        return new FormData(this.el).get(name) || "";
    }

    arrange() {
        const [kind, source] = [this.value("kind"), this.value("source")];
        const toggle = (attribute, wanted) =>
            this.el.querySelectorAll(`[data-${attribute}]`).forEach((el) => {
                el.hidden = !wanted(el.getAttribute(`data-${attribute}`).split(" "));
            });
        toggle("for-kind", (kinds) => kinds.includes(kind));
        toggle("not-kind", (kinds) => !kinds.includes(kind));
        toggle("for-source", (sources) => sources.includes(source));
        const select = this.el.elements.size;
        const fitting = this.sizes.filter((option) => option.dataset.kind === kind);
        if (select.dataset.kind !== kind) {
            const chosen = fitting.find((option) => option.selected) || fitting[0];
            select.replaceChildren(...fitting);
            select.dataset.kind = kind;
            if (chosen) {
                select.value = chosen.value;
            }
        }
    }

    async preview() {
        const turn = ++this.turn;
        if (this.value("source") === "upload" && !this.el.elements.file.files.length) {
            this.show(done());
            return;
        }
        const body = new FormData(this.el);
        const words = {[TOO_LARGE]: _t("The file is too large.")};
        const answer = await this.waitFor(post(this.el.dataset.esSealForm, {body}, words));
        if (turn === this.turn) {
            this.show(answer);
        }
    }

    show({message, data: {picture, width, height}}) {
        const image = this.el.querySelector("[data-preview]");
        image.hidden = !picture;
        if (picture) {
            image.src = picture;
            image.style.width = `${width}mm`;
        }
        const round = (value) => Math.round(value * 10) / 10;
        this.el.querySelector("[data-measure]").textContent = picture
            ? `${round(width)} × ${round(height)} mm`
            : "";
        this.el.querySelector("[data-error]").textContent = message;
    }
}

registry.category("public.interactions").add("esign_enterprise.seal_form", EsignSealForm);
