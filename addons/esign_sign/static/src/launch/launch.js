import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {isDone} from "@esign_base/answer/answer";
import {FilesStep} from "./files_step";
import {LaunchServer, isOffline} from "./launch_server";
import {LaunchStore} from "./launch_store";
import {OrderStep} from "./order_step";
import {PartiesStep} from "./parties_step";
import {PlacesStep} from "./places_step";

const POLL = 1000;
const LONGEST = 60;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** 发起签署: four steps over one draft. Each change is saved by itself; going back loses nothing. */
export class Launch extends Component {
    static template = "esign_sign.Launch";
    static components = {FilesStep, PartiesStep, OrderStep, PlacesStep};
    static props = {draft: Object, choices: Object, step: String, root: String, csrf: String};

    setup() {
        this.top = useRef("top");
        this.store = useState(
            new LaunchStore(
                new LaunchServer(this.props.root, this.props.csrf),
                this.props.draft,
                this.props.choices,
            ),
        );
        this.state = useState({step: this.props.step, launching: "", moving: false});
        this.onPop = () => this.show(location.pathname.split("/").pop());
        this.onLeave = (ev) => {
            if (this.store.busy && !this.left) {
                ev.preventDefault();
            }
        };
        onMounted(() => {
            window.addEventListener("popstate", this.onPop);
            window.addEventListener("beforeunload", this.onLeave);
            if (!this.steps.some((one) => one.key === this.state.step)) {
                this.show("files");
            }
        });
        onWillUnmount(() => {
            window.removeEventListener("popstate", this.onPop);
            window.removeEventListener("beforeunload", this.onLeave);
        });
    }

    get steps() {
        const steps = [
            {key: "files", label: _t("Files")},
            {key: "parties", label: _t("Parties")},
            {key: "order", label: _t("Signing order")},
        ];
        if (this.store.draft.files.some((file) => file.placed)) {
            steps.push({key: "places", label: _t("Positions")});
        }
        return steps;
    }

    get index() {
        return Math.max(
            0,
            this.steps.findIndex((one) => one.key === this.state.step),
        );
    }

    get isLast() {
        return this.index === this.steps.length - 1;
    }

    get name() {
        return this.store.draft.task.name || _t("New contract");
    }

    show(step) {
        this.state.step = this.steps.some((one) => one.key === step) ? step : "files";
        this.top.el?.scrollIntoView({block: "start"});
    }

    async go(step) {
        if (step === this.state.step || this.state.moving) {
            return;
        }
        this.state.moving = true;
        const saved = await this.store.flush();
        this.state.moving = false;
        if (saved) {
            history.pushState(null, "", `${this.props.root}/${step}`);
            this.show(step);
            this.top.el?.focus();
        }
    }

    back() {
        this.go(this.steps[this.index - 1].key);
    }

    /** To the next step, when nothing stands in the way on this one. */
    async next() {
        const step = this.state.step;
        if (!(await this.store.flush())) {
            return;
        }
        this.store.tried[step] = true;
        if (this.store.faultsOf(step).length) {
            this.focusFault();
            return;
        }
        await this.go(this.steps[this.index + 1].key);
    }

    focusFault() {
        requestAnimationFrame(() => {
            const fault = document.querySelector(
                ".es-launch .es-fault, .es-launch .es-field__error",
            );
            fault?.scrollIntoView({block: "center", behavior: "smooth"});
        });
    }

    async leave() {
        if (await this.store.flush()) {
            this.left = true;
            location.assign("/my/esign/files/drafts");
        }
    }

    /** 发起签约: all faults at their places, or on to the list. A second click changes nothing. */
    async launch() {
        if (this.state.launching || !(await this.store.flush())) {
            return;
        }
        if (this.store.uploads.busy) {
            await this.go("files");
            return;
        }
        for (const {key} of this.steps) {
            this.store.tried[key] = true;
        }
        this.state.launching = _t("Launching…");
        const answer = await this.store.server.call("launch");
        const {draft} = answer.data;
        if (draft) {
            this.state.launching = "";
            this.store.take(draft);
            const first = this.steps.find((one) => this.store.faultsOf(one.key).length);
            if (first) {
                await this.go(first.key);
                this.focusFault();
                return;
            }
        }
        if (!isDone(answer)) {
            this.state.launching = "";
            this.store.fail(answer);
            return;
        }
        await this.prepared();
        this.left = true;
        location.assign(`${this.props.root}/launched`);
    }

    async prepared() {
        this.state.launching = _t("The files are being prepared for signing…");
        for (let turn = 0; turn < LONGEST; turn++) {
            const answer = await this.store.server.call("status");
            // Whatever came of it, the next page tells it.
            if (!isOffline(answer) && answer.data.state !== "preparing") {
                return;
            }
            await pause(POLL);
        }
    }

    reload() {
        this.left = true;
        location.reload();
    }
}

registry.category("public_components").add("esign_sign.launch", Launch);
