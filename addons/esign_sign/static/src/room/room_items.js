import {_t} from "@web/core/l10n/translation";

function millimetres(width, height) {
    return _t("%(width)s × %(height)s mm", {
        width: Math.round(width * 10) / 10,
        height: Math.round(height * 10) / 10,
    });
}

/** What can be placed on a contract: own seals, cross-page seals of an enterprise, dates. */
export function paletteOf(room, contract) {
    const seals = room.seals.map((seal) => ({
        key: `seal:${seal.id}`,
        kind: "seal",
        group: _t("Seals"),
        label: seal.name,
        hint: millimetres(seal.width, seal.height),
        imageUrl: seal.image_url,
        width: seal.width,
        height: seal.height,
        values: {seal: seal.id},
        disabledReason: seal.disabled_reason,
    }));
    const across =
        room.identity.enterprise && contract.frames.length > 1
            ? seals.filter((one) => !one.disabledReason)
            : [];
    const crossing = across.map((seal) => ({
        ...seal,
        key: `cross:${seal.values.seal}`,
        kind: "cross_page",
        group: _t("Cross-page seals"),
        label: _t("Cross-page: %s", seal.label),
        hint: "",
    }));
    const names = {arabic: _t("Date, in digits"), chinese: _t("Date, in characters")};
    const dates = Object.entries(room.dates.pictures).map(([style, imageUrl]) => ({
        key: `date:${style}`,
        kind: "date",
        group: _t("Date seals"),
        label: names[style],
        imageUrl,
        width: room.dates.width,
        height: room.dates.height,
        values: {style},
    }));
    return [...seals, ...crossing, ...dates];
}

/** Positions that the launcher set, with the pictures of the chosen seals once they are filled. */
export function positionsOf(room, contract, filled, chosen) {
    return contract.positions.map((position) => {
        const item = {...position, locked: true};
        if (position.mine && filled) {
            item.imageUrl =
                position.kind === "date"
                    ? room.dates.pictures[position.style]
                    : sealFor(room, position.seal_kind, chosen)?.image_url;
        }
        return item;
    });
}

/** The seal that goes where this type is asked for. */
export function sealFor(room, code, chosen) {
    const fitting = room.choices[code] || [];
    return fitting.find((seal) => seal.id === chosen[code]) || fitting[0];
}

/** Items as the server takes them. */
export function sent(items) {
    return items.map(({kind, seal, page, x, y, last_page, style}) => ({
        kind,
        page,
        x,
        y,
        ...(seal ? {seal} : {}),
        ...(kind === "cross_page" ? {last_page} : {}),
        ...(kind === "date" ? {style} : {}),
    }));
}

/** [{label, count}] of what is put on a contract. */
export function counted(items, label) {
    const counts = new Map();
    for (const item of items) {
        const name = label(item);
        counts.set(name, (counts.get(name) || 0) + 1);
    }
    return [...counts].map(([name, count]) => ({name, count}));
}
