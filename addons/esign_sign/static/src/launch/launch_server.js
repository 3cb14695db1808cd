import {_t} from "@web/core/l10n/translation";
import {rpc} from "@web/core/network/rpc";

const OFFLINE = () =>
    _t("The server cannot be reached. What you did is kept here: try again in a moment.");

/** What the launch page asks of the server. Answers are {result} or {problem, code?, draft?, offline?}. */
export class LaunchServer {
    constructor(root, csrf) {
        this.root = root;
        this.csrf = csrf;
    }

    async call(name, params = {}) {
        try {
            return await rpc(`${this.root}/${name}`, params, {silent: true});
        } catch (error) {
            const expired = error?.data?.name === "odoo.http.SessionExpiredException";
            return {
                problem: expired
                    ? _t("You were logged out. Log in again in another window, then try again.")
                    : OFFLINE(),
                offline: true,
            };
        }
    }

    /**
     * Uploads one file; `key` names the upload, so that sending it again adds nothing.
     * One that is cut by `signal` answers {cancelled}.
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
                    return resolve({problem: _t("The file is too large.")});
                }
                try {
                    resolve(JSON.parse(request.responseText));
                } catch {
                    resolve({problem: OFFLINE(), offline: true});
                }
            };
            request.onerror = request.ontimeout = () =>
                resolve({problem: OFFLINE(), offline: true});
            request.onabort = () => resolve({cancelled: true});
            signal.addEventListener("abort", () => request.abort());
            request.open("POST", `${this.root}/upload`);
            if (signal.aborted) {
                return resolve({cancelled: true});
            }
            request.send(body);
        });
    }
}
