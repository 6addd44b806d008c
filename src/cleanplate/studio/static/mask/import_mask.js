/** A picture that is a mask, and what of it is painted: told by its pixels where that is clear, else asked for. */

import { bandsOfPicture, isWhite } from "./read_bitmap.js";

const DARK = 16;
const BRIGHT = 239;
/** Share of pixels that may be neither black nor white: soft edges, a JPEG's noise. */
const MOST_BETWEEN = 0.05;

/** @type {Record<string, import("./read_bitmap.js").Means>} Names are of the words `import.<name>`. */
export const MEANINGS = {
  bright: isWhite, // what a server answers with
  white: (red, green, blue, opacity) => opacity > 127 && luma(red, green, blue) > 127,
  black: (red, green, blue, opacity) => opacity > 127 && luma(red, green, blue) <= 127,
  nonzero: (red, green, blue, opacity) => opacity > 127 && Math.max(red, green, blue) > DARK,
  opaque: (_red, _green, _blue, opacity) => opacity > 127,
  transparent: (_red, _green, _blue, opacity) => opacity <= 127,
};

const luma = (red, green, blue) => 0.299 * red + 0.587 * green + 0.114 * blue;

/**
 * What may be meant, the likeliest first: one name where it is clear.
 * @param {ImageBitmap} image @returns {(keyof typeof MEANINGS)[]}
 */
export function meaningsOf(image) {
  const seen = { clear: 0, solid: 0, dark: 0, bright: 0 };
  for (const { data } of bandsOfPicture(image)) {
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] <= 127) seen.clear += 1;
      else {
        const level = luma(data[at], data[at + 1], data[at + 2]);
        seen.solid += 1;
        if (level <= DARK) seen.dark += 1;
        else if (level >= BRIGHT) seen.bright += 1;
      }
    }
  }
  const all = image.width * image.height;
  if (seen.clear > 0) {
    // Strokes of a colour on a transparent ground; black ones may be what is left of a picture with a hole
    const strokes = seen.solid > 0 && seen.clear > all / 2 && seen.dark < seen.solid / 2;
    return strokes ? ["opaque"] : ["opaque", "transparent"];
  }
  const between = all - seen.dark - seen.bright;
  if (between <= MOST_BETWEEN * all && seen.bright > 0 && seen.dark >= seen.bright) return ["white"];
  return between <= MOST_BETWEEN * all ? ["white", "black"] : ["white", "nonzero", "black"];
}
