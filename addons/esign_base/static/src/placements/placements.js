import {_t} from "@web/core/l10n/translation";
import {sealPicture} from "./seal_picture";

const SPREAD = ["official", "contract"];
const STYLES = ["arabic", "chinese"];

/** What a launcher places, as entries and items of the board. `kinds`, `dates`: see esign.position. */
export class Placements {
    constructor(kinds, dates) {
        this.kinds = kinds;
        this.dates = dates;
    }

    /** A stored position as the board takes it. */
    shown(item) {
        const entry = this.entry(item.party, item.kind, item.seal_kind, item.style);
        return {...item, key: entry.key, label: entry.label, imageUrl: entry.imageUrl};
    }

    /** An item of the board as the server takes it. */
    sent(item) {
        const [party, kind, seal_kind, style] = item.key.split(":");
        const {page, last_page, x, y} = item;
        return {
            party: Number(party),
            kind,
            seal_kind,
            style,
            page,
            last_page: last_page ?? -1,
            x,
            y,
        };
    }

    /** What `party` {id, kind} can sign with on a file of so many pages. */
    palette(party, pages) {
        const kinds = this.kinds.filter((one) => one.parties.includes(party.kind));
        const across = pages > 1 ? kinds.filter((one) => SPREAD.includes(one.code)) : [];
        return [
            ...kinds.map((one) => this.entry(party.id, "seal", one.code)),
            ...across.map((one) => this.entry(party.id, "cross_page", one.code)),
            ...STYLES.map((style) => this.entry(party.id, "date", "", style)),
        ];
    }

    entry(party, kind, code, style = "arabic") {
        const key = [party, kind, code || "", style].join(":");
        return {
            key,
            kind,
            party,
            ...(kind === "date" ? this.date(style) : this.seal(code, kind === "cross_page")),
        };
    }

    date(style) {
        const {width, height, pictures} = this.dates;
        return {
            label: style === "chinese" ? _t("Date in Chinese characters") : _t("Date"),
            width,
            height,
            group: _t("Dates"),
            imageUrl: pictures[style],
            values: {style},
        };
    }

    seal(code, spread) {
        const {name, shape, width, height} = this.kinds.find((one) => one.code === code);
        return {
            label: spread ? _t("%s across pages", name) : name,
            width,
            height,
            group: spread ? _t("Cross-page seals") : _t("Seals"),
            imageUrl: sealPicture(shape, name, width, height),
        };
    }
}
