/**
 * Parts of the page that opening a picture and painting on it do not need: they are fetched when one is asked for, or
 * all behind each other once the page has nothing else to do, so that they are there without a network too.
 */

import { reach } from "./api/client.js";

/** Of each part the file that exports it. */
const PARTS = {
  BatchRunner: "./batch/runner.js",
  AllEngines: "./run/all_engines.js",
  MaskWork: "./mask/mask_work.js",
  CompareView: "./compare/slider.js",
  Variants: "./panel/variants.js",
  EnginesView: "./panel/engines_view.js",
  ReferenceField: "./panel/reference_field.js",
  EditsDialog: "./panel/edits_dialog.js",
  KeysDialog: "./panel/keys_dialog.js",
  ImportDialog: "./panel/import_dialog.js",
  BatchDialog: "./panel/batch_dialog.js",
  SaveDialog: "./panel/save_dialog.js",
  convertFile: "./save/convert.js",
  Loupe: "./view/loupe.js",
  MoreDialog: "./panel/more_dialog.js",
};
const LONGEST_WAIT_MS = 3000;

/** @typedef {keyof typeof PARTS} PartName */

/** @type {Map<string, any>} */
const here = new Map();

/** @param {PartName} name @returns {any} undefined as long as it is not fetched */
export const partHere = (name) => here.get(name);

/** @param {PartName} name @returns {Promise<any>} Rejects where the server cannot be reached. */
export async function part(name) {
  if (!here.has(name)) {
    const url = new URL(PARTS[name], import.meta.url).href;
    // Chromium never again asks for a module that it could not get: so it is fetched first, and kept by the browser
    await reach(url, {});
    here.set(name, (await import(url))[name]);
  }
  return here.get(name);
}

/** @param {() => void} step What has time until the page has nothing else to do. */
export function whenIdle(step) {
  if (window.requestIdleCallback) window.requestIdleCallback(step, { timeout: LONGEST_WAIT_MS });
  else setTimeout(step, LONGEST_WAIT_MS);
}

/** Fetch all that are not there yet, one after another. */
export async function fetchParts() {
  for (const name of /** @type {PartName[]} */ (Object.keys(PARTS))) await part(name).catch(() => {});
}

/**
 * An object of a class that is fetched when it is first used.
 * @template T @param {PartName} name @param {(Found: any) => T} make @returns {() => Promise<T>}
 */
export function madeOnce(name, make) {
  /** @type {Promise<T> | null} */
  let made = null;
  return () => {
    made ??= part(name).then(make);
    made.catch(() => (made = null));
    return made;
  };
}
