import {useState} from "@odoo/owl";
import {isDone} from "@esign_base/answer/answer";
import {counted, paletteOf, positionsOf, sealFor, sent} from "./room_items";

/**
 * What the signer has put on the documents, own seals and dates or the filled positions, kept over a reload;
 * and what follows from it for the next act.
 */
export class RoomDesk {
    constructor(room, store) {
        const {items, filled, chosen} = store.load();
        this.store = store;
        this.state = useState({
            room,
            items: Object.fromEntries(room.contracts.map(({id}) => [id, items?.[id] || []])),
            filled: Boolean(filled),
            chosen: chosen || {},
            finish: true,
        });
        this.original = room; // the palette stays as it was at the beginning
        this.palettes = new Map();
    }

    get room() {
        return this.state.room;
    }

    /** What the server says of the room now, after something was signed or refused. */
    renew(room) {
        this.state.room = room;
        this.positionsKey = null;
    }

    // What may be done -----------------------------------------------------------------------

    get maySign() {
        return isDone(this.room.may_sign);
    }

    get open() {
        return this.room.contracts.filter((one) => one.mine && one.state === "open");
    }

    /** The launcher has set positions for this signer. */
    get hasPositions() {
        return this.maySign && this.open.some((one) => one.placed);
    }

    get canFill() {
        return this.hasPositions && !this.state.filled;
    }

    isReadonly(contract) {
        return !this.maySign || contract.placed || contract.state !== "open";
    }

    // Own seals and dates --------------------------------------------------------------------

    paletteOf(contract) {
        if (!this.palettes.has(contract.id)) {
            this.palettes.set(contract.id, paletteOf(this.original, contract));
        }
        return this.palettes.get(contract.id);
    }

    /** What the board shows of a contract. */
    itemsOf(contract) {
        const {filled, chosen, items} = this.state;
        if (!contract.placed) {
            return items[contract.id];
        }
        // The same list while nothing changed: the board forgets its selection with every new one.
        const key = [contract.id, contract.url, filled, JSON.stringify(chosen)].join();
        if (this.positionsKey !== key) {
            this.positionsKey = key;
            this.positionsNow = positionsOf(this.room, contract, filled, chosen);
        }
        return this.positionsNow;
    }

    put(contract, items) {
        this.state.items[contract.id] = items;
        this.store.save({items: this.state.items});
    }

    /** What was placed on these is signed now. */
    clear(contracts) {
        for (const {id} of contracts) {
            this.state.items[id] = [];
        }
        this.store.save({items: this.state.items});
    }

    // 一键盖章 --------------------------------------------------------------------------------

    /** Types of seals that the positions ask for, with what can be used. */
    get wanted() {
        const codes = new Map();
        for (const contract of this.open.filter((one) => one.placed)) {
            for (const position of contract.positions.filter((one) => one.mine && one.seal_kind)) {
                codes.set(position.seal_kind, position.label);
            }
        }
        return [...codes].map(([code, label]) => ({
            code,
            label,
            seals: this.room.choices[code] || [],
        }));
    }

    fill() {
        this.state.filled = true;
        this.store.save({filled: true, chosen: this.state.chosen});
    }

    choose(code, seal) {
        this.state.chosen[code] = seal.id;
    }

    chosenSeal(code) {
        return sealFor(this.room, code, this.state.chosen)?.id;
    }

    // The next act ---------------------------------------------------------------------------

    /** Something of this contract is signed by the next act. */
    isReady(contract) {
        return contract.placed ? this.state.filled : this.state.items[contract.id].length > 0;
    }

    get ready() {
        return this.open.filter((one) => this.isReady(one) || (one.begun && this.state.finish));
    }

    get left() {
        return this.open.filter((one) => !this.ready.includes(one));
    }

    countsOf(contract) {
        if (contract.placed) {
            const mine = contract.positions.filter((one) => one.mine);
            return counted(mine, (item) => {
                const kind = item.seal_kind;
                const seal = kind && sealFor(this.room, kind, this.state.chosen);
                return seal ? seal.name : item.label;
            });
        }
        const palette = this.paletteOf(contract);
        return counted(
            this.state.items[contract.id],
            (item) => palette.find((one) => one.key === item.key)?.label || "",
        );
    }

    get total() {
        return this.ready.reduce(
            (sum, one) => sum + this.countsOf(one).reduce((n, {count}) => n + count, 0),
            0,
        );
    }

    get onlyFinish() {
        return this.ready.some((one) => one.placed) || !this.total;
    }

    /** The next act as the server takes it. */
    get payload() {
        const {ready} = this;
        return {
            contracts: ready.map((one) => one.id),
            items: Object.fromEntries(
                ready
                    .filter((one) => !one.placed)
                    .map((one) => [one.id, sent(this.state.items[one.id])]),
            ),
            seals: Object.fromEntries(this.wanted.map(({code}) => [code, this.chosenSeal(code)])),
            finish: this.state.finish || this.onlyFinish,
        };
    }
}
