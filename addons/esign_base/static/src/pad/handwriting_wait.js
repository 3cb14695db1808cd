import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {ask, isDone} from "../answer/answer";

const INTERVAL = 1500;
const OVER = ["written", "expired", "kept"];

/** Shows on the computer what happens on the phone: waiting, opened, written. */
export class EsignHandwritingWait extends Interaction {
    static selector = "[data-es-handwriting]";

    start() {
        this.ask();
    }

    async ask() {
        const answer = await this.waitFor(ask(this.el.dataset.esHandwriting));
        if (isDone(answer)) {
            this.show(answer.data);
        }
        // Where the network went away for a moment, it is asked again.
        if (!OVER.includes(answer.data.state)) {
            this.waitForTimeout(() => this.ask(), INTERVAL);
        }
    }

    show({state: kept, opened, picture}) {
        const state = kept === "waiting" && opened ? "opened" : kept;
        if (state === this.el.dataset.state) {
            return;
        }
        this.el.dataset.state = state;
        this.el.querySelectorAll("[data-when]").forEach((part) => {
            part.hidden = part.dataset.when !== state;
        });
        if (picture) {
            this.el.querySelector("[data-picture]").src = picture;
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
