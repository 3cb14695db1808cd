import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** Shows the fields that the chosen kind of verification asks for: photos, or a code. */
export class EsignVerifyForm extends Interaction {
    static selector = "[data-es-verify]";
    dynamicContent = {"input[name=method]": {"t-on-change": this.update}};

    start() {
        this.update();
    }

    update() {
        const chosen = this.el.querySelector("input[name=method]:checked");
        for (const part of this.el.querySelectorAll("[data-es-when]")) {
            const wanted = Boolean(chosen?.dataset[part.dataset.esWhen]);
            part.hidden = !wanted;
            part.querySelectorAll("input").forEach((input) => (input.disabled = !wanted));
        }
    }
}

registry.category("public.interactions").add("esign_base.verify_form", EsignVerifyForm);
