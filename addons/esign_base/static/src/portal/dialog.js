import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** A button with data-es-open opens the <dialog> of that id; the browser keeps focus inside and gives it back. */
export class EsignDialogOpener extends Interaction {
    static selector = "[data-es-open]";
    dynamicContent = {_root: {"t-on-click.prevent": this.open}};

    open() {
        document.getElementById(this.el.dataset.esOpen)?.showModal();
    }
}

export class EsignDialog extends Interaction {
    static selector = "dialog.es-dialog";
    dynamicContent = {
        "[data-es-close]": {"t-on-click.prevent": this.close},
    };

    setup() {
        // A form that came back with errors opens its dialog again.
        if (this.el.hasAttribute("data-es-opened")) {
            this.el.showModal();
        }
    }

    close() {
        this.el.close();
    }
}

registry.category("public.interactions").add("esign_base.dialog_opener", EsignDialogOpener);
registry.category("public.interactions").add("esign_base.dialog", EsignDialog);
