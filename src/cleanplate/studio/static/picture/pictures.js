/**
 * The pictures of this tab: each file as it came, and what is drawn of it. The file is never decoded to be sent: what
 * goes to the server is what was opened, byte for byte.
 */

import { decode } from "./decode.js";

/** So many stay decoded: 40 megapixels take 160 MB. */
const DECODED = 3;

/** @typedef {{id: string, file: Blob, name: string, url: string}} Picture */
/** @typedef {import("./decode.js").Decoded} Decoded */

/** @type {Map<string, Picture>} */
const known = new Map();
/** @type {Map<string, Promise<Decoded>>} newest last */
const decoded = new Map();

/** @param {string} id @param {Blob} file @param {string} name @returns {Picture} */
export function addPicture(id, file, name) {
  const before = known.get(id);
  if (before) URL.revokeObjectURL(before.url);
  const picture = { id, file, name, url: URL.createObjectURL(file) };
  known.set(id, picture);
  return picture;
}

/** @param {string} id @returns {Picture | undefined} */
export const pictureOf = (id) => known.get(id);

/**
 * What is drawn of a picture; rejects with a `PictureError`.
 * @param {string} id @returns {Promise<Decoded>}
 */
export function decodedOf(id) {
  const picture = known.get(id);
  if (picture === undefined) return Promise.reject(new Error(`no picture ${id}`));
  const found = decoded.get(id) ?? decode(picture.file);
  decoded.delete(id);
  decoded.set(id, found);
  found.catch(() => decoded.delete(id));
  for (const old of [...decoded.keys()].slice(0, -DECODED)) decoded.delete(old);
  return found;
}

/** Forget all but those that are named. @param {readonly string[]} ids */
export function dropPicturesBut(ids) {
  for (const picture of [...known.values()].filter((one) => !ids.includes(one.id))) {
    URL.revokeObjectURL(picture.url);
    known.delete(picture.id);
    decoded.delete(picture.id);
  }
}
