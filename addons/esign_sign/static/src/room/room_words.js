import {_t} from "@web/core/l10n/translation";

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
export function noticeOf({group, may_sign: may}) {
    if (group.outcome === "done") {
        return {good: true, text: _t("All parties have signed: the contract is completed.")};
    }
    return may.message && may.outcome !== "READER"
        ? {good: may.outcome === "ALREADY", text: may.message}
        : null;
}

/** What a document is to the signer, as a badge. */
export function stateOf(contract, group, isReady) {
    if (!contract.mine) {
        return {tone: "quiet", label: _t("For reading")};
    }
    if (contract.state === "open" && group.outcome !== "running") {
        return {tone: group.tone, label: group.state_label};
    }
    return contract.state === "open" && isReady
        ? {tone: "info", label: _t("Seals placed")}
        : {tone: contract.tone, label: contract.state_label};
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
