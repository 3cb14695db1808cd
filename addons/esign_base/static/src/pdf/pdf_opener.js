/** @odoo-module ignore **/
/**
 * Opens documents by pdf.js. A plain script, because it stands in pages before the bundles too: the document
 * that an element names by `data-es-pdf` is fetched and read by the worker while the bundles are still starting.
 *
 *   esignPdf.open(url)      promise of pdf.js' loading task; that of a document begun early is handed over, once
 *   esignPdf.release(task)  gives up a loading task and its worker
 */
globalThis.esignPdf ??= (() => {
    const LIBRARY = "/web/static/lib/pdfjs";
    const CHUNK = 256 * 1024;
    let library = null;
    let early = null;

    // Without the worker's script in the page: with it, pdf.js would work in the page as well.
    function loaded() {
        library ??= new Promise((resolve, reject) => {
            const script = document.createElement("script");
            script.type = "module";
            script.src = `${LIBRARY}/build/pdf.js`;
            script.onload = () => {
                globalThis.pdfjsLib.GlobalWorkerOptions.workerSrc = `${LIBRARY}/build/pdf.worker.js`;
                resolve(globalThis.pdfjsLib);
            };
            script.onerror = () => {
                library = null;
                script.remove();
                reject(new Error("pdf.js could not be loaded"));
            };
            document.head.append(script);
        });
        return library;
    }

    async function begin(url) {
        const lib = await loaded();
        return lib.getDocument({
            url,
            isEvalSupported: false,
            cMapUrl: `${LIBRARY}/web/cmaps/`,
            cMapPacked: true,
            rangeChunkSize: CHUNK,
            disableAutoFetch: true,
            disableStream: true,
        });
    }

    // After its beginning: a worker that is ended in the middle of it complains where nobody can answer.
    const release = (task) =>
        task.promise
            .catch(() => {})
            .then(() => task.destroy())
            .catch(() => {});

    function forget() {
        early?.task.then(release, () => {});
        early = null;
    }

    function start(url) {
        early = {url, task: begin(url)};
        // What is still wrong when the board asks for it is said there.
        early.task
            .then((task) => task.promise)
            .then((pdf) => pdf.getPage(1))
            .catch(() => (early = early?.url === url ? null : early));
    }

    function open(url) {
        const task = early?.url === url ? early.task : null;
        if (task) {
            early = null;
        } else {
            forget();
        }
        return task ?? begin(url);
    }

    const named = document.querySelector("[data-es-pdf]");
    if (named?.dataset.esPdf) {
        start(named.dataset.esPdf);
    }
    return {open, release};
})();
