import {Component, useRef, useState} from "@odoo/owl";

/** In order or not. Rows are dragged, or moved by buttons; parties with equal numbers sign together. */
export class OrderStep extends Component {
    static template = "esign_sign.OrderStep";
    static props = {store: Object};

    setup() {
        this.store = useState(this.props.store);
        this.list = useRef("list");
        this.state = useState({dragged: null, said: ""});
    }

    get parties() {
        return this.store.draft.parties;
    }

    icon(party) {
        return party.kind === "person" ? "user" : "building";
    }

    /** Whether a party signs together with the one before it. */
    joined(index) {
        return index > 0 && this.parties[index].order === this.parties[index - 1].order;
    }

    get joins() {
        return this.parties.map((_party, index) => this.joined(index));
    }

    setSequential(sequential) {
        this.store.draft.sequential = sequential;
        if (sequential && new Set(this.parties.map((party) => party.order)).size < 2) {
            this.number(this.parties.map(() => false));
        }
        this.save();
    }

    /** Numbers 1, 2, 3 … in the order shown. */
    number(joins) {
        let order = 0;
        this.parties.forEach((party, index) => {
            order += index && joins[index] ? 0 : 1;
            party.order = order;
        });
    }

    save() {
        const orders = Object.fromEntries(this.parties.map((party) => [party.id, party.order]));
        this.store.save("order", {sequential: this.store.draft.sequential, orders}, ["parties"]);
    }

    join(index, joined) {
        const joins = this.joins;
        joins[index] = joined;
        this.number(joins);
        this.save();
    }

    /** A party that is moved stands alone; the others stay as they are. */
    move(from, to) {
        if (to < 0 || to >= this.parties.length || from === to) {
            return;
        }
        const joins = this.joins;
        if (!joins[from] && joins[from + 1]) {
            joins[from + 1] = false;
        }
        joins.splice(from, 1);
        const [party] = this.parties.splice(from, 1);
        this.parties.splice(to, 0, party);
        joins.splice(to, 0, false);
        if (joins[to + 1] && to === 0) {
            joins[1] = false;
        }
        this.number(joins);
        this.state.said = `${party.name} ${party.order}`;
        this.save();
    }

    onKey(ev, index) {
        const by = {ArrowUp: -1, ArrowDown: 1}[ev.key];
        if (by) {
            ev.preventDefault();
            this.move(index, index + by);
            requestAnimationFrame(() =>
                this.list.el?.children[index + by]?.querySelector(".es-order__grip")?.focus(),
            );
        }
    }

    onGrip(ev, index) {
        if (ev.button) {
            return;
        }
        ev.preventDefault();
        const grip = ev.currentTarget;
        grip.setPointerCapture(ev.pointerId);
        let at = index;
        this.state.dragged = this.parties[index].id;
        const onMove = (move) => {
            const rows = [...this.list.el.children].map((row) => row.getBoundingClientRect());
            const over = rows.findIndex(
                (box) => move.clientY >= box.top && move.clientY <= box.bottom,
            );
            if (over >= 0 && over !== at) {
                this.move(at, over);
                at = over;
            }
        };
        const onEnd = () => {
            window.removeEventListener("pointermove", onMove);
            window.removeEventListener("pointerup", onEnd);
            window.removeEventListener("pointercancel", onEnd);
            this.state.dragged = null;
        };
        window.addEventListener("pointermove", onMove);
        window.addEventListener("pointerup", onEnd);
        window.addEventListener("pointercancel", onEnd);
    }
}
