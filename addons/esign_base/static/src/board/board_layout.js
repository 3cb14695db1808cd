import {PX_PER_MM} from "./board_geometry";

const LARGEST_FIT = 1.6;

/** Where pages stand in the scrolled area: CSS pixels, for one zoom and one size of the view. */
export class BoardLayout {
    /**
     * @param frames pages, {width, height} in mm
     * @param view {width, height} of the scroller in pixels
     * @param zoom a factor of the true size, or "fit"
     */
    constructor(frames, view, zoom, {pad, gap}) {
        this.frames = frames;
        this.view = view;
        this.widest = Math.max(...frames.map((frame) => frame.width), 1);
        const fit = Math.min(
            Math.max(view.width - 2 * pad, 120) / this.widest,
            LARGEST_FIT * PX_PER_MM,
        );
        /** Pixels per millimetre. */
        this.scale = zoom === "fit" ? fit : zoom * PX_PER_MM;
        this.width = Math.max(view.width, this.widest * this.scale + 2 * pad);
        this.tops = [];
        let top = pad;
        for (const frame of frames) {
            this.tops.push(top);
            top += frame.height * this.scale + gap;
        }
        this.height = top - gap + pad;
    }

    get percent() {
        return Math.round((this.scale / PX_PER_MM) * 100);
    }

    /** Box of a page in the scrolled area. */
    page(number) {
        const frame = this.frames[number - 1];
        const width = frame.width * this.scale;
        return {
            top: this.tops[number - 1],
            left: (this.width - width) / 2,
            width,
            height: frame.height * this.scale,
        };
    }

    /** The page at this height, the one before in a gap. */
    at(y) {
        let low = 0;
        let high = this.tops.length - 1;
        while (low < high) {
            const middle = (low + high + 1) >> 1;
            if (this.tops[middle] <= y) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low + 1;
    }

    /** Pages that touch the view, and those within `margin` pixels of it. */
    range(scrollTop, margin) {
        return [this.at(scrollTop - margin), this.at(scrollTop + this.view.height + margin)];
    }

    /** Pages whose middle is in the view. */
    inView(scrollTop) {
        const [first, last] = this.range(scrollTop, 0);
        const seen = [];
        for (let number = first; number <= last; number++) {
            const {top, height} = this.page(number);
            const middle = top + height / 2;
            if (middle >= scrollTop && middle <= scrollTop + this.view.height) {
                seen.push(number);
            }
        }
        return seen;
    }

    /** Page and position in mm of a point of the scrolled area. */
    point(x, y) {
        const number = this.at(y);
        const {left, top} = this.page(number);
        return {page: number, x: (x - left) / this.scale, y: (y - top) / this.scale};
    }
}
