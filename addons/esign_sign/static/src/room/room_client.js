import {ConnectionLostError, RPCError, rpc} from "@web/core/network/rpc";
import {_t} from "@web/core/l10n/translation";

let base = "/my/esign/sign/";

/** Where the room's requests go: the portal's own address, or that of a signing link. */
export function enterAt(address) {
    base = address;
}

/**
 * Asks the server. Every answer has `ok`; a refusal has `code` and `message`, and where nothing was
 * answered `lost` (the network) or `expired` (the login) says so.
 */
export async function ask(path, params = {}) {
    try {
        return await rpc(`${base}${path}`, params, {silent: true});
    } catch (error) {
        if (error instanceof ConnectionLostError || !(error instanceof RPCError)) {
            return {
                ok: false,
                lost: true,
                code: "LOST",
                message: _t("The server cannot be reached. Check your network connection."),
            };
        }
        if (error.code === 100 || error.exceptionName === "odoo.http.SessionExpiredException") {
            return {
                ok: false,
                expired: true,
                code: "EXPIRED_LOGIN",
                message: _t("Your login has expired. Log in again: what you have placed is kept."),
            };
        }
        return {
            ok: false,
            code: "FAILED",
            message: _t("Something went wrong on the server. Try again in a moment."),
        };
    }
}
