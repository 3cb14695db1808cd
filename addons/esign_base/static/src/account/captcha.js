import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/** Loads a puzzle, a new one when it grows old, and a question in words for those who cannot see the picture. */
export class EsignCaptcha extends Interaction {
    static selector = "[data-es-captcha]";
    dynamicContent = {
        "[data-es-captcha-reload]": {"t-on-click.prevent": this.onReload},
        "input[name=captcha]": {"t-on-focus": this.onFocus},
        _root: {"t-on-es-captcha-used": () => this.load(this.kind)},
    };

    setup() {
        this.kind = "picture";
        this.stale = false;
        this.answer = this.el.querySelector("input[name=captcha]");
        this.token = this.el.querySelector("input[name=token]");
        this.image = this.el.querySelector("img");
        this.question = this.el.querySelector(".es-captcha__question");
    }

    async willStart() {
        await this.load("picture");
    }

    async onReload(ev) {
        await this.load(ev.currentTarget.dataset.esCaptchaReload);
        this.answer.focus();
    }

    async onFocus() {
        if (this.stale) {
            await this.load(this.kind);
        }
    }

    async load(kind) {
        const puzzle = await this.waitFor(rpc(this.el.dataset.esCaptcha, {kind}));
        this.kind = kind;
        this.stale = false;
        this.answer.value = "";
        this.token.value = puzzle.token || "";
        this.question.textContent = puzzle.question || Object.values(puzzle.errors || {}).join(" ");
        this.el.classList.toggle("is-question", Boolean(puzzle.question));
        if (puzzle.image) {
            this.image.src = puzzle.image;
        }
        this.grow(puzzle.seconds || 60);
    }

    grow(seconds) {
        clearTimeout(this.timer);
        this.timer = this.waitForTimeout(
            () => {
                this.stale = true;
                if (document.activeElement === this.answer || this.answer.value) {
                    this.load(this.kind);
                }
            },
            (seconds - 3) * 1000,
        );
    }
}

registry.category("public.interactions").add("esign_base.captcha", EsignCaptcha);
