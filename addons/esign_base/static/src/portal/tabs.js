import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Tabs that are wider than a phone: the one that is open is in view. */
export class EsignTabs extends Interaction {
    static selector = ".es-tabs";

    start() {
        const current = this.el.querySelector("[aria-current=page]");
        if (current) {
            this.el.scrollLeft = current.offsetLeft - (this.el.clientWidth - current.offsetWidth) / 2;
        }
    }
}

registry.category("public.interactions").add("esign_base.tabs", EsignTabs);
