// Millimetres on pages as displayed; the same rules as the server's planning of signature fields.
// A frame is {width, height}; a box {x, y, width, height}: mm from the top left of the page.

/** CSS pixels per millimetre at 100 %. */
export const PX_PER_MM = 96 / 25.4;
const MOST_SLICES = 20;
const SNAP_MM = 1.2;

/** Hundredths of a millimetre, never more than `limit`. */
function rounded(value, limit) {
    return Math.max(0, Math.min(Math.round(value * 100) / 100, Math.floor(limit * 100) / 100));
}

export function fits(box, frame) {
    return box.width <= frame.width + 0.01 && box.height <= frame.height + 0.01;
}

const LETTERS = {least: 6, most: 13, line: 1.25, second: 14};

/**
 * Size in pixels of the letters of a name that is to be seen whole in a box of pixels, on up to three lines;
 * `spare`: a second name has a line of its own below.
 */
export function lettering(name, width, height) {
    // Chinese characters fill a square, others take a little more than half of one.
    const units = [...name].reduce((sum, char) => sum + (char > "\u2e80" ? 1 : 0.6), 0);
    const fitting = [1, 2, 3].map((rows) => {
        const size = Math.min(
            (width - 4) / Math.ceil(units / rows),
            (height - 2) / rows / LETTERS.line,
        );
        return {size: Math.max(LETTERS.least, Math.min(LETTERS.most, size)), rows};
    });
    const {size, rows} = fitting.reduce((best, one) => (one.size > best.size ? one : best));
    return {size, spare: height - rows * size * LETTERS.line >= LETTERS.second};
}

/** The same box, moved so that nothing of it leaves the page. */
export function clamped(box, frame) {
    return {
        ...box,
        x: rounded(box.x, frame.width - box.width),
        y: rounded(box.y, frame.height - box.height),
    };
}

/** Page numbers count from 1; −1 is the last one. */
export function pageOf(page, count) {
    return page === -1 ? count : Math.min(Math.max(page, 1), count);
}

/** Sizes of the groups of pages that each get a whole cross-page seal. */
export function sliceGroups(pages) {
    const groups = Math.max(1, Math.ceil(pages / MOST_SLICES));
    const size = Math.floor(pages / groups);
    const larger = pages % groups;
    return Array.from({length: groups}, (_, index) => size + (index < larger ? 1 : 0));
}

/** Pieces of a cross-page seal: {page, box, index, count} for each page of its range. */
function slices(item, frames) {
    const first = pageOf(item.page, frames.length);
    const last = Math.max(first, pageOf(item.last_page ?? -1, frames.length));
    const pieces = [];
    let page = first;
    for (const count of sliceGroups(last - first + 1)) {
        for (let index = 0; index < count; index++, page++) {
            const frame = frames[page - 1];
            const width = item.width / count;
            const y = Math.max(0, Math.min(item.y, frame.height - item.height));
            pieces.push({
                page,
                index,
                count,
                box: {x: frame.width - width, y, width, height: item.height},
            });
        }
    }
    return pieces;
}

/** What an item shows on which page. */
export function piecesOf(item, frames) {
    if (item.kind === "cross_page") {
        return slices(item, frames);
    }
    const box = {x: item.x, y: item.y, width: item.width, height: item.height};
    return [{page: pageOf(item.page, frames.length), index: 0, count: 1, box}];
}

/** Reading order: page, then from the top, then from the left. */
export function inOrder(items, frames) {
    const page = (item) => pageOf(item.page, frames.length);
    return [...items].sort((a, b) => page(a) - page(b) || a.y - b.y || a.x - b.x);
}

function nearest(edges, lines) {
    let best = null;
    for (const {at, offset} of edges) {
        for (const line of lines) {
            const off = line - at;
            if (Math.abs(off) <= SNAP_MM && (!best || Math.abs(off) < Math.abs(best.off))) {
                best = {off, line, offset};
            }
        }
    }
    return best;
}

function edgesOf(start, size) {
    return [start, start + size / 2, start + size].map((at) => ({at}));
}

/**
 * Pulls a box to the edges and centres of others on its page.
 * Returns {box, guides}: guides are {vertical, at} in mm.
 */
export function snapped(box, others) {
    const guides = [];
    const result = {...box};
    const lines = (start, size) =>
        others.flatMap((other) => edgesOf(other[start], other[size]).map(({at}) => at));
    const across = nearest(edgesOf(box.x, box.width), lines("x", "width"));
    const down = nearest(edgesOf(box.y, box.height), lines("y", "height"));
    if (across) {
        result.x += across.off;
        guides.push({vertical: true, at: across.line});
    }
    if (down) {
        result.y += down.off;
        guides.push({vertical: false, at: down.line});
    }
    return {box: result, guides};
}

/** Items with one edge or the centre in line with the first chosen; a single one is aligned to its page. */
export function aligned(items, chosen, how, frames) {
    const [lead] = chosen;
    const frame = frames[pageOf(lead.page, frames.length) - 1];
    const target =
        chosen.length > 1 ? lead : {x: 0, y: 0, width: frame.width, height: frame.height};
    const place = {
        left: () => ({x: target.x}),
        centre: (item) => ({x: target.x + (target.width - item.width) / 2}),
        right: (item) => ({x: target.x + target.width - item.width}),
        top: () => ({y: target.y}),
        middle: (item) => ({y: target.y + (target.height - item.height) / 2}),
        bottom: (item) => ({y: target.y + target.height - item.height}),
    }[how];
    const down = ["top", "middle", "bottom"].includes(how);
    // A cross-page seal stays at the edge.
    const ids = new Set(
        chosen.filter((item) => down || item.kind !== "cross_page").map((item) => item.id),
    );
    return items.map((item) =>
        ids.has(item.id)
            ? clamped({...item, ...place(item)}, frames[pageOf(item.page, frames.length) - 1])
            : item,
    );
}
