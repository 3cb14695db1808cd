import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/** Opens a signing link: its secret part is taken out of the address bar and history, and posted. */
export class EsignSignLink extends Interaction {
    static selector = "[data-es-link]";

    setup() {
        this.token = window.location.hash.slice(1);
        window.history.replaceState(null, "", window.location.pathname);
    }

    async start() {
        let answer;
        try {
            answer = await this.waitFor(rpc("/esign/sign/enter", {token: this.token}));
        } catch {
            answer = {error: _t("The server cannot be reached. Please try again.")};
        }
        if (answer.url) {
            window.location.replace(answer.url);
            return;
        }
        this.el.querySelector("[data-link-state=loading]").hidden = true;
        const refused = this.el.querySelector("[data-link-state=refused]");
        refused.hidden = false;
        refused.querySelector("[data-link-problem]").textContent = answer.error;
    }
}

registry.category("public.interactions").add("esign_sign.sign_link", EsignSignLink);
