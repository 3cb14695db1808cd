import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {ask, isDone, refusal} from "@esign_base/answer/answer";

/** The secret part of a link without what programs stick to it: a full stop, a bracket, the next sentence. */
function tokenOf(hash) {
    const parts = hash.split(/%[0-9a-f]{2}|[^\w-]+/i);
    return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

/** Opens a signing link: its secret part is taken out of the address bar and history, and posted. */
export class EsignSignLink extends Interaction {
    static selector = "[data-es-link]";

    setup() {
        this.token = tokenOf(window.location.hash);
        window.history.replaceState(null, "", window.location.pathname);
    }

    async enter() {
        if (!this.token) {
            return refusal("INCOMPLETE", {
                INCOMPLETE: _t(
                    "The end of the link is missing. Copy the whole link from the message, from “https” to its end, and paste it into the address bar.",
                ),
            });
        }
        return ask("/esign/sign/enter", {token: this.token});
    }

    async start() {
        const answer = await this.waitFor(this.enter());
        if (isDone(answer)) {
            window.location.replace(answer.data.url);
            return;
        }
        this.el.querySelector("[data-link-state=loading]").hidden = true;
        const refused = this.el.querySelector("[data-link-state=refused]");
        refused.hidden = false;
        refused.querySelector("[data-link-problem]").textContent = answer.message;
    }
}

registry.category("public.interactions").add("esign_sign.sign_link", EsignSignLink);
