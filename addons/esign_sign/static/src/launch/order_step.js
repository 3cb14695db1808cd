import {Component, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {followPointer} from "@esign_base/board/board_drag";

const EDGE = 16;
/** What is scrolled while a row is dragged near the edge of the window. */
const WINDOW = {
    getBoundingClientRect: () => ({
        top: 0,
        left: 0,
        right: window.innerWidth,
        bottom: window.innerHeight,
    }),
    get scrollTop() {
        return window.scrollY;
    },
    set scrollTop(top) {
        window.scrollTo(window.scrollX, top);
    },
};

/** Lists of parties that sign at the same time, in order. */
function stagesOf(parties) {
    const stages = [];
    for (const party of parties) {
        if (stages.length && stages.at(-1)[0].order === party.order) {
            stages.at(-1).push(party);
        } else {
            stages.push([party]);
        }
    }
    return stages;
}

function without(stages, id) {
    return stages
        .map((parties) => parties.filter((party) => party.id !== id))
        .filter((parties) => parties.length);
}

/** The stages after a party was dropped onto a stage, or before it. */
function dropped(stages, id, stage, together) {
    const party = stages.flat().find((one) => one.id === id);
    const result = without(stages, id);
    if (together) {
        result[stage].push(party);
    } else {
        result.splice(stage, 0, [party]);
    }
    return result;
}

/** In order or not. Rows are dragged, or moved by buttons and keys; parties with equal numbers sign together. */
export class OrderStep extends Component {
    static template = "esign_sign.OrderStep";
    static props = {store: Object};

    setup() {
        this.store = useState(this.props.store);
        this.list = useRef("list");
        this.state = useState({drag: null, said: ""});
        onWillUnmount(() => this.stop?.());
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
        this.say(party);
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

    /** A row by its grip: onto another to sign together with it, between two to sign by itself. */
    onGrip(ev, index) {
        if (ev.button) {
            return;
        }
        ev.preventDefault();
        const {id} = this.parties[index];
        const from = ev.clientY + window.scrollY;
        const {top, bottom} = ev.target.closest("li").getBoundingClientRect();
        const home = {top: top + window.scrollY, bottom: bottom + window.scrollY};
        this.stop = followPointer(ev, {
            scroller: WINDOW,
            onMove: (_x, y) => {
                const at = y + window.scrollY;
                const away = at < home.top || at > home.bottom;
                this.state.drag = {id, by: at - from, ...(away ? this.target(id, y) : {})};
            },
            onDrop: () => {
                const {stage, together} = this.state.drag;
                this.endDrag();
                if (stage === undefined) {
                    return; // put back
                }
                this.arrange(dropped(stagesOf(this.parties), id, stage, together));
                this.say(this.parties.find((party) => party.id === id));
            },
            onCancel: () => this.endDrag(),
        });
    }

    endDrag() {
        this.state.drag = null;
        this.stop = null;
    }

    /** The stage under the pointer: {stage, together}; `stage` counts without the row that is dragged. */
    target(id, y) {
        const rows = new Map(
            [...this.list.el.children].map((row) => [
                Number(row.dataset.party),
                row.getBoundingClientRect(),
            ]),
        );
        const stages = without(stagesOf(this.parties), id);
        for (const [stage, parties] of stages.entries()) {
            const top = rows.get(parties[0].id).top;
            const bottom = rows.get(parties.at(-1).id).bottom;
            const edge = Math.min(EDGE, (bottom - top) / 3);
            if (y < top + edge) {
                return {stage, together: false};
            }
            if (y <= bottom - edge) {
                return {stage, together: true};
            }
        }
        return {stage: stages.length, together: false};
    }

    /** Parties in the order of their stages, numbered. */
    arrange(stages) {
        this.store.draft.parties = stages.flatMap((parties, index) => {
            parties.forEach((party) => (party.order = index + 1));
            return parties;
        });
        this.save();
    }

    /** How a row is shown while another is dragged: what it is dropped onto, or the line where it goes. */
    rowClass(party, index) {
        const {drag} = this.state;
        const classes = {"is-joined": this.joined(index), "is-dragged": drag?.id === party.id};
        if (drag?.stage !== undefined && drag.id !== party.id) {
            const stages = without(stagesOf(this.parties), drag.id);
            const stage = stages.findIndex((parties) => parties.some((one) => one.id === party.id));
            classes["is-target"] = drag.together && stage === drag.stage;
            if (!drag.together) {
                classes["is-before"] = stage === drag.stage && stages[stage][0].id === party.id;
                classes["is-after"] =
                    drag.stage === stages.length && stages.at(-1)?.at(-1).id === party.id;
            }
        }
        return classes;
    }

    rowStyle(party) {
        const {drag} = this.state;
        return drag?.id === party.id ? `transform:translate(24px, ${drag.by}px)` : "";
    }

    say(party) {
        this.state.said = _t("%(name)s signs as number %(order)s", {
            name: party.name,
            order: party.order,
        });
    }
}
