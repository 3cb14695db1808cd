import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** On a narrow screen a bar of tabs scrolls: the tab of this page is brought into sight. */
export class EsignTabs extends Interaction {
    static selector = ".es-tabs";

    start() {
        const current = this.el.querySelector("[aria-current]");
        if (current) {
            this.el.scrollLeft =
                current.offsetLeft - (this.el.clientWidth - current.offsetWidth) / 2;
        }
    }
}

registry.category("public.interactions").add("esign_base.tabs", EsignTabs);
