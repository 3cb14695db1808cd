import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {ask, isDone} from "@esign_base/answer/answer";

/** Opens a signing link: its secret part is taken out of the address bar and history, and posted. */
export class EsignSignLink extends Interaction {
    static selector = "[data-es-link]";

    setup() {
        this.token = window.location.hash.slice(1);
        window.history.replaceState(null, "", window.location.pathname);
    }

    async start() {
        const answer = await this.waitFor(ask("/esign/sign/enter", {token: this.token}));
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
