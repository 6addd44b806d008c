/**
 * The work of this tab in the browser's database, so that a reload or a crash loses nothing: the picture's own file,
 * each result and the whole history. Each tab has a document of its own; a tab without one takes over the
 * newest that no other tab has open.
 */

import { ofTab } from "../kept_values.js";
import { createStore, delMany, get, keys, set } from "../vendor/idb-keyval.js";

const TAB = "cleanplate.tab";
const KEPT_DOCS = 5;
const store = () => (opened ??= createStore("cleanplate-studio", "kept"));
let opened;

/** @typedef {{id: string, time: number, doc: import("../types.js").Doc,
 *             history: import("../types.js").History, look: {brushSize: number, overlay: string, layer?: string,
 *             reference?: string | null, pick?: import("../types.js").Pick | null},
 *             work?: import("../run/run_edit.js").Unfinished | null,
 *             engines?: import("../types.js").Engines | null}} Kept */

/** The document of this tab, or the newest that nobody has open. @returns {Promise<Kept | null>} */
export async function takeOver() {
  const found = await allKept();
  const own = ofTab.get(TAB);
  const order = found.sort((one, other) => Number(other.id === own) - Number(one.id === own) || other.time - one.time);
  for (const kept of order) {
    if (await hold(kept.id)) {
      ofTab.set(TAB, kept.id);
      return kept;
    }
  }
  ofTab.remove(TAB);
  return null;
}

/** @param {import("../types.js").State} state Where the picture is open. */
export async function keep({ doc, history, brushSize, overlay, pick, layer, reference, task, engines }) {
  if (ofTab.get(TAB) !== doc.id) {
    ofTab.set(TAB, doc.id);
    await hold(doc.id);
  }
  const work = task && { work: task.work, id: task.id, step: task.step };
  const look = { brushSize, overlay, pick, layer, reference };
  await set(`doc:${doc.id}`, { id: doc.id, time: Date.now(), doc, history, look, work, engines }, store());
}

/** @param {string} doc @param {string} id @param {Blob} file @param {string} name */
export const keepPicture = async (doc, id, file, name) => set(`picture:${doc}:${id}`, { file, name }, store());

/** @param {string} doc @param {string} id @returns {Promise<{file: Blob, name: string} | undefined>} */
export const keptPicture = (doc, id) => get(`picture:${doc}:${id}`, store());

/** Forget a document and its pictures. @param {string} id */
export async function forget(id) {
  const names = await keys(store());
  await delMany(names.filter((name) => name === `doc:${id}` || String(name).startsWith(`picture:${id}:`)), store());
}

/** Forget all but the newest. */
export async function prune() {
  const old = (await allKept()).sort((one, other) => other.time - one.time).slice(KEPT_DOCS);
  for (const { id } of old) if (await isFree(id)) await forget(id);
}

/** @returns {Promise<Kept[]>} */
async function allKept() {
  const names = (await keys(store())).filter((name) => String(name).startsWith("doc:"));
  return (await Promise.all(names.map((name) => get(name, store())))).filter(Boolean);
}

/** Hold a document for as long as the tab lives; false where another has it. Only secure pages have locks. */
function hold(id) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((answer) => {
    navigator.locks.request(`cleanplate:${id}`, { ifAvailable: true }, (lock) => {
      answer(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}

async function isFree(id) {
  if (!navigator.locks) return false;
  return navigator.locks.request(`cleanplate:${id}`, { ifAvailable: true }, (lock) => lock !== null);
}

