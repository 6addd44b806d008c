/**
 * One edit by every engine that can run here, with the same mask and seed. Each is an edit of its own on the server: one
 * that fails takes nothing from the others. What they make are branches beside each other; nobody goes to one of them
 * until it is chosen. After a reload it goes on.
 */

import { fetchResult } from "../api/client.js";
import { cancel, lookAt, persistently, watchToEnd } from "../api/edits.js";
import { Patience } from "../api/patience.js";
import { hint, noticeOf } from "../api/words.js";
import { bitsOf } from "../picture/depth.js";
import { addPicture, decodedOf, pictureOf } from "../picture/pictures.js";
import { newId } from "../state/ids.js";
import { everyFailure, masksOf } from "./run_edit.js";

/** So many are asked for at once; the server may still let them wait for each other. */
const AT_ONCE = 4;
const ENDED = ["done", "failed", "cancelled"];

/** @typedef {import("../types.js").EngineCell} EngineCell */
/** @typedef {import("../types.js").Work} Work */

export class AllEngines {
  /** @param {import("./run_edit.js").Parts} parts */
  constructor({ store, keepPicture }) {
    this.store = store;
    this.keepPicture = keepPicture;
    /** @type {AbortController | null} */
    this.abort = null;
    this.patience = new Patience();
    /** @type {Set<string>} Ids on the server. */
    this.underWay = new Set();
  }

  /**
   * @param {Work} work One step, without the parameter that names the engine.
   * @param {"engine" | "model"} parameter @param {readonly string[]} names
   */
  async start(work, parameter, names) {
    if (this.store.get().task !== null) return;
    const cells = names.map((name) => (
      { name, key: newId(), task: null, state: /** @type {const} */ ("waiting"), nodes: [], error: "", ms: null }));
    this.store.dispatch({ type: "engines", engines: { parameter, from: work.from, cells } });
    await this.#run(work);
  }

  /** Go on after a reload with those that had not ended. @param {Work} work */
  async resume(work) {
    const { task, engines, history } = this.store.get();
    if (task === null && engines !== null && work.from in history.nodes) await this.#run(work);
  }

  /** Give up those that have not ended. */
  async cancel() {
    this.abort?.abort(new DOMException("cancelled", "AbortError"));
    this.#leave();
    await Promise.all([...this.underWay].map((id) => cancel(id).catch(() => {})));
  }

  async #run(work) {
    this.abort = new AbortController();
    // After a reload those too that are yet to be looked at again
    const left = this.#cells().filter(({ state, task }) => task && !ENDED.includes(state));
    this.underWay = new Set(left.map(({ task }) => task));
    this.store.dispatch({ type: "task", task: { phase: "mask", work } });
    try {
      await this.#perform(work, this.abort.signal);
    } catch (error) {
      this.abort.abort(new DOMException("cancelled", "AbortError"));
      if (error?.name !== "AbortError") this.#fail(error);
    } finally {
      this.abort = null;
      this.store.dispatch({ type: "task", task: null });
    }
  }

  async #perform(work, signal) {
    const [step] = work.steps;
    const size = await decodedOf(work.picture);
    const masks = await persistently(() => masksOf(step, size), signal, (lost) => this.#tell({ lost }, signal));
    signal.throwIfAborted();
    if (masks === null) {
      this.store.dispatch({ type: "engines", engines: null });
      this.store.dispatch({ type: "notice", notice: hint("hint.nothing-painted") });
      return;
    }
    const { count } = work;
    const asked = { edit: step.edit, image: pictureOf(work.picture).file, ...masks, ...(count > 1 && { count }) };
    this.#tell({ phase: "queued" }, signal);
    const waiting = this.#cells().filter(({ state }) => !ENDED.includes(state));
    const hand = async () => {
      for (let cell = waiting.shift(); cell && !signal.aborted; cell = waiting.shift()) {
        await this.#one(work, cell, asked, signal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, hand));
  }

  /** @param {Work} work @param {EngineCell} cell @param {any} asked @param {AbortSignal} signal */
  async #one(work, cell, asked, signal) {
    const { name, key, task } = cell;
    const parameters = { ...work.steps[0].parameters, [this.store.get().engines.parameter]: name };
    const watch = { signal, lost: (lost) => this.#tell({ lost }, signal), key };
    const tell = ({ progress, state }) => {
      if (state === "running" && this.#stateOf(name) === "busy") this.#change(name, { state }, signal);
      this.#share(name, progress, signal);
    };
    try {
      this.#change(name, { state: "busy" });
      const begun = task ? await lookAt(task, watch) : await this.patience.submit({ ...asked, parameters }, watch);
      this.#change(name, { task: begun.id }, signal);
      this.underWay.add(begun.id);
      const ended = await watchToEnd(begun, { ...watch, tell });
      this.underWay.delete(begun.id);
      const failure = ended.state === "failed" ? ended.error : everyFailure(ended.results);
      if (ended.state === "cancelled") return this.#change(name, { state: "cancelled" });
      if (failure) throw failure;
      await this.#accept(work, name, parameters, ended, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error?.status === 401) throw error;
      const { text, help } = noticeOf(error);
      this.#change(name, { state: "failed", error: help ? `${text} ${help}` : text });
    } finally {
      this.#share(name, 1, signal);
    }
  }

  /** Where another picture was opened meanwhile, this one is gone, and nothing of it is taken. */
  async #accept(work, name, parameters, ended, signal) {
    const opened = pictureOf(work.picture);
    const { edit, shapes, reference } = work.steps[0];
    const good = [...ended.results.entries()].filter(([, result]) => !result.error);
    const files = await Promise.all(good.map(([at]) => fetchResult(ended.id, at, signal)));
    signal.throwIfAborted();
    const results = [];
    for (const [at, [, { recipe }]] of good.entries()) {
      const picture = newId();
      addPicture(picture, files[at], opened.name);
      await this.keepPicture(picture, files[at], opened.name);
      signal.throwIfAborted();
      const seeded = good.length > 1 ? { ...parameters, seed: recipe?.seed ?? 0 } : parameters;
      results.push({ picture, made: { edit, parameters: seeded, shapes, reference, recipe } });
    }
    this.store.dispatch({ type: "result", from: work.from, began: work.began, results, stay: true });
    const pictures = results.map(({ picture }) => picture);
    const nodes = Object.values(this.store.get().history.nodes).filter(({ picture }) => pictures.includes(picture));
    const lost = ended.results.find((result) => result.error)?.error;
    const ms = Date.parse(ended.finished_at) - Date.parse(ended.started_at);
    this.#change(name, { state: "done", nodes: nodes.map(({ id }) => id), ms, error: lost ? noticeOf(lost).text : "" });
    const warnings = new Set(good.flatMap(([, { recipe }]) => recipe?.warnings ?? []));
    for (const text of warnings) this.store.dispatch({ type: "notice", notice: { id: text, kind: "warning", text } });
    const bits = await bitsOf(opened.file);
    if (!signal.aborted && good.some(([, { recipe }]) => recipe?.bits < bits)) {
      this.store.dispatch({ type: "notice", notice: hint("hint.depth-lost", "warning") });
    }
  }

  #cells() {
    return this.store.get().engines?.cells ?? [];
  }

  #stateOf(name) {
    return this.#cells().find((cell) => cell.name === name)?.state;
  }

  #change(name, cell, signal) {
    if (!signal?.aborted) this.store.dispatch({ type: "engine-cell", name, cell });
  }

  /** How far one is, and all of them together. */
  #share(name, progress, signal) {
    const shares = { ...this.store.get().task?.shares, [name]: progress };
    const cells = this.#cells();
    const sum = cells.reduce((all, cell) => all + (ENDED.includes(cell.state) ? 1 : shares[cell.name] ?? 0), 0);
    this.#tell({ phase: "running", progress: sum / cells.length, shares }, signal);
  }

  #tell(task, signal) {
    if (!signal.aborted) this.store.dispatch({ type: "task", task });
  }

  /** Those that have not ended come to nothing. */
  #leave() {
    for (const { name, state } of this.#cells()) if (!ENDED.includes(state)) this.#change(name, { state: "cancelled" });
  }

  #fail(error) {
    this.#leave();
    if (error?.status === 401) this.store.dispatch({ type: "session", session: "asking" });
    this.store.dispatch({ type: "notice", notice: noticeOf(error) });
  }
}
