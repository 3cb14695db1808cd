/**
 * The file that was just uploaded, from the form to the page of the answer, within this browser: the server keeps
 * no file, so the page can only be drawn from the user's own. It is taken out as soon as the answer is there.
 */
const NAME = "esign_verify";
const STORE = "file";
const KEY = "last";
const LONGEST = 2000;

function opened() {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

async function change(work) {
    const database = await opened();
    try {
        return await new Promise((resolve, reject) => {
            const transaction = database.transaction(STORE, "readwrite");
            const request = work(transaction.objectStore(STORE));
            transaction.oncomplete = () => resolve(request?.result);
            transaction.onerror = transaction.onabort = () => reject(transaction.error);
        });
    } finally {
        database.close();
    }
}

/** Puts a file by. Never fails and never takes long: without it the answer shows outlines. */
export function keep(file) {
    const patience = new Promise((resolve) => setTimeout(resolve, LONGEST));
    return Promise.race([change((store) => store.put(file, KEY)).catch(() => {}), patience]);
}

/** The file that was put by, or nothing; it is not there any more afterwards. */
export async function take() {
    try {
        let found = null;
        await change((store) => {
            const request = store.get(KEY);
            request.onsuccess = () => {
                found = request.result;
            };
            store.delete(KEY);
        });
        return found;
    } catch {
        return null;
    }
}

/** SHA-256 in hexadecimal; nothing where the browser does not offer it (pages without encryption). */
export async function sha256(file) {
    if (!globalThis.crypto?.subtle) {
        return null;
    }
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
    );
}
