/** Colours for the mask, and which of them stands out most against a picture. */

import { meanColour } from "./decode.js";

/** @type {readonly {name: string, css: string}[]} Names are of the words `colour.<name>`. */
export const OVERLAYS = [
  { name: "pink", css: "#ff2d78" },
  { name: "green", css: "#00d26a" },
  { name: "blue", css: "#2f7bff" },
  { name: "yellow", css: "#ffd60a" },
];

/** @param {import("./decode.js").Decoded} picture @returns {string} as CSS */
export function overlayFor(picture) {
  const mean = meanColour(picture);
  const far = ({ css }) => Math.hypot(...mean.map((value, at) => value - parseInt(css.slice(1 + 2 * at, 3 + 2 * at), 16)));
  // The first one is the page's own: another has to be clearly better
  return OVERLAYS.reduce((best, one) => (far(one) > 1.25 * far(best) ? one : best)).css;
}

/** The colour of what must not change, beside that of the mask. @param {string} overlay @returns {string} as CSS */
export const keptColour = (overlay) => (overlay === OVERLAYS[1].css ? "#ff9f0a" : OVERLAYS[1].css);

/** Beside those that are chosen from: for layers. */
const MORE = [{ name: "violet", css: "#a34dff" }, { name: "cyan", css: "#00bcd4" }];

/**
 * A colour for each layer of the mask, that of the overlay for the first; none is that of what must not change.
 * @param {readonly import("../types.js").Layer[]} layers @param {string} overlay
 */
export function layerColours(layers, overlay) {
  const all = [...OVERLAYS, ...MORE].filter(({ css }) => css !== overlay && css !== keptColour(overlay));
  const first = OVERLAYS.find(({ css }) => css === overlay) ?? OVERLAYS[0];
  const colours = [first, ...all];
  return layers.map(({ number }) => colours[(number - 1) % colours.length]);
}
