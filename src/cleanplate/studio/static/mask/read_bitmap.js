/** A picture, or shapes, as a bitmap; read in bands, as masks are written. */

import { RunWriter } from "./bitmap.js";
import { makeCanvas } from "./make_canvas.js";
import { bandsOf, PAINTED_FROM } from "./render.js";

const BAND_PIXELS = 2 ** 22;

/** @typedef {(red: number, green: number, blue: number, opacity: number) => boolean} Means What counts as painted. */

/** @type {Means} */
export const isWhite = (red, green, blue, opacity) =>
  opacity > 0 && 0.299 * red + 0.587 * green + 0.114 * blue > 127;

/**
 * @param {ImageBitmap} image @param {Means} means
 * @returns {import("../types.js").BitmapShape | null} null: nothing is painted
 */
export function bitmapOf(image, means) {
  const writer = new RunWriter(image.width, image.height);
  for (const { data, top, rows } of bandsOfPicture(image)) {
    const flags = new Uint8Array(rows * image.width);
    for (let at = 0, from = 0; at < flags.length; at += 1, from += 4) {
      flags[at] = means(data[from], data[from + 1], data[from + 2], data[from + 3]) ? 1 : 0;
    }
    for (let y = 0; y < rows; y += 1) writer.row(top + y, flags, y * image.width);
  }
  return writer.shape();
}

/** The pixels of a picture, some rows at a time. @param {ImageBitmap} image */
export function* bandsOfPicture(image) {
  const { width, height } = image;
  const most = Math.max(1, Math.min(height, Math.floor(BAND_PIXELS / width)));
  const context = makeCanvas(width, most).getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += most) {
    const rows = Math.min(most, height - top);
    context.clearRect(0, 0, width, most);
    context.drawImage(image, 0, -top);
    yield { data: context.getImageData(0, 0, width, rows).data, top, rows };
  }
}

/**
 * The mask with a byte for each pixel: 1 is painted.
 * @param {readonly import("../types.js").Shape[]} shapes @param {{width: number, height: number}} picture
 */
export function flagsOf(shapes, picture) {
  const flags = new Uint8Array(picture.width * picture.height);
  let at = 0;
  for (const { data } of bandsOf(shapes, picture)) {
    for (let from = 3; from < data.length; from += 4) flags[at++] = data[from] >= PAINTED_FROM ? 1 : 0;
  }
  return flags;
}
