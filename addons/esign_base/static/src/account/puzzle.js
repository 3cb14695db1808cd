const AT_ONCE = 32;

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (buffer) =>
    Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function shown(number, salt, rounds) {
    const secret = new TextEncoder().encode(String(number));
    const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
    const bits = await crypto.subtle.deriveBits(
        {name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds},
        key,
        256,
    );
    return hex(bits);
}

/**
 * The number below `span` whose PBKDF2-HMAC-SHA-256 is `wanted`. The browser computes beside the page, which
 * stays usable meanwhile. Needs a page that came by https, or from this machine.
 */
export async function solve({salt, rounds, span, wanted}) {
    const salted = bytes(salt);
    for (let first = 0; first < span; first += AT_ONCE) {
        const numbers = Array.from(
            {length: Math.min(AT_ONCE, span - first)},
            (_, step) => first + step,
        );
        const found = await Promise.all(numbers.map((number) => shown(number, salted, rounds)));
        const place = found.indexOf(wanted);
        if (place >= 0) {
            return first + place;
        }
    }
    throw new Error("a puzzle without an answer");
}
