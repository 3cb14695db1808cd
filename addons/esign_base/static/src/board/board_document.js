import {markRaw, onWillUnmount, useEffect, useState} from "@odoo/owl";
import {BoardSource} from "./board_source";

/** The file that is shown: opened, opened anew, another one, or one that cannot be read. */
export class BoardDocument {
    constructor(url) {
        this.url = url;
        this.state = useState({
            source: markRaw(new BoardSource(url)),
            loading: true,
            failed: false,
        });
        useEffect(
            () => {
                this._open();
            },
            () => [this.state.source],
        );
        onWillUnmount(() => this.state.source.close());
    }

    get source() {
        return this.state.source;
    }

    get loading() {
        return this.state.loading;
    }

    get failed() {
        return this.state.failed;
    }

    reopen(url = this.url) {
        this.url = url;
        this.state.source.close();
        Object.assign(this.state, {
            source: markRaw(new BoardSource(url)),
            loading: true,
            failed: false,
        });
    }

    async _open() {
        const source = this.state.source;
        try {
            await source.open();
            if (source === this.state.source) {
                this.state.loading = false;
            }
        } catch {
            if (source === this.state.source && !source.closed) {
                Object.assign(this.state, {loading: false, failed: true});
            }
        }
    }
}
