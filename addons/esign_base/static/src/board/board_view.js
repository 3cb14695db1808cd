import {onMounted, onWillUnmount, toRaw, useEffect, useRef, useState} from "@odoo/owl";
import {PX_PER_MM, pageOf} from "./board_geometry";
import {BoardLayout} from "./board_layout";
import {narrow} from "./narrow";

const ZOOMS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];

/** Where the reader is: size of the view, zoom, scrolling, the page he looks at, which pages are drawn. */
export class BoardView {
    constructor(board) {
        this.board = board;
        this.scroller = useRef("scroller");
        this.media = narrow();
        this.drawn = new Set();
        this.state = useState({
            zoom: "fit",
            size: {width: 0, height: 0},
            top: 0,
            current: 1,
            small: this.media.matches,
        });
        onMounted(() => {
            this.observer = new ResizeObserver(() => this.measure());
            this.observer.observe(this.el);
            this.onMedia = () => (this.state.small = this.media.matches);
            this.media.addEventListener("change", this.onMedia);
            this.measure();
        });
        useEffect(
            () => this._settle(),
            () => [this.state.zoom, this.state.size],
        );
        onWillUnmount(() => {
            this.observer.disconnect();
            this.media.removeEventListener("change", this.onMedia);
        });
    }

    get el() {
        return this.scroller.el;
    }

    /** What is scrolled: all pages. */
    get paper() {
        return this.el.firstElementChild;
    }

    get frames() {
        return this.board.props.frames;
    }

    get small() {
        return this.state.small;
    }

    get current() {
        return this.state.current;
    }

    get fits() {
        return this.state.zoom === "fit";
    }

    get layout() {
        const {size, zoom, small} = this.state;
        const key = [size.width, size.height, zoom, small].join();
        if (key !== this.layoutKey || this.layoutFrames !== this.frames) {
            this.layoutKey = key;
            this.layoutFrames = this.frames;
            this.layoutNow = new BoardLayout(
                toRaw(this.frames),
                {width: size.width, height: size.height},
                zoom,
                small ? {pad: 8, gap: 8} : {pad: 20, gap: 16},
            );
        }
        return this.layoutNow;
    }

    /** Another file: nothing of it is drawn yet. */
    begin() {
        this.drawn.clear();
        this.el.scrollTop = 0;
    }

    measure() {
        const {el} = this;
        if (!el || !el.clientWidth) {
            return;
        }
        const {size} = this.state;
        if (size.width !== el.clientWidth || size.height !== el.clientHeight) {
            this.keepingPlace(
                () => (this.state.size = {width: el.clientWidth, height: el.clientHeight}),
            );
        }
    }

    // Scrolling ------------------------------------------------------------------------------

    onScroll() {
        if (this.scrolling) {
            return;
        }
        this.scrolling = requestAnimationFrame(() => {
            this.scrolling = null;
            const {el} = this;
            if (el) {
                this.state.top = el.scrollTop;
                const current = this.layout.at(el.scrollTop + el.clientHeight / 2);
                if (current !== this.state.current) {
                    this.state.current = current;
                }
                this.noteSeen();
            }
        });
    }

    onDrawn(number) {
        this.drawn.add(number);
        this.noteSeen();
    }

    noteSeen() {
        const {onPageSeen} = this.board.props;
        if (onPageSeen) {
            for (const number of this.layout.inView(this.state.top)) {
                if (this.drawn.has(number)) {
                    onPageSeen(number);
                }
            }
        }
    }

    goTo(page) {
        const number = pageOf(Number(page) || 1, this.frames.length);
        this.el.scrollTop = this.layout.page(number).top - 8;
    }

    /** Brings the middle of a box (mm) of a page to the middle of the view. */
    centreOn(page, box) {
        const {top, left} = this.layout.page(page);
        const {el} = this;
        const {scale} = this.layout;
        el.scrollTop = top + (box.y + box.height / 2) * scale - el.clientHeight / 2;
        el.scrollLeft = left + (box.x + box.width / 2) * scale - el.clientWidth / 2;
        this.state.top = el.scrollTop;
    }

    // Zoom -----------------------------------------------------------------------------------

    /** Changes the scale so that what is in the middle of the view stays there. */
    keepingPlace(change) {
        const {el} = this;
        const at = {x: el.clientWidth / 2, y: el.clientHeight / 2};
        const middle = this.layout.point(el.scrollLeft + at.x, el.scrollTop + at.y);
        const atTop = el.scrollTop < 4;
        this.settle = () => {
            this.hold(middle, {x: el.clientWidth / 2, y: el.clientHeight / 2});
            if (atTop) {
                el.scrollTop = 0;
            }
        };
        change();
    }

    /** Scrolls so that a point of a page is at a point of the view. */
    hold({page, x, y}, at) {
        const {top, left} = this.layout.page(page);
        this.el.scrollTop = top + y * this.layout.scale - at.y;
        this.el.scrollLeft = left + x * this.layout.scale - at.x;
    }

    setZoom(zoom) {
        if (zoom !== this.state.zoom) {
            this.keepingPlace(() => (this.state.zoom = zoom));
        }
    }

    /** The scale (pixels per mm) within what makes sense. */
    allowed(scale) {
        const [least, most] = [ZOOMS[0] * PX_PER_MM, ZOOMS.at(-1) * PX_PER_MM];
        return Math.min(Math.max(scale, Math.min(least, this.layout.scale)), most);
    }

    /** A new scale, with a point of a page at a point of the view. */
    zoomAt(scale, point, at) {
        const zoom = scale / PX_PER_MM;
        this.settle = () => {
            this.paper.style.transform = "";
            this.hold(point, at);
        };
        if (zoom === this.state.zoom) {
            this._settle();
        } else {
            this.state.zoom = zoom;
        }
    }

    /** After the pages have got their new sizes. */
    _settle() {
        const {settle} = this;
        this.settle = null;
        settle?.();
    }

    zoomBy(direction) {
        const now = this.layout.percent / 100;
        const next =
            direction > 0
                ? ZOOMS.find((zoom) => zoom > now + 0.01)
                : ZOOMS.findLast((zoom) => zoom < now - 0.01);
        if (next) {
            this.setZoom(next);
        }
    }

    onWheel(ev) {
        if (ev.ctrlKey) {
            ev.preventDefault();
            this.zoomBy(-ev.deltaY);
        }
    }

    // Pages ----------------------------------------------------------------------------------

    /** Pages in the DOM: near the view, and where a drag began. */
    get pages() {
        const {size, top} = this.state;
        if (!size.width) {
            return [];
        }
        const [first, last] = this.layout.range(top, Math.max(size.height, 400));
        const numbers = [];
        for (let number = first; number <= last; number++) {
            numbers.push(number);
        }
        const home = this.board.pointers.drag?.home;
        if (home && !numbers.includes(home)) {
            numbers.push(home);
        }
        return numbers;
    }

    pageStyle(number) {
        const {top, left, width, height} = this.layout.page(number);
        return `top:${top}px;left:${left}px;width:${width}px;height:${height}px`;
    }

    boxStyle(box) {
        const {scale} = this.layout;
        return ["left", "top", "width", "height"]
            .map(
                (name, index) =>
                    `${name}:${[box.x, box.y, box.width, box.height][index] * scale}px`,
            )
            .join(";");
    }

    /** Page and mm under a point of the window, null outside the pages' area. */
    pointAt(x, y) {
        const {el} = this;
        const view = el.getBoundingClientRect();
        if (x < view.left || x > view.right || y < view.top || y > view.bottom) {
            return null;
        }
        return this.layout.point(x - view.left + el.scrollLeft, y - view.top + el.scrollTop);
    }

    /** The middle of the page that is looked at, at the height of the view. */
    get middle() {
        const {el} = this;
        const point = this.layout.point(
            el.scrollLeft + el.clientWidth / 2,
            el.scrollTop + el.clientHeight / 2,
        );
        const frame = this.frames[point.page - 1];
        return {
            page: point.page,
            x: frame.width / 2,
            y: Math.min(Math.max(point.y, 0), frame.height),
        };
    }
}
