/**
 * The work on each pixel of a mask: masks as PNG, and back to shapes. It runs in `pixel_worker.js`, since 40 megapixels
 * take a second; who wants it asks `pixel_work.js`.
 */

import { RunWriter } from "./bitmap.js";
import { flood } from "./flood.js";
import { MEANINGS, meaningsOf } from "./import_mask.js";
import { partsOf } from "./parts.js";
import { bitmapOf, flagsOf } from "./read_bitmap.js";
import { renderMasks, scaleMask } from "./render.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("../types.js").BitmapShape} BitmapShape */
/** @typedef {{width: number, height: number}} Size */

export const PIXEL_WORK = {
  /** @param {readonly (readonly Shape[])[]} masks @param {Size} picture @returns {ReturnType<typeof renderMasks>} */
  render: (masks, picture) => renderMasks(masks, picture),

  /** @param {Blob} png @param {Size} picture @returns {Promise<Blob>} */
  scale: (png, picture) => scaleMask(png, picture),

  /**
   * What hangs together with a place.
   * @param {readonly Shape[]} shapes @param {Size} picture @param {{x: number, y: number}} at
   * @param {import("../types.js").Mode} mode
   * @returns {BitmapShape | "open" | null} "open": it reaches the edge; null: there is nothing to do
   */
  fill(shapes, picture, { x, y }, mode) {
    const { width, height } = picture;
    const flags = flagsOf(shapes, picture);
    if (flags[y * width + x] !== (mode === "subtract" ? 1 : 0)) return null;
    if (flood(flags, width, x, y) && mode === "add") return "open";
    const writer = new RunWriter(width, height);
    for (let row = 0; row < height; row += 1) writer.row(row, flags, row * width, 2);
    return writer.shape(mode);
  },

  /** @param {Blob} file @param {keyof typeof MEANINGS} means @returns {Promise<BitmapShape | null>} null: all is clear */
  read: (file, means) => withImage(file, (image) => bitmapOf(image, MEANINGS[means])),

  /**
   * What a picture is as a mask; null where it is no picture.
   * @param {Blob} file @param {Size} picture
   * @returns {Promise<{size: Size, offered: (keyof typeof MEANINGS)[], shape: BitmapShape | null} | null>} Nothing is
   *   offered where the sizes differ; `shape` is there where one meaning is.
   */
  async look(file, { width, height }) {
    const image = await createImageBitmap(file, { premultiplyAlpha: "none" }).catch(() => null);
    if (image === null) return null;
    const size = { width: image.width, height: image.height };
    const offered = size.width === width && size.height === height ? meaningsOf(image) : [];
    const shape = offered.length === 1 ? bitmapOf(image, MEANINGS[offered[0]]) : null;
    image.close();
    return { size, offered, shape };
  },

  /** What may be painted in a mask of any size. @param {Blob} file @returns {Promise<(keyof typeof MEANINGS)[]>} */
  meanings: (file) => withImage(file, meaningsOf),

  /** @param {Blob} file White is what was found. @param {{across: number, down: number}} gap */
  parts: (file, gap) => withImage(file, (image) => {
    const whole = bitmapOf(image, MEANINGS.bright);
    return whole === null ? [] : partsOf(whole, gap);
  }),
};

async function withImage(file, does) {
  const image = await createImageBitmap(file);
  try {
    return does(image);
  } finally {
    image.close();
  }
}
