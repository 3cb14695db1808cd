import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {ask, isDone, post} from "../answer/answer";

const PEN = 0.018; // width of the pen as a share of the pad's height, at full pressure
const SLOW = 0.2; // CSS pixels a millisecond: full pressure
const FAST = 2.5; // … and light
const LARGEST = 19000; // points; the server takes 20,000

/**
 * A pad for one signature. Points are kept in units of the pad's height, so that turning the phone or
 * resizing keeps what was written. Where the device tells no pressure, slow strokes are heavy.
 */
export class EsignPad extends Interaction {
    static selector = "[data-es-pad]";
    dynamicContent = {
        canvas: {
            "t-on-pointerdown.prevent": this.onDown,
            "t-on-pointermove.prevent": this.onMove,
            "t-on-pointerup.prevent": this.onUp,
            "t-on-pointercancel.prevent": this.onUp,
        },
        "[data-act=clear]": {"t-on-click": () => this.reset([])},
        "[data-act=undo]": {"t-on-click": () => this.reset(this.strokes.slice(0, -1))},
        "[data-act=done]": {"t-on-click": this.send},
        _window: {"t-on-resize": this.resize},
    };

    setup() {
        this.canvas = this.el.querySelector("canvas");
        this.context = this.canvas.getContext("2d");
        this.strokes = [];
        this.current = null;
        // The secret part of the link is kept here and taken out of the address bar and history.
        this.token = window.location.hash.slice(1);
        window.history.replaceState(null, "", window.location.pathname);
    }

    async start() {
        this.resize();
        const answer = await this.waitFor(ask("/esign/pad/enter", {token: this.token}));
        this.el.dataset.state = isDone(answer) ? "ready" : "refused";
        this.say(answer.message);
    }

    say(text) {
        this.el.querySelector(".es-pad__error").textContent = text || "";
    }

    resize() {
        const box = this.canvas.parentElement.getBoundingClientRect();
        const ratio = window.devicePixelRatio || 1;
        this.canvas.width = Math.round(box.width * ratio);
        this.canvas.height = Math.round(box.height * ratio);
        this.draw();
    }

    point(ev) {
        const box = this.canvas.getBoundingClientRect();
        const x = (ev.clientX - box.left) / box.height;
        const y = (ev.clientY - box.top) / box.height;
        return [x, y, this.pressure(ev), ev.timeStamp];
    }

    pressure(ev) {
        if (ev.pointerType === "pen" && ev.pressure) {
            return ev.pressure;
        }
        const last = this.current?.at(-1);
        if (!last) {
            return 0.6;
        }
        const box = this.canvas.getBoundingClientRect();
        const way = Math.hypot(
            ev.clientX - box.left - last[0] * box.height,
            ev.clientY - box.top - last[1] * box.height,
        );
        const speed = way / Math.max(ev.timeStamp - last[3], 1);
        const wanted = 1 - Math.min(Math.max((speed - SLOW) / (FAST - SLOW), 0), 1);
        return 0.7 * last[2] + 0.3 * wanted;
    }

    onDown(ev) {
        if (this.el.dataset.state !== "ready" || this.current) {
            return;
        }
        this.canvas.setPointerCapture(ev.pointerId);
        this.pointer = ev.pointerId;
        this.say("");
        this.current = [];
        this.current.push(this.point(ev));
        this.strokes.push(this.current);
        this.draw();
    }

    onMove(ev) {
        if (!this.current || ev.pointerId !== this.pointer || this.count() > LARGEST) {
            return;
        }
        const events = ev.getCoalescedEvents?.() || [];
        for (const each of events.length ? events : [ev]) {
            this.current.push(this.point(each));
        }
        this.draw();
    }

    onUp(ev) {
        if (ev.pointerId === this.pointer) {
            this.current = null;
        }
    }

    count() {
        return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    }

    reset(strokes) {
        this.current = null;
        this.strokes = strokes;
        this.say("");
        this.draw();
    }

    draw() {
        const {context, canvas} = this;
        const unit = canvas.height;
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.strokeStyle = context.fillStyle = "#111";
        context.lineCap = context.lineJoin = "round";
        for (const stroke of this.strokes) {
            this.ink(context, stroke, unit);
        }
    }

    ink(context, stroke, unit) {
        const [first] = stroke;
        context.beginPath();
        context.arc(
            first[0] * unit,
            first[1] * unit,
            (PEN * unit * (0.35 + 0.65 * first[2])) / 2,
            0,
            7,
        );
        context.fill();
        for (let index = 1; index < stroke.length; index++) {
            const [from, to] = [stroke[index - 1], stroke[index]];
            context.lineWidth = PEN * unit * (0.35 + 0.65 * to[2]);
            context.beginPath();
            context.moveTo(from[0] * unit, from[1] * unit);
            context.lineTo(to[0] * unit, to[1] * unit);
            context.stroke();
        }
    }

    async send() {
        if (this.el.dataset.state !== "ready") {
            return;
        }
        if (this.count() < 5) {
            this.say(_t("Write your name first."));
            return;
        }
        this.el.dataset.state = "sending";
        const round = (value) => Math.round(value * 1e4) / 1e4;
        const body = JSON.stringify(
            this.strokes.map((stroke) => stroke.map(([x, y, p]) => [round(x), round(y), round(p)])),
        );
        const headers = {"Content-Type": "application/octet-stream", "X-Esign-Pad": this.token};
        const answer = await this.waitFor(post("/esign/pad/write", {body, headers}));
        this.el.dataset.state = isDone(answer) ? "done" : "ready";
        this.say(answer.message);
    }
}

registry.category("public.interactions").add("esign_base.pad", EsignPad);
