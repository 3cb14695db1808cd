import {_t} from "@web/core/l10n/translation";

const RUNNING = ["pending", "signing"];

/** What the room says of the group. */
export function wordsOf({group, identity}) {
    return {
        number: _t("No. %s", group.number),
        from: _t("Launched by %s", group.initiator),
        deadline: _t("Sign by 24:00 on %s", group.deadline),
        order: group.sequential
            ? _t("Launched by %s. The parties sign in this order.", group.initiator)
            : _t("Launched by %s. The parties sign in any order.", group.initiator),
        check: _t("You sign as %s. Check the documents and the seals.", identity.label),
        toSign: _t("Documents to sign"),
        documents: _t("Documents"),
        parties: _t("Parties"),
        seals: _t("Choose the seals"),
        done: _t("Result"),
        failed: _t("The signing did not take place"),
        reason: group.reason ? _t("Reason: %s", group.reason) : "",
    };
}

/** Why nothing can be signed here now, or that all is done; null for whoever may sign or only reads. */
export function noticeOf({group, maySign}) {
    if (group.state === "done") {
        return {good: true, text: _t("All parties have signed: the contract is completed.")};
    }
    return maySign.reason && maySign.code !== "READER"
        ? {good: maySign.code === "ALREADY", text: maySign.reason}
        : null;
}

/** What a document is to the signer, as a badge. */
export function stateOf(contract, group, isReady) {
    if (!contract.mine) {
        return {tone: "quiet", label: _t("For reading")};
    }
    if (contract.state === "signed") {
        return {tone: "ok", label: _t("Signed")};
    }
    if (!RUNNING.includes(group.state)) {
        return {tone: group.tone, label: group.stateLabel};
    }
    return isReady
        ? {tone: "info", label: _t("Seals placed")}
        : {tone: "wait", label: _t("To be signed")};
}

export function pagesOf(contract) {
    return _t("%s pages", contract.frames.length);
}

export function readOf(contract, seen) {
    return _t("%(seen)s/%(pages)s read", {seen, pages: contract.frames.length});
}

export function sumOf(documents, seals) {
    return _t("%(documents)s documents, %(seals)s seals", {documents, seals});
}
