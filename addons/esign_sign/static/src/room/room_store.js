/** What must survive a reload of this tab: what was placed, and the name of the request under way. */
export class RoomStore {
    constructor(group, identity) {
        this.name = `esign-room:${group}:${identity}`;
    }

    load() {
        try {
            return JSON.parse(sessionStorage.getItem(this.name)) || {};
        } catch {
            return {};
        }
    }

    save(values) {
        try {
            sessionStorage.setItem(this.name, JSON.stringify({...this.load(), ...values}));
        } catch {
            // Storage is full or forbidden: the room works, only a reload begins anew.
        }
    }
}

/** A name for one request that nobody can guess. */
export function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
