import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

const INTERVAL = 1500;
const OVER = ["written", "expired", "kept"];

/** Shows on the computer what happens on the phone: waiting, opened, written. */
export class EsignHandwritingWait extends Interaction {
    static selector = "[data-es-handwriting]";

    start() {
        this.ask();
    }

    async ask() {
        let answer = null;
        try {
            answer = await this.waitFor(rpc(this.el.dataset.esHandwriting, {}, {silent: true}));
        } catch {
            // The network went away for a moment: ask again.
        }
        if (answer) {
            this.show(answer);
        }
        if (!answer || !OVER.includes(answer.state)) {
            this.waitForTimeout(() => this.ask(), INTERVAL);
        }
    }

    show(answer) {
        const state = answer.state === "waiting" && answer.opened ? "opened" : answer.state;
        if (state === this.el.dataset.state) {
            return;
        }
        this.el.dataset.state = state;
        this.el.querySelectorAll("[data-when]").forEach((part) => {
            part.hidden = part.dataset.when !== state;
        });
        if (answer.picture) {
            this.el.querySelector("[data-picture]").src = answer.picture;
        }
        const texts = {
            opened: _t("The pad is open on your phone."),
            written: _t("Your signature is here."),
            expired: _t("The code has expired."),
        };
        this.el.querySelector("[data-status]").textContent = texts[state] || "";
    }
}

registry.category("public.interactions").add("esign_base.handwriting_wait", EsignHandwritingWait);
