const RED = "#b3261e";

const FRAMES = {
    round: `<circle cx="50" cy="50" r="46"/>`,
    oval: `<ellipse cx="50" cy="50" rx="48" ry="46"/>`,
};

function lines(text) {
    return text.length > 4
        ? [text.slice(0, Math.ceil(text.length / 2)), text.slice(Math.ceil(text.length / 2))]
        : [text];
}

/** A stand-in for a seal that is chosen when the party signs: its shape, and what it is. */
export function sealPicture(shape, name, width = 40, height = 40) {
    const tall = Math.round((100 * height) / width);
    const frame = FRAMES[shape] || `<rect x="4" y="4" width="92" height="92"/>`;
    const text = lines(name);
    const size = Math.min(
        20,
        Math.round(76 / Math.max(...text.map((line) => line.length))),
        Math.round((tall * 0.6) / text.length),
    );
    const rows = text
        .map(
            (
                line,
                row,
            ) => `<text x="50" y="${tall / 2 + (row - (text.length - 1) / 2) * size * 1.2 + size * 0.36}"
            font-size="${size}" text-anchor="middle" fill="${RED}" font-family="sans-serif">${line}</text>`,
        )
        .join("");
    return address(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 ${tall}"><g transform="scale(1 ${tall / 100})" fill="none"
        stroke="${RED}" stroke-width="3" stroke-dasharray="7 4">${frame}</g>${rows}</svg>`);
}

function address(svg) {
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
