import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

const LIFETIME_MS = 8000;

/** A message of the last action: goes by itself, except for an error, which stays until it is closed. */
export class EsignToast extends Interaction {
    static selector = ".es-toast";
    dynamicContent = {".es-toast__close": {"t-on-click": this.close}};

    setup() {
        if (!this.el.classList.contains("es-toast--bad")) {
            this.waitForTimeout(() => this.close(), LIFETIME_MS);
        }
    }

    close() {
        this.el.remove();
    }
}

registry.category("public.interactions").add("esign_base.toast", EsignToast);
