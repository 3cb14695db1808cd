import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {BoardSource} from "@esign_base/board/board_source";
import {sha256, take} from "./kept_file";

/** Draws the pages below the marks of changed places, where this browser has the very file that was verified. */
export class EsignChangedPages extends Interaction {
    static selector = ".es-answer";

    start() {
        this.draw();
    }

    destroy() {
        this.source?.close();
        URL.revokeObjectURL(this.address);
    }

    async draw() {
        const file = await this.waitFor(take());
        const sheets = document.querySelector(".es-sheets");
        if (!file || !sheets || (await this.waitFor(sha256(file))) !== sheets.dataset.esSha256) {
            return;
        }
        this.address = URL.createObjectURL(file);
        this.source = new BoardSource(this.address);
        for (const sheet of sheets.querySelectorAll(".es-sheet")) {
            const paper = sheet.querySelector(".es-sheet__paper");
            try {
                const {promise} = this.source.draw(Number(sheet.dataset.esPage), paper.clientWidth);
                const canvas = await this.waitFor(promise);
                if (canvas) {
                    canvas.ariaHidden = "true";
                    paper.prepend(canvas);
                }
            } catch {
                return; // a file that the browser cannot draw: the outlines stay
            }
        }
    }
}

registry.category("public.interactions").add("esign_verify.changed_pages", EsignChangedPages);
