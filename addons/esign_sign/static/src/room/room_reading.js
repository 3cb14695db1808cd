import {useState} from "@odoo/owl";

/** Which pages the signer has seen, kept over a reload. `onAllRead()` is called once every page of all has been. */
export class RoomReading {
    constructor(contracts, store, onAllRead) {
        Object.assign(this, {contracts, store, onAllRead});
        this.seen = useState(store.load().seen || {});
    }

    see(contract, page) {
        const pages = (this.seen[contract.id] ||= {});
        if (pages[page]) {
            return;
        }
        pages[page] = true;
        this.store.save({seen: this.seen});
        if (this.contracts.every((one) => this.unread(one) <= 0)) {
            this.onAllRead();
        }
    }

    count(contract) {
        return Object.keys(this.seen[contract.id] || {}).length;
    }

    unread(contract) {
        return contract.frames.length - this.count(contract);
    }

    percent(contract) {
        return Math.round((100 * this.count(contract)) / contract.frames.length);
    }
}
