import {_t} from "@web/core/l10n/translation";
import {FAILED, LOGGED_OUT, LOST, TOO_LARGE, ask, refusal} from "@esign_base/answer/answer";

export const CANCELLED = "CANCELLED";

/** Whether the server did not answer: what was asked may be asked again. */
export const isOffline = ({outcome}) => [FAILED, LOGGED_OUT, LOST].includes(outcome);

function words() {
    const away = _t(
        "The server cannot be reached. What you did is kept here: try again in a moment.",
    );
    return {
        [LOST]: away,
        [FAILED]: away,
        [LOGGED_OUT]: _t("You were logged out. Log in again in another window, then try again."),
        [TOO_LARGE]: _t("The file is too large."),
    };
}

/** What the launch page asks of the server; answers as of `@esign_base/answer/answer`. */
export class LaunchServer {
    constructor(root, csrf) {
        this.root = root;
        this.csrf = csrf;
    }

    call(name, params = {}) {
        return ask(`${this.root}/${name}`, params, words());
    }

    /**
     * Uploads one file; `key` names the upload, so that sending it again adds nothing.
     * The outcome of one that is cut by `signal` is CANCELLED.
     */
    upload(file, key, {signal, onProgress}) {
        return new Promise((resolve) => {
            const request = new XMLHttpRequest();
            const body = new FormData();
            body.append("csrf_token", this.csrf);
            body.append("key", key);
            body.append("file", file, file.name);
            request.upload.onprogress = (ev) =>
                ev.lengthComputable && onProgress(ev.loaded / ev.total);
            request.onload = () => {
                if (request.status === 413) {
                    return resolve(refusal(TOO_LARGE, words()));
                }
                try {
                    resolve(JSON.parse(request.responseText));
                } catch {
                    resolve(refusal(FAILED, words()));
                }
            };
            request.onerror = request.ontimeout = () => resolve(refusal(LOST, words()));
            request.onabort = () => resolve(refusal(CANCELLED, {[CANCELLED]: ""}));
            signal.addEventListener("abort", () => request.abort());
            request.open("POST", `${this.root}/upload`);
            if (signal.aborted) {
                return request.onabort();
            }
            request.send(body);
        });
    }
}
