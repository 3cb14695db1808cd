/** Phones: what the mixin `es-narrow` of the sheets asks. */
const NARROW = "(max-width: 767.98px)";

/** The media query of phones; its `matches` changes when the window does. */
export const narrow = () => window.matchMedia(NARROW);
