/**
 * Asking the server. Every answer is `{outcome, message, data}`: `outcome` is "OK" or why it was not done, `message`
 * says it in words, `data` is what was asked for; of a refusal `data.wait` (seconds) and `data.fields` (field → text).
 * Where nothing was answered, one of these outcomes says so.
 */
import {ConnectionLostError, RPCError, rpc} from "@web/core/network/rpc";
import {_t} from "@web/core/l10n/translation";

export const LOST = "LOST"; // the network
export const LOGGED_OUT = "LOGGED_OUT";
export const FAILED = "FAILED"; // the server
export const TOO_LARGE = "TOO_LARGE";

export const isDone = (answer) => answer.outcome === "OK";
export const done = (data = {}) => ({outcome: "OK", message: "", data});

/** An answer of our own; `words` maps outcomes to texts that say it better at this place. */
export function refusal(outcome, words = {}) {
    const message = words[outcome] ?? _t("The server cannot be reached. Please try again.");
    return {outcome, message, data: {}};
}

/** What is to be mended, by field; `page` for what belongs to none. */
export function errorsOf(answer) {
    return isDone(answer) ? {} : answer.data.fields || {page: answer.message};
}

function outcomeOf(error) {
    if (error instanceof ConnectionLostError || !(error instanceof RPCError)) {
        return LOST;
    }
    const expired = error.exceptionName === "odoo.http.SessionExpiredException";
    return expired || error.code === 100 ? LOGGED_OUT : FAILED;
}

/** Calls a JSON route. */
export async function ask(url, params = {}, words = {}) {
    try {
        return await rpc(url, params, {silent: true});
    } catch (error) {
        return refusal(outcomeOf(error), words);
    }
}

/** Posts a body that is no JSON-RPC: a file, a form. */
export async function post(url, options, words = {}) {
    try {
        const response = await fetch(url, {method: "POST", ...options});
        if (!response.ok) {
            return refusal(response.status === 413 ? TOO_LARGE : FAILED, words);
        }
        return await response.json();
    } catch {
        return refusal(LOST, words);
    }
}
