/**
 * The mask at full size, as a PNG: drawn in bands, since a canvas of 40 megapixels is more than iOS gives and more
 * memory than is needed. White is painted, black is not, and nothing between.
 */

import { encodePng } from "./png.js";
import { makeCanvas } from "./make_canvas.js";
import { drawShapes } from "./shapes.js";

const BAND_PIXELS = 2 ** 22;
/** A pixel counts where at least half of it is covered. */
export const PAINTED_FROM = 128;

/** A mask at another size. @param {Blob} png @param {{width: number, height: number}} picture */
export async function scaleMask(png, picture) {
  const { width, height } = picture;
  const bitmap = await createImageBitmap(png);
  const canvas = makeCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  // White on black becomes what `pack` reads: covered or not
  for (let at = 0; at < data.length; at += 4) data[at + 3] = data[at];
  const rows = emptyRows(width, height);
  pack(data, width, height, rows);
  return encodePng(width, height, [rows]);
}

/**
 * What any of several masks covers.
 * @param {readonly (readonly import("../types.js").Shape[])[]} masks
 * @param {{width: number, height: number}} picture
 * @returns {Promise<{png: Blob, painted: number}>} and how many pixels are white
 */
export async function renderMasks(masks, picture) {
  const { width, height } = picture;
  const bands = masks.map((shapes) => bandsOf(shapes, picture));
  let painted = 0;
  function* rows() {
    for (let top = 0; top < height; top += rowsOfBand(picture)) {
      const band = Math.min(rowsOfBand(picture), height - top);
      const packed = emptyRows(width, band);
      for (const each of bands) painted += pack(each.next().value.data, width, band, packed);
      yield packed;
    }
  }
  const png = await encodePng(width, height, rows());
  return { png, painted };
}

/**
 * RGBA of the mask from top to bottom, some rows at a time: painted is what is opaque.
 * @param {readonly import("../types.js").Shape[]} shapes
 * @param {{width: number, height: number}} picture
 */
export function* bandsOf(shapes, picture) {
  const { width, height } = picture;
  const rows = rowsOfBand(picture);
  const context = makeCanvas(width, rows).getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    const band = Math.min(rows, height - top);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, rows);
    context.setTransform(1, 0, 0, 1, 0, -top);
    drawShapes(context, shapes, picture);
    yield { data: context.getImageData(0, 0, width, band).data, top, rows: band };
  }
}

const rowsOfBand = ({ width, height }) => Math.max(1, Math.min(height, Math.floor(BAND_PIXELS / width)));
const strideOf = (width) => 1 + Math.ceil(width / 8);
const emptyRows = (width, height) => new Uint8Array(strideOf(width) * height);

/** RGBA into PNG's rows of one bit a pixel, each behind the byte that names its filter. @returns {number} painted */
function pack(data, width, height, rows) {
  const stride = strideOf(width);
  let painted = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, at = 4 * y * width + 3; x < width; x += 1, at += 4) {
      if (data[at] >= PAINTED_FROM) {
        rows[y * stride + 1 + (x >> 3)] |= 128 >> (x & 7);
        painted += 1;
      }
    }
  }
  return painted;
}
