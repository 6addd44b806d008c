/** The picture as a file: the bytes that the server wrote, with their quality and metadata, under the name it had. */

import { pictureOf } from "../picture/pictures.js";
import { here } from "../state/history.js";

const SUFFIX = {
  "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/tiff": "tif", "image/bmp": "bmp",
  "image/gif": "gif", "image/avif": "avif", "image/heic": "heic",
};
const SAME = [["jpg", "jpeg", "jfif", "jpe"], ["tif", "tiff"], ["heic", "heif"]];

/** The present picture and what it is called. @param {import("../types.js").State} state */
export function currentFile(state) {
  const picture = pictureOf(here(state.history).picture);
  return { file: picture.file, name: nameFor(state.doc.name, picture.file.type) };
}

const OUTPUTS = { "image/jpeg": "jpeg", "image/webp": "webp", "image/tiff": "tiff" };

/** What a file of that type is asked for by. @param {string} type */
export const outputOf = (type) => OUTPUTS[type] ?? "png";

/** The name of the picture, with another suffix only where the format is another. */
export function nameFor(name, type) {
  const [, base, suffix = ""] = /^(.*?)(?:\.([^.]*))?$/s.exec(name);
  const wanted = SUFFIX[type] ?? "";
  const now = suffix.toLowerCase();
  const same = wanted === "" || wanted === now || SAME.some((group) => group.includes(wanted) && group.includes(now));
  return same ? name : `${base || "picture"}.${wanted}`;
}

/** What has changed, with its place in the name: left, top. @param {string} name @param {readonly number[]} offset */
export const patchName = (name, [left, top]) => `${name.replace(/\.[^.]*$/, "") || "picture"}-patch+${left}+${top}.png`;

/** @param {Blob} file @param {string} name */
export function saveFile(file, name) {
  const url = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // The browser reads it after the click; a minute later it surely has begun to
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Put the present picture on the clipboard, as PNG: browsers take no other kind.
 * @param {import("../types.js").State} state @param {import("../picture/decode.js").Decoded} decoded
 */
export async function copyPicture(state, decoded) {
  const { file } = currentFile(state);
  await navigator.clipboard.write([
    new ClipboardItem({ "image/png": file.type === "image/png" ? file : pngOf(decoded) }),
  ]);
}

async function pngOf({ width, height, levels }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(levels[0], 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no PNG"))), "image/png"));
}
