const LONGEST = 100;

/** Undo and redo over lists of items that are never changed in place. */
export class BoardHistory {
    constructor(items) {
        this.reset(items);
    }

    reset(items) {
        this.past = [];
        this.present = items;
        this.future = [];
    }

    get canUndo() {
        return this.past.length > 0;
    }

    get canRedo() {
        return this.future.length > 0;
    }

    push(items) {
        this.past.push(this.present);
        if (this.past.length > LONGEST) {
            this.past.shift();
        }
        this.present = items;
        this.future = [];
    }

    undo() {
        if (this.canUndo) {
            this.future.push(this.present);
            this.present = this.past.pop();
        }
        return this.present;
    }

    redo() {
        if (this.canRedo) {
            this.past.push(this.present);
            this.present = this.future.pop();
        }
        return this.present;
    }
}
