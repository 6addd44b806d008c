/**
 * Selecting by asking the server: clicks and a box, words, all text. What it answers is shown on a layer of its own until
 * it is joined to the mask, taken from it, or dropped.
 */

import { askSelection } from "../api/selections.js";
import { commandsIn, noticeOf } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { coversAt } from "../mask/bitmap.js";
import { pixels } from "../mask/pixel_work.js";
import { pictureOf } from "../picture/pictures.js";
import { here } from "../state/history.js";
import { picked } from "../state/reducer.js";

/** Share of the picture above which one click was hardly meant like that. */
const TOO_MUCH = 0.6;
const TEXT = "all text";
const GAPS = { words: { across: 0.002, down: 0.002 }, text: { across: 0.02, down: 0.006 } };
const NEW = /** @type {const} */ ({ points: [], box: null, candidate: 1, candidates: 0, parts: [] });

export class Picker {
  /** @param {{store: any, joined: () => void}} parts `joined` is called when something came to the mask. */
  constructor({ store, joined }) {
    this.store = store;
    this.joined = joined;
    this.abort = new AbortController();
  }

  get now() {
    return /** @type {import("../types.js").Pick | null} */ (this.store.get().pick);
  }

  /** A click: on the thing, or beside it. The first one is always on it. */
  point(x, y, on) {
    const { now } = this;
    if (now !== null && now.kind !== "points") return this.#toggleAt(x, y);
    const point = { x: Math.floor(x), y: Math.floor(y), on: on || now === null };
    if (!this.#isInside(point) || now?.points.some((one) => one.x === point.x && one.y === point.y)) return;
    this.#ask({ ...NEW, ...now, kind: "points", points: [...(now?.points ?? []), point], candidate: 1 });
  }

  /** A box round the thing begins anew. */
  box(x0, y0, x1, y1) {
    const { width, height } = this.store.get().doc;
    const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    const box = [
      within(Math.min(x0, x1), width), within(Math.min(y0, y1), height),
      within(Math.max(x0, x1), width), within(Math.max(y0, y1), height),
    ];
    if (box[2] > box[0] && box[3] > box[1]) this.#ask({ ...NEW, kind: "points", box });
  }

  /** The next candidate, or the one before. @param {1 | -1} by */
  step(by) {
    const { now } = this;
    if (now === null || now.candidates < 2) return;
    const candidate = ((now.candidate - 1 + by + now.candidates) % now.candidates) + 1;
    this.#ask({ ...now, candidate });
  }

  /** @param {string} words */
  words(words) {
    if (words.trim()) this.#search("words", words.trim());
  }

  texts() {
    this.#search("text", TEXT);
  }

  all() {
    const on = !this.now?.parts.every((part) => part.on);
    this.#set({ ...this.now, parts: this.now.parts.map((part) => ({ ...part, on })) });
  }

  /** Ask again what was being asked for when the page was left. */
  resume() {
    const { now } = this;
    if (now?.phase !== "asking") return;
    if (now.kind === "points") this.#ask(now);
    else this.#search(now.kind, now.find);
  }

  /** Take the last click back. @returns {boolean} whether there was something */
  back() {
    const { now } = this;
    if (now === null) return false;
    const points = now.points.slice(0, -1);
    if (points.some((point) => point.on) || (now.box && now.points.length > 0)) {
      this.#ask({ ...now, points, candidate: 1 });
    } else this.drop();
    return true;
  }

  /** @param {import("../types.js").Mode} [mode] @returns {boolean} whether there was something to join */
  join(mode = "add") {
    const state = this.store.get();
    const shapes = picked(state) ? state.pick.parts.filter((part) => part.on).map(({ shape }) => ({ ...shape, mode })) : [];
    this.drop();
    if (shapes.length === 0) return false;
    this.store.dispatch({ type: "join", shapes });
    this.joined();
    return true;
  }

  drop() {
    this.abort.abort();
    if (this.now !== null) this.#set(null);
  }

  #isInside({ x, y }) {
    const { width, height } = this.store.get().doc;
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  #toggleAt(x, y) {
    const { parts } = this.now;
    const hit = parts.find(({ shape }) => coversAt(shape, Math.floor(x), Math.floor(y)))
      ?? parts.find(({ shape: { box } }) => x >= box[0] && y >= box[1] && x < box[2] && y < box[3]);
    if (hit) this.#set({ ...this.now, parts: parts.map((part) => (part === hit ? { ...part, on: !part.on } : part)) });
  }

  #search(kind, find) {
    this.store.dispatch({ type: "tool", tool: "click" });
    this.#wait({ ...NEW, kind, find, phase: "asking" }, async (file, signal) => {
      const { mask } = await askSelection("v1/regions", file, { find }, signal);
      const found = await pixels("parts", mask, GAPS[kind]);
      const text = kind === "text";
      return { parts: found.map((shape) => ({ shape: { ...shape, text }, on: !text || found.length === 1 })) };
    }, { words: find });
  }

  #ask(pick) {
    const points = (on) => pick.points.filter((point) => point.on === on).map(({ x, y }) => [x, y]);
    const ask = async (candidate, file, signal) => {
      const parameters = { points: points(true), not_points: points(false), box: pick.box, candidate };
      return askSelection("v1/selections", file, { parameters }, signal);
    };
    this.#wait({ ...pick, phase: "asking" }, async (file, signal) => {
      let { candidate } = pick;
      let found = await ask(candidate, file, signal);
      const { candidates } = found.recipe;
      // One click that takes most of the picture was hardly meant: the first that takes less is likelier
      const less = candidates.findIndex(({ share }) => share <= TOO_MUCH) + 1;
      if (pick.candidates === 0 && pick.box === null && pick.points.length === 1 && less > 1) {
        candidate = less;
        found = await ask(candidate, file, signal);
      }
      const shape = await pixels("read", found.mask, "bright");
      return { candidate, candidates: candidates.length, parts: shape === null ? [] : [{ shape, on: true }] };
    });
  }

  /** Show that it is asked, then the answer; the one before it is no longer wanted. */
  async #wait(pick, answer, values = {}) {
    this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const before = this.now?.phase === "shown" ? this.now : null;
    const file = pictureOf(here(this.store.get().history).picture).file;
    this.#set(pick);
    try {
      const found = await answer(file, signal);
      if (this.now === pick) this.#set({ ...pick, ...found, phase: "shown" });
    } catch (error) {
      if (error?.name === "AbortError" || this.now !== pick) return;
      // A click that fails takes none of those before it along
      this.#set(before);
      this.#tell(error, pick.kind, values);
    }
  }

  #tell(error, kind, values) {
    if (error?.status === 401) this.store.dispatch({ type: "session", session: "asking" });
    const say = (id, help, kind = "warning") => ({ id, kind, text: t(id, values), help });
    const commands = error?.code === "not-available" ? commandsIn(error.message) : [];
    let notice = { ...noticeOf(error), action: undefined };
    if (error?.code === "bad-input") notice = say(`pick.nothing.${kind}`, t("pick.nothing.help"), "info");
    else if (commands.length > 0) notice = say(kind === "points" ? "pick.missing" : "find.missing", commands.join(" && "));
    this.store.dispatch({ type: "notice", notice });
  }

  #set(pick) {
    this.store.dispatch({ type: "pick", pick });
  }
}
