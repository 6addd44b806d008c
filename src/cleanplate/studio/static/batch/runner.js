/**
 * Many pictures, one after another and a few at a time. Each is kept with its id on the server before it is waited for:
 * a tab that is closed loses nothing, and one that is opened again goes on.
 */

import { fetchResult } from "../api/client.js";
import { cancel, lookAt, missingFor, watchToEnd } from "../api/edits.js";
import { Patience } from "../api/patience.js";
import { noticeOf } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { pixels } from "../mask/pixel_work.js";
import { PictureError } from "../picture/decode.js";
import { cardOf } from "../run/mask_need.js";
import { newId } from "../state/ids.js";
import { here } from "../state/history.js";
import { seenMask } from "../state/layers.js";
import { nameFor } from "../save/save.js";
import * as kept from "./kept.js";
import { failedForNow, fitted, masksAmong, offeredBy, offeredByAll, pairsOf, readMask } from "./masks.js";
import { apart, saveZip } from "./save_zip.js";

/** So many at a time: an account's limits are often two, and an editor beside it wants its turn. */
const AT_ONCE = 2;

/** What the server says where words match nothing. */
const NOTHING = /^nothing in the picture matches/;

/** @typedef {import("../types.js").BatchItem} BatchItem */

export class BatchRunner {
  /** @param {{store: any}} parts */
  constructor({ store }) {
    this.store = store;
    /** @type {AbortController | null} */
    this.abort = null;
    this.active = new Set();
    this.patience = new Patience();
    /** @type {(() => void) | null} */
    this.release = null;
  }

  get batch() {
    return this.store.get().batch;
  }

  /** What another visit left; what ran goes on. */
  async takeOver() {
    const found = await kept.keptBatch();
    if (found === null || !(await this.#hold())) return;
    this.#set({ ...found, items: found.items.map(again), running: false });
    if (found.running) await this.#work();
  }

  /** @param {readonly File[]} files */
  async add(files) {
    if (!(await this.#hold())) return;
    for (const file of files) {
      const item = {
        id: newId(), name: file.webkitRelativePath || file.name, order: Date.now() + this.batch.items.length / 1e6,
        state: /** @type {const} */ ("waiting"), progress: 0, task: null, key: newId(), result: null, error: "",
        size: file.size,
      };
      await kept.keepItem(item, file);
      this.#set({ items: [...this.batch.items, item] });
    }
    await kept.keepPlan(this.batch);
  }

  /** Begin, or go on with what waits. */
  async start() {
    const { plan } = this.batch;
    const { history, doc } = this.store.get();
    if (plan.what === "mask" && history !== null && seenMask(here(history)).length > 0) {
      await kept.keepMask((await pixels("render", [seenMask(here(history))], doc)).png);
    }
    if (await this.canFind()) await this.#work();
  }

  /** Whether what is to be found can be found here. */
  async canFind() {
    const { what, words } = this.batch.plan;
    const limited = cardOf(this.store.get(), "select")?.missing;
    if (what !== "words" || !words.trim() || !limited) return true;
    const missing = await missingFor(words);
    this.#set({ lacks: missing === null ? null : { words, missing } });
    return missing === null;
  }

  /** Ask for those again that failed, but what would fail as before. */
  async retry() {
    if (!(await this.canFind())) return;
    for (const item of failedForNow(this.batch)) {
      await this.#change(item.id, { state: "waiting", task: null, key: newId(), error: "", progress: 0 });
    }
    await this.#work();
  }

  async stop() {
    this.abort?.abort(new DOMException("cancelled", "AbortError"));
    this.#set({ running: false });
    await kept.keepPlan(this.batch);
    for (const item of this.batch.items.filter(({ state }) => state === "running" || state === "busy")) {
      if (item.task) await cancel(item.task).catch(() => {});
      await this.#change(item.id, again({ ...item, ...(item.task && { task: null, key: newId() }) }));
    }
  }

  async clear() {
    await this.stop();
    this.#set({ items: [], masks: [] });
    await kept.dropBatch();
    this.release?.();
    this.release = null;
  }

  /** @param {string} id */
  async remove(id) {
    this.#set({ items: this.batch.items.filter((item) => item.id !== id) });
    await kept.dropItem(id);
  }

  /** What is done, as a zip; those whose results are gone have failed. */
  async save() {
    const done = this.batch.items.filter(({ state }) => state === "done");
    const about = done.reduce((sum, { size }) => sum + (size ?? 0), 0);
    await saveZip(this.#results(done), about).catch((error) => {
      if (error?.name !== "AbortError") throw error;
    });
  }

  async* #results(items) {
    const names = new Set();
    for (const item of items) {
      try {
        yield { name: apart(nameFor(item.name, item.result.type), names), file: await fetchResult(item.task, 0) };
      } catch (error) {
        await this.#change(item.id, { state: "failed", error: noticeOf(error).text });
      }
    }
  }

  /** Masks, one for each picture. @param {readonly File[]} files */
  async addMasks(files) {
    for (const file of files) {
      const mask = { id: newId(), name: file.webkitRelativePath || file.name, offered: await offeredBy(file) };
      await kept.keepEach(mask, file);
      this.#set({ masks: [...this.batch.masks, mask] });
    }
  }

  /** Those of the pictures that are masks of others, by their names. */
  async takeMasks() {
    for (const item of masksAmong(this.batch.items)) {
      const file = await kept.keptFile(item.id);
      const mask = { id: newId(), name: item.name, offered: await offeredBy(file) };
      await kept.keepEach(mask, file);
      this.#set({ masks: [...this.batch.masks, mask] });
      await this.remove(item.id);
    }
  }

  async clearMasks() {
    await kept.dropEach(this.batch.masks.map(({ id }) => id));
    this.#set({ masks: [] });
  }

  /** The file of an item, to be opened. @param {string} id @returns {Promise<File>} */
  async fileOf(id) {
    const { name } = this.batch.items.find((item) => item.id === id);
    const file = await kept.keptFile(id);
    return new File([file], name.split("/").pop(), { type: file.type });
  }

  /** @returns {Promise<boolean>} whether this tab works on it */
  async #hold() {
    this.release ??= await kept.holdBatch();
    this.#set({ elsewhere: this.release === null });
    return this.release !== null;
  }

  async #work() {
    if (this.abort !== null && !this.abort.signal.aborted) return;
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.#set({ running: true });
    await kept.keepPlan(this.batch);
    const hand = async () => {
      for (let item = this.#next(); item && !signal.aborted; item = this.#next()) {
        this.active.add(item.id);
        await this.#one(item, signal).finally(() => this.active.delete(item.id));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, hand));
    if (signal.aborted) return;
    this.abort = null;
    this.#set({ running: false });
    await kept.keepPlan(this.batch);
  }

  #next() {
    return this.batch.items.find((item) => item.state === "waiting" && !this.active.has(item.id));
  }

  async #one(item, signal) {
    const tell = ({ progress, state }) =>
      state === "running" && this.#set1(item.id, { state: "running", progress }, signal);
    const watch = { signal, lost: () => {}, key: item.key, tell };
    try {
      await this.#change(item.id, { state: "busy", progress: 0 });
      const begun = await (item.task ? lookAt(item.task, watch) : this.#ask(item, watch));
      if (signal.aborted) return;
      await this.#change(item.id, { task: begun.id });
      const ended = await watchToEnd(begun, watch);
      const [result] = ended.results;
      const failure = ended.error ?? result?.error;
      if (failure || !result) throw failure ?? { code: "not-found" };
      const error = (result.recipe?.warnings ?? []).join(" ");
      await this.#change(item.id, { state: "done", progress: 1, result: { type: result.media_type }, error });
    } catch (error) {
      if (signal.aborted) return;
      if (error?.status === 401) return void this.#signIn();
      const { text, help } = this.#told(error);
      const misfit = error?.code === "mask-mismatch" ? this.#pairOf(item)?.id : undefined;
      await this.#change(item.id, { state: "failed", error: help ? `${text} ${help}` : text, misfit });
    }
  }

  async #ask(item, watch) {
    const metadata = this.store.get().keepData ? "keep" : "strip";
    return this.patience.submit({ ...(await this.#asked(item)), metadata }, watch);
  }

  /** That words match nothing is told as that: the picture is as good as before. */
  #told(error) {
    const { what, words } = this.batch.plan;
    const nothing = what === "words" && error?.code === "bad-input" && NOTHING.test(error.message);
    return nothing ? { text: t("pick.nothing.words", { words }), help: undefined } : noticeOf(error);
  }

  async #asked(item) {
    const image = await kept.keptFile(item.id);
    if (image === undefined) throw { code: "not-found" };
    if (image.size === 0) throw new PictureError("open.empty");
    const { what, words, edit, parameters } = this.batch.plan;
    if (what === "words") return { edit: "erase", image, parameters: { find: words } };
    if (what === "text") return { edit: "remove_text", image, parameters: {} };
    if (what === "edit") return { edit, image, parameters };
    if (what === "masks") return { edit: "erase", image, mask: await this.#maskFor(item), parameters };
    const mask = await kept.keptMask();
    return { edit: "erase", image, mask: await fitted(mask, image), parameters };
  }

  #pairOf(item) {
    const { items, masks } = this.batch;
    return pairsOf(items, masks).of.get(item.id);
  }

  async #maskFor(item) {
    const { masks, plan } = this.batch;
    const mask = this.#pairOf(item);
    const [only, ...others] = offeredByAll(masks);
    const meaning = others.length > 0 ? plan.means : only;
    if (!mask || !meaning) throw { code: "no-mask" };
    return readMask(await kept.keptEach(mask.id), meaning);
  }

  #signIn() {
    this.abort?.abort(new DOMException("no key", "AbortError"));
    this.#set({ items: this.batch.items.map(again), running: false });
    this.store.dispatch({ type: "session", session: "asking" });
  }

  async #change(id, item) {
    this.#set1(id, item);
    const now = this.batch.items.find((one) => one.id === id);
    if (now) await kept.keepItem(now).catch((error) => console.warn(error));
  }

  #set1(id, item, signal) {
    if (!signal?.aborted) this.store.dispatch({ type: "batch-item", id, item });
  }

  #set(batch) {
    this.store.dispatch({ type: "batch", batch });
  }
}

/** Where the work on it ended, it waits. */
const again = (item) =>
  (["busy", "running"].includes(item.state) ? { ...item, state: "waiting", progress: 0 } : item);
