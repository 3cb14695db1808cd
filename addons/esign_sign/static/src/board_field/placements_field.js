import {registry} from "@web/core/registry";
import {BoardField} from "@esign_base/board_field/board_field";
import {Placements} from "@esign_base/placements/placements";

/** Where each party signs a file, set on its pages. */
export class PlacementsField extends BoardField {
    get placements() {
        return new Placements(this.value?.kinds || [], this.value?.dates);
    }

    palette(party) {
        return this.placements.palette(party, this.value.frames.length);
    }

    shown(item) {
        return this.placements.shown(item);
    }

    /** Items as the server takes them; those that came from it have a key as well. */
    sent(item) {
        return this.placements.sent(item);
    }
}

registry.category("fields").add("esign_placements", {
    component: PlacementsField,
    supportedTypes: ["json"],
});
