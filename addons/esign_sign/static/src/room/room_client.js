import {FAILED, LOGGED_OUT, LOST, ask} from "@esign_base/answer/answer";
import {_t} from "@web/core/l10n/translation";

/** Asks the server for one room; `base` is where its requests go: the portal's own address, or a signing link's. */
export class RoomClient {
    constructor(base) {
        this.base = base;
    }

    ask(path, params = {}) {
        return ask(`${this.base}${path}`, params, {
            [LOST]: _t("The server cannot be reached. Check your network connection."),
            [LOGGED_OUT]: _t("Your login has expired. Log in again: what you have placed is kept."),
            [FAILED]: _t("Something went wrong on the server. Try again in a moment."),
        });
    }
}
