/**
 * A file as bitmaps to draw: the picture upright at full size, and at halves of it down to about a screen, so that a
 * picture of 40 megapixels is moved as smoothly as a small one.
 */

const SMALLEST_LEVEL = 1024;
export const MOST_SIDE = 8192;
export const MOST_PIXELS = 40_000_000;
/** What every browser shows. */
const SHOWN = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"];
const MAY_MOVE = ["image/gif", "image/webp"];

/** Why a file cannot be opened; `key` is that of the sentence. */
export class PictureError extends Error {
  /** @param {string} key @param {Record<string, unknown>} [values] */
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

/** @typedef {{width: number, height: number, levels: ImageBitmap[]}} Decoded Level n is 2^-n of the size. */

/** @param {Blob} file @returns {Promise<Decoded>} Rejects with a `PictureError`. */
export async function decode(file) {
  const whole = await wholeBitmap(file);
  const { width, height } = whole;
  if (Math.max(width, height) > MOST_SIDE || width * height > MOST_PIXELS) {
    throw new PictureError("open.too-large", { width, height });
  }
  const levels = [whole];
  for (let last = whole; Math.max(last.width, last.height) > SMALLEST_LEVEL; levels.push(last)) {
    last = await createImageBitmap(last, {
      resizeWidth: Math.max(1, Math.ceil(last.width / 2)),
      resizeHeight: Math.max(1, Math.ceil(last.height / 2)),
      resizeQuality: "medium",
    });
  }
  return { width, height, levels };
}

/** The mean colour, 0 to 255 each. @param {Decoded} picture @returns {[number, number, number]} */
export function meanColour({ levels }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(levels[levels.length - 1], 0, 0, 8, 8);
  const { data } = context.getImageData(0, 0, 8, 8);
  const sums = [0, 0, 0];
  data.forEach((value, at) => (sums[at % 4] += value));
  return /** @type {[number, number, number]} */ (sums.slice(0, 3).map((sum) => sum / 64));
}

async function wholeBitmap(file) {
  if (file.size === 0) throw new PictureError("open.empty");
  if (await isAnimated(file)) throw new PictureError("open.several");
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const kind = (file.type || "").replace("image/", "").toUpperCase();
    throw new PictureError(SHOWN.includes(kind) ? "open.broken" : "open.unreadable", { kind: kind || "?" });
  }
}

/** Where the browser can tell; else the server says it when it is asked for an edit. @param {Blob} file */
async function isAnimated(file) {
  if (!MAY_MOVE.includes(file.type) || !window.ImageDecoder) return false;
  try {
    const decoder = new window.ImageDecoder({ data: await file.arrayBuffer(), type: file.type });
    await decoder.tracks.ready;
    const { frameCount } = decoder.tracks.selectedTrack;
    decoder.close();
    return frameCount > 1;
  } catch {
    return false;
  }
}
