/**
 * From the press of the button to the picture: mask, request, waiting, result. What fails leaves picture and mask as
 * they are, and says why. What is asked for is kept with the picture until it has ended: after a reload it goes on.
 */

import { fetchResult } from "../api/client.js";
import { cancel, lookAt, persistently, submit, watchToEnd } from "../api/edits.js";
import { hint, noticeOf } from "../api/words.js";
import { pixels } from "../mask/pixel_work.js";
import { keptOf } from "../mask/shapes.js";
import { bitsOf } from "../picture/depth.js";
import { addPicture, decodedOf, pictureOf } from "../picture/pictures.js";
import { here } from "../state/history.js";
import { newId } from "../state/ids.js";
import { seenMask } from "../state/layers.js";
import { masked } from "../state/reducer.js";
import { growthOf } from "./growth.js";
import { cardOf, lacksReference, needsMask, wantsMask } from "./mask_need.js";

/** @typedef {{store: any, keepPicture: (id: string, file: Blob, name: string) => Promise<unknown>}} Parts */
/** @typedef {import("../types.js").Work} Work */
/** @typedef {{work: Work, id: string | null, step: number}} Unfinished */

export class Runner {
  /** @param {Parts} parts */
  constructor({ store, keepPicture }) {
    this.store = store;
    this.keepPicture = keepPicture;
    /** @type {AbortController | null} */
    this.abort = null;
  }

  /**
   * Run the chosen edit on the present picture and mask. One at a time.
   * @param {{edit?: string, parameters?: Record<string, unknown>, shapes?: readonly any[], from?: string,
   *          count?: number, reference?: string}} [asked] What is not as the page shows it: for running again what was run before.
   */
  async run(asked = {}) {
    const state = this.store.get();
    if (state.task !== null || state.history === null) return;
    const done = await this.runWork(workOf(state, asked));
    // What was painted in the meantime waits for nobody to press again
    if (done && runsAfterStroke(this.store.get())) await this.run();
  }

  /**
   * @param {Work} work @param {Partial<Unfinished>} [unfinished] How far it was before a reload.
   * @returns {Promise<boolean>} whether there is a result
   */
  async runWork(work, unfinished = {}) {
    if (this.store.get().task !== null) return false;
    this.abort = new AbortController();
    this.#tell({ phase: "mask", work });
    try {
      return await this.#perform(work, unfinished);
    } catch (error) {
      if (error?.name !== "AbortError") this.#fail(error);
      return false;
    } finally {
      this.abort = null;
      this.store.dispatch({ type: "task", task: null });
    }
  }

  /** Give up what runs: the server is told, so that it stops too. */
  async cancel() {
    const { task } = this.store.get();
    this.abort?.abort(new DOMException("cancelled", "AbortError"));
    if (task?.id) await cancel(task.id).catch(() => {});
  }

  async #perform(work, unfinished) {
    const { name } = pictureOf(work.picture);
    let [{ file }, results] = [pictureOf(work.picture), null];
    for (const [number, step] of work.steps.entries()) {
      this.#tell({ phase: "mask", step: number, id: null, progress: 0 });
      const known = unfinished.step === number ? unfinished.id : null;
      const made = await this.#step(work, step, file, known, number === work.steps.length - 1);
      if (made === "nothing") return false;
      if (made === "kept") continue;
      [results, file] = [made, made[0].file];
    }
    await this.#accept(work, results ?? [{ file }], name);
    return true;
  }

  /** One step. @returns {Promise<any>} what came of it; "kept" where all of its mask is to stay */
  async #step(work, step, image, known, last) {
    const { signal } = this.abort;
    const watch = { signal, lost: (is) => this.#tell({ lost: is }), key: step.key };
    const size = await decodedOf(work.picture);
    const masks = await persistently(() => masksOf(step, size), signal, watch.lost);
    signal.throwIfAborted();
    if (masks === null) {
      this.#note(hint("hint.nothing-painted"));
      return "nothing";
    }
    this.#tell({ phase: "send" });
    const bits = await bitsOf(image);
    const { edit, parameters } = step;
    const asked = { edit, image, ...masks, parameters, ...(last && work.count > 1 && { count: work.count }) };
    const begun = known ? await lookAt(known, watch) : await submit(asked, watch);
    this.#hear(begun);
    const ended = await watchToEnd(begun, { ...watch, tell: (now) => this.#hear(now) });
    if (ended.state === "cancelled") return "nothing";
    const failure = ended.state === "failed" ? ended.error : everyFailure(ended.results);
    if (failure && failure.code === "nothing-to-erase" && work.made) return "kept";
    if (failure) throw failure;
    this.#tell({ phase: "fetch", progress: 1 });
    const good = [...ended.results.entries()].filter(([, result]) => !result.error);
    if (good.some(([, { recipe }]) => recipe?.bits < bits)) this.#note(hint("hint.depth-lost", "warning"));
    return Promise.all(good.map(async ([at, result]) => ({ result, file: await fetchResult(ended.id, at, signal) })));
  }

  async #accept(work, made, name) {
    const results = [];
    for (const { file, result } of made) {
      // Where all came back there is no new file
      const picture = result ? newId() : work.picture;
      if (result) {
        addPicture(picture, file, name);
        await this.keepPicture(picture, file, name).catch((error) => console.warn(error));
        this.abort.signal.throwIfAborted();
      }
      const { edit, parameters, shapes, reference } = work.steps[work.steps.length - 1];
      const seeded = made.length > 1 ? { ...parameters, seed: result.recipe?.seed ?? 0 } : parameters;
      results.push({ picture, made: { edit, parameters: seeded, shapes, reference, recipe: result?.recipe, ...work.made } });
    }
    this.store.dispatch({ type: "result", from: work.from, began: work.began, results });
    if (results.length > 1) this.store.dispatch({ type: "variants", variants: this.#nodesOf(results) });
    const warnings = new Set(made.flatMap(({ result }) => result?.recipe?.warnings ?? []));
    for (const text of warnings) this.#note({ id: text, kind: "warning", text });
  }

  #nodesOf(results) {
    const pictures = results.map(({ picture }) => picture);
    const { nodes } = this.store.get().history;
    return Object.values(nodes)
      .filter((node) => node.kind === "result" && pictures.includes(node.picture))
      .map((node) => node.id);
  }

  #hear(edit) {
    const { id, progress, position, state } = edit;
    this.#tell({ id, progress, position, etaMs: edit.eta_ms, phase: state === "queued" ? "queued" : "running" });
  }

  #fail(error) {
    if (error?.status === 401) this.store.dispatch({ type: "session", session: "asking" });
    this.#note(noticeOf(error));
  }

  #tell(task) {
    if (!this.abort?.signal.aborted) this.store.dispatch({ type: "task", task });
  }

  #note(notice) {
    this.store.dispatch({ type: "notice", notice });
  }
}

/**
 * The work of one edit.
 * @param {any} state @param {{edit?: string, parameters?: Record<string, unknown>, shapes?: readonly any[], from?: string,
 *   count?: number, reference?: string}} asked As in `Runner.run`. @returns {Work}
 */
export function workOf(state, asked) {
  const from = asked.from ?? state.history.at;
  const node = state.history.nodes[from];
  const edit = asked.edit ?? state.edit;
  const [shapes, keep] = wantsMask(cardOf(state, edit)) ? [asked.shapes ?? seenMask(node), node.shapes] : [[], []];
  const parameters = asked.parameters ?? { ...growthOf(edit, shapes, state.doc), ...state.parameters[edit] };
  /** @type {import("../types.js").Step} */
  const step = { edit, parameters, shapes, keep: listOf(keptOf(keep)), before: node.picture, key: newId() };
  if (cardOf(state, edit)?.reference) step.reference = asked.reference ?? state.reference;
  const { count } = { ...state, ...asked };
  return { from, began: state.history.at, picture: node.picture, steps: [step], count };
}

/** What every engine is asked for: the present result again where nothing is marked. @param {any} state */
export function askedOfAll(state) {
  const { made, parent } = here(state.history);
  const again = made && !made.steps && made.edit === state.edit && parent !== null && !masked(state);
  if (!again) return { edit: state.edit, from: undefined };
  const { edit, parameters, shapes, reference } = made;
  return { edit, parameters, shapes, reference, from: parent };
}

/** @param {any} state @returns {boolean} */
export function canRun(state) {
  if (state.history === null || state.task !== null) return false;
  const card = cardOf(state, state.edit);
  if ((card && !card.available) || lacksReference(card, state)) return false;
  return masked(state) || !needsMask(card, state.parameters[state.edit] ?? {});
}

/** Whether what is marked is enough to begin: never for an edit that looks at no mask. @param {any} state */
export const runsAfterStroke = (state) =>
  state.runAfterStroke && canRun(state) && masked(state) && wantsMask(cardOf(state, state.edit));

/** The masks of a step, and its second picture; null where something was painted and all of it is gone again. */
export async function masksOf({ shapes, keep, reference }, size) {
  const drawn = reference ? { reference: pictureOf(reference).file } : {};
  for (const [role, list] of /** @type {const} */ ([["mask", [shapes]], ["keep", keep]])) {
    if (list.flat().length === 0) continue;
    const { png, painted } = await pixels("render", list, { width: size.width, height: size.height });
    if (painted > 0) drawn[role] = png;
    else if (role === "mask") return null;
  }
  return drawn;
}

/** A mask that covers something, as one of several. */
const listOf = (shapes) => (shapes.length > 0 ? [shapes] : []);

/** @returns {any} null where at least one result is there */
export const everyFailure = (results) => (results.every((result) => result.error) ? results[0]?.error ?? {} : null);
