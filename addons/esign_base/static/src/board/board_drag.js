const THRESHOLD = 5;
const EDGE = 48;
const STEP = 14;

/**
 * One press of mouse, finger or pen, from its start to its end, wherever it goes.
 *
 * onStart() once it is a drag and no click; onMove(x, y, event); onDrop(x, y); onClick(event) when it
 * never moved; onCancel() for Escape and whatever the browser interrupts. `scroller` is scrolled while
 * the pointer is near its upper or lower edge.
 */
export function followPointer(event, {scroller, onStart, onMove, onDrop, onClick, onCancel}) {
    const start = {x: event.clientX, y: event.clientY};
    const last = {...start};
    let dragging = false;
    let timer = null;

    const scroll = () => {
        const view = scroller.getBoundingClientRect();
        const near = last.y < view.top + EDGE ? -STEP : last.y > view.bottom - EDGE ? STEP : 0;
        if (near && last.x > view.left && last.x < view.right) {
            scroller.scrollTop += near;
            onMove(last.x, last.y, {});
        }
    };
    const finish = () => {
        clearInterval(timer);
        for (const [name, handler] of Object.entries(handlers)) {
            window.removeEventListener(name, handler, true);
        }
    };
    const handlers = {
        pointermove(ev) {
            if (ev.pointerId !== event.pointerId) {
                return;
            }
            Object.assign(last, {x: ev.clientX, y: ev.clientY});
            if (!dragging && Math.hypot(last.x - start.x, last.y - start.y) >= THRESHOLD) {
                dragging = true;
                onStart?.();
                timer = setInterval(scroll, 16);
            }
            if (dragging) {
                ev.preventDefault();
                onMove(last.x, last.y, ev);
            }
        },
        pointerup(ev) {
            if (ev.pointerId !== event.pointerId) {
                return;
            }
            finish();
            if (dragging) {
                onDrop(ev.clientX, ev.clientY);
            } else {
                onClick?.(ev);
            }
        },
        pointercancel(ev) {
            if (ev.pointerId === event.pointerId) {
                finish();
                onCancel?.();
            }
        },
        keydown(ev) {
            if (ev.key === "Escape") {
                ev.preventDefault();
                ev.stopPropagation();
                finish();
                onCancel?.();
            }
        },
    };
    for (const [name, handler] of Object.entries(handlers)) {
        window.addEventListener(name, handler, true);
    }
    return finish;
}
