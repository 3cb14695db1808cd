const AT_ONCE = 2;
const MOST_PIXELS = 12_000_000;

/**
 * One document: opened once, its pages drawn on demand, two at a time. What was asked for last comes first,
 * pages that were asked for together in their order.
 * The file is read in pieces: the first page of a large file does not wait for the rest.
 */
export class BoardSource {
    constructor(url) {
        this.url = url;
        this.waiting = [];
        this.running = 0;
        this.turn = 0;
        this.closed = false;
        this.begun = false;
    }

    /** Number of pages. Rejects when the document cannot be read. */
    open() {
        this.opening ??= this._open();
        return this.opening;
    }

    async _open() {
        this.loading = await globalThis.esignPdf.open(this.url);
        if (this.closed) {
            globalThis.esignPdf.release(this.loading);
            throw new Error("closed");
        }
        this.document = await this.loading.promise;
        return this.document.numPages;
    }

    close() {
        this.closed = true;
        this.waiting = [];
        if (this.loading) {
            globalThis.esignPdf.release(this.loading);
        }
    }

    /**
     * Draws a page `width` CSS pixels wide.
     * Returns {promise: of a canvas, or null when it was given up, cancel()}.
     */
    draw(number, width, {later = false} = {}) {
        const job = {number, width, later, turn: this._turn()};
        job.promise = new Promise((resolve, reject) => Object.assign(job, {resolve, reject}));
        job.cancel = () => {
            job.cancelled = true;
            this.waiting = this.waiting.filter((other) => other !== job);
            job.rendering?.cancel();
            job.resolve(null);
        };
        this.waiting.push(job);
        this._next();
        return job;
    }

    /** One number for everything that is asked for together. */
    _turn() {
        this.asking ??= setTimeout(() => {
            this.asking = null;
            this.turn++;
        });
        return this.turn;
    }

    /**
     * Of the pages that are waited for, the first of the last turn; else the one that has waited longest.
     * The very first page has everything to itself: small pictures and other pages come after it.
     */
    _choose() {
        const urgent = this.waiting.filter((job) => !job.later);
        const turn = Math.max(...urgent.map((job) => job.turn));
        return urgent.find((job) => job.turn === turn) ?? (this.begun ? this.waiting[0] : null);
    }

    async _next() {
        const job = this.running < (this.begun ? AT_ONCE : 1) && !this.closed && this._choose();
        if (!job) {
            return;
        }
        this.waiting = this.waiting.filter((other) => other !== job);
        this.running++;
        try {
            job.resolve(await this._draw(job));
        } catch (error) {
            if (job.cancelled || this.closed || error?.name === "RenderingCancelledException") {
                job.resolve(null);
            } else {
                job.reject(error);
            }
        } finally {
            this.running--;
            this.begun ||= !job.cancelled;
            this._next();
            this._next();
        }
    }

    async _draw(job) {
        await this.open();
        const page = await this.document.getPage(job.number);
        if (job.cancelled) {
            return null;
        }
        // The width decides, so that user units and odd boxes need no thought here.
        const natural = page.getViewport({scale: 1});
        const area = job.width * job.width * (natural.height / natural.width);
        const ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / area));
        const viewport = page.getViewport({scale: (job.width * ratio) / natural.width});
        const canvas = document.createElement("canvas");
        canvas.width = Math.max(1, Math.round(viewport.width));
        canvas.height = Math.max(1, Math.round(viewport.height));
        job.rendering = page.render({canvasContext: canvas.getContext("2d"), viewport});
        await job.rendering.promise;
        page.cleanup();
        return canvas;
    }
}
