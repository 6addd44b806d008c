/**
 * Where a zip goes: a large one straight to a file on the disk where the browser lets a page write one, everything else to
 * the downloads, a zip for each two gigabytes. What is written already is held no longer.
 */

import { saveFile } from "../save/save.js";
import { ZipWriter } from "./zip.js";

/** A download is one piece until it is whole. */
export const MOST_BYTES = 2 ** 31;
const MOST_FILES = 60_000;
/** From here on it is asked where to put it. */
const LARGE = 2 ** 30;

/** @typedef {AsyncIterable<{name: string, file: Blob}>} Files */

/**
 * @param {Files} files @param {number} about How many bytes they will have together, or so.
 * @returns {Promise<void>} Rejects with an `AbortError` where the person puts it nowhere.
 */
export async function saveZip(files, about) {
  const { showSaveFilePicker } = /** @type {any} */ (window);
  if (about < LARGE || !showSaveFilePicker) return inDownloads(files);
  // Asked at once: a browser lets a page ask only right after a click
  const types = [{ accept: { "application/zip": [".zip"] } }];
  const place = await showSaveFilePicker.call(window, { suggestedName: "cleanplate.zip", types });
  return onDisk(files, await place.createWritable());
}

/** @param {Files} files @param {WritableStream & {write: (piece: BlobPart) => Promise<void>}} disk */
async function onDisk(files, disk) {
  const zip = new ZipWriter(async (pieces) => {
    for (const piece of pieces) await disk.write(piece);
  });
  try {
    for await (const { name, file } of files) await zip.add(name, file);
    await zip.end();
    await disk.close();
  } catch (error) {
    await disk.abort().catch(() => {});
    throw error;
  }
}

/**
 * @param {Files} files @param {{save?: (file: Blob, name: string) => void, mostBytes?: number}} [how]
 * @returns {Promise<void>}
 */
export async function inDownloads(files, { save = saveFile, mostBytes = MOST_BYTES } = {}) {
  let [number, open] = [0, begun()];
  for await (const { name, file } of files) {
    if (open.zip.count > 0 && (open.zip.size + file.size > mostBytes || open.zip.count >= MOST_FILES)) {
      number += 1;
      save(await ended(open), `cleanplate-${number}.zip`);
      open = begun();
    }
    await open.zip.add(name, file);
  }
  if (open.zip.count > 0) save(await ended(open), number > 0 ? `cleanplate-${number + 1}.zip` : "cleanplate.zip");
}

function begun() {
  /** @type {BlobPart[]} */
  const pieces = [];
  return { pieces, zip: new ZipWriter((more) => pieces.push(...more)) };
}

async function ended({ pieces, zip }) {
  await zip.end();
  return new Blob(pieces, { type: "application/zip" });
}

/** A name that no other has: `a.jpg`, `a (2).jpg`. @param {string} name @param {Set<string>} names */
export function apart(name, names) {
  const [, base, suffix] = /^(.*?)(\.[^./]*)?$/s.exec(name);
  let found = name;
  for (let number = 2; names.has(found.toLowerCase()); number += 1) found = `${base} (${number})${suffix ?? ""}`;
  names.add(found.toLowerCase());
  return found;
}
