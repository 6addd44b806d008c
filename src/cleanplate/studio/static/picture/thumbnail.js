/** Small pictures for the history, made one after another: ten results of 40 megapixels are never decoded at once. */

import { pictureOf } from "./pictures.js";

/** Twice what is shown, for sharp screens. */
const HEIGHT = 116;

/** @type {Map<string, Promise<string>>} */
const made = new Map();
let last = Promise.resolve("");

/** @param {string} id Of a picture. @returns {Promise<string>} an object URL; empty where there is no picture */
export function thumbnailOf(id) {
  const found = made.get(id);
  if (found !== undefined) return found;
  last = last.then(() => make(id)).catch(() => "");
  made.set(id, last);
  return last;
}

/** @param {readonly string[]} ids Forget all but these. */
export function dropThumbnailsBut(ids) {
  for (const [id, url] of [...made]) {
    if (ids.includes(id)) continue;
    made.delete(id);
    url.then((address) => address && URL.revokeObjectURL(address));
  }
}

async function make(id) {
  const picture = pictureOf(id);
  if (picture === undefined) return "";
  const bitmap = await createImageBitmap(picture.file, { resizeHeight: HEIGHT, resizeQuality: "medium" });
  const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  const small = await new Promise((resolve) => canvas.toBlob(resolve));
  return small === null ? "" : URL.createObjectURL(small);
}
