/** Bitmaps on a canvas: only what is in sight is made pixels, as fine as it is seen, and kept while that stays. */

import { coverage } from "./bitmap.js";
import { makeCanvas } from "./make_canvas.js";

const STEP = 256;
const KEPT = 8;
/** So many cells are made at once, that moving and zooming make none anew. */
const WHOLE_CELLS = 2 ** 21;

/** @type {Map<import("../types.js").BitmapShape, {key: string, canvas: any}>} newest last */
const recent = new Map();

/**
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context Its `fillStyle` is the colour.
 * @param {import("../types.js").BitmapShape} bitmap
 */
export function drawBitmap(context, bitmap) {
  const { a: scale, e: x, f: y } = context.getTransform();
  const by = 2 ** Math.min(Math.max(Math.floor(-Math.log2(scale)), 0), 12);
  const whole = { left: down(bitmap.box[0], by), top: down(bitmap.box[1], by), right: bitmap.box[2], bottom: bitmap.box[3] };
  const cells = ((whole.right - whole.left) * (whole.bottom - whole.top)) / by ** 2;
  const window = by > 1 && cells <= WHOLE_CELLS ? whole : seen(whole, context.canvas, { x, y, scale }, STEP * by);
  if (window.right <= window.left || window.bottom <= window.top) return;
  const canvas = pixels(bitmap, window, by, String(context.fillStyle));
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(canvas, window.left, window.top, canvas.width * by, canvas.height * by);
}

/** What is in sight, to a multiple of the step. */
const seen = (whole, { width, height }, { x, y, scale }, step) => ({
  left: Math.max(whole.left, down(-x / scale, step)),
  top: Math.max(whole.top, down(-y / scale, step)),
  right: Math.min(whole.right, -down(-(width - x) / scale, step)),
  bottom: Math.min(whole.bottom, -down(-(height - y) / scale, step)),
});

const down = (value, step) => Math.floor(value / step) * step;

function pixels(bitmap, window, by, colour) {
  const key = `${Object.values(window)} ${by} ${colour}`;
  const found = recent.get(bitmap);
  recent.delete(bitmap);
  const now = found?.key === key ? found : { key, canvas: painted(bitmap, window, by, colour) };
  recent.set(bitmap, now);
  for (const old of [...recent.keys()].slice(0, -KEPT)) recent.delete(old);
  return now.canvas;
}

function painted(bitmap, window, by, colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const clear = red | (green << 8) | (blue << 16);
  const { counts, width, height } = coverage(bitmap, window, by, clear | (255 << 24));
  const canvas = makeCanvas(width, height);
  for (let at = 0; by > 1 && at < counts.length; at += 1) {
    if (counts[at]) counts[at] = clear | (Math.round((255 * counts[at]) / by ** 2) << 24);
  }
  const samples = new Uint8ClampedArray(counts.buffer);
  canvas.getContext("2d").putImageData(new ImageData(samples, width, height), 0, 0);
  return canvas;
}
