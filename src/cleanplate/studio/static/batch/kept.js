/** A batch in the browser's database: the files, how far each is, and its id on the server. One tab works on it. */

import { clear, createStore, del, delMany, entries, get, set } from "../vendor/idb-keyval.js";

const store = () => (opened ??= createStore("cleanplate-batch", "kept"));
let opened;

/** @typedef {import("../types.js").BatchItem} BatchItem */

/** @returns {Promise<{items: BatchItem[], masks: import("../types.js").BatchMask[], plan: import("../types.js").BatchPlan, running: boolean} | null>} */
export async function keptBatch() {
  const about = await get("about", store());
  if (about === undefined) return null;
  const all = await entries(store());
  const named = (start) => all.filter(([name]) => String(name).startsWith(start)).map(([, value]) => value);
  const items = named("item:").sort((one, other) => one.order - other.order);
  return items.length > 0 ? { ...about, items, masks: named("each:").map(({ mask }) => mask) } : null;
}

/** @param {import("../types.js").Batch} batch */
export const keepPlan = ({ plan, running }) => set("about", { plan, running }, store());

/** @param {BatchItem & {order: number}} item @param {Blob} [file] */
export async function keepItem(item, file) {
  if (file) await set(`file:${item.id}`, file, store());
  await set(`item:${item.id}`, item, store());
}

/** @param {string} id @returns {Promise<Blob>} */
export const keptFile = (id) => get(`file:${id}`, store());

/** The mask of all, as it was when they were begun. @param {Blob | null} png */
export const keepMask = (png) => (png === null ? del("mask", store()) : set("mask", png, store()));
export const keptMask = () => get("mask", store());

/** The mask of one of them. @param {import("../types.js").BatchMask} mask @param {Blob} file */
export const keepEach = (mask, file) => set(`each:${mask.id}`, { mask, file }, store());

/** @param {string} id @returns {Promise<Blob>} */
export const keptEach = async (id) => (await get(`each:${id}`, store())).file;

/** @param {readonly string[]} ids */
export const dropEach = (ids) => delMany(ids.map((id) => `each:${id}`), store());

/** @param {string} id */
export const dropItem = (id) => delMany([`item:${id}`, `file:${id}`], store());
export const dropBatch = () => clear(store());

/**
 * Work on it in this tab alone.
 * @returns {Promise<(() => void) | null>} what gives it to other tabs again; null where another has it
 */
export function holdBatch() {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((answer) => {
    navigator.locks.request("cleanplate:batch", { ifAvailable: true }, (lock) =>
      lock === null ? answer(null) : new Promise((release) => answer(() => release(undefined))));
  });
}
