/** What is done with the mask as a whole: grown, filled, read from a file and written to one. Each is one step of undo. */

import { fetchResult } from "../api/client.js";
import { submit, watchToEnd } from "../api/edits.js";
import { hint, noticeOf } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { decodedOf } from "../picture/pictures.js";
import { saveFile } from "../save/save.js";
import { here } from "../state/history.js";
import { chosenMask, seenMask } from "../state/layers.js";
import { masked } from "../state/reducer.js";
import { pixels } from "./pixel_work.js";

export class MaskWork {
  /** @param {{store: any, joined: () => void}} parts `joined` is called when something came to the mask. */
  constructor({ store, joined }) {
    this.store = store;
    this.joined = joined;
  }

  /** @param {number} px Below 0 it shrinks. */
  grow(px) {
    return this.#work(async (shapes, picture) => {
      if (shapes.length === 0) return this.#note(hint("hint.nothing-painted"));
      const { png } = await pixels("render", [shapes], sizeOf(picture));
      const watch = { signal: new AbortController().signal, lost: () => {}, tell: () => {} };
      const asked = { edit: "adjust_mask", image: png, parameters: { grow_px: px } };
      const edit = await watchToEnd(await submit(asked, watch), watch);
      const [result] = edit.results ?? [];
      if (edit.state !== "succeeded" || !result?.url) throw edit.error ?? result?.error ?? new Error(edit.state);
      const shape = await pixels("read", await fetchResult(edit.id, 0), "bright");
      return this.#replace(shape === null ? [] : [shape]);
    });
  }

  /** @param {{x: number, y: number}} at @param {import("../types.js").Mode} mode */
  fill(at, mode) {
    return this.#work(async (shapes, picture) => {
      const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
      const shape = await pixels("fill", shapes, sizeOf(picture), { x, y }, mode);
      if (shape === "open") this.#note(hint("hint.not-closed"));
      else this.#join(shape);
    });
  }

  /** @param {File} file A picture that is a mask; what of it is painted is asked where it is unclear. */
  read(file) {
    return this.#work(async (_shapes, picture) => {
      const seen = await pixels("look", file, sizeOf(picture));
      if (seen === null) return this.#note(hint("import.unreadable", "warning"));
      const { size, offered, shape } = seen;
      if (offered.length > 1) this.store.dispatch({ type: "importing", importing: { file, offered } });
      else if (offered.length === 1) this.#take(shape);
      else {
        const sizes = { ...size, wide: picture.width, high: picture.height };
        const help = t("import.other-size.help");
        this.#note({ id: "import.other-size", kind: "warning", text: t("import.other-size", sizes), help });
      }
    });
  }

  /** The answer to what is painted. @param {string | null} meaning null: nothing is imported */
  answer(meaning) {
    const { importing } = this.store.get();
    this.store.dispatch({ type: "importing", importing: null });
    if (importing === null || meaning === null) return undefined;
    return this.#work(async () => this.#take(await pixels("read", importing.file, meaning)));
  }

  /** Save all of the mask that is seen as PNG, white on black. */
  write() {
    return this.#work(async (_shapes, picture) => {
      const shapes = seenMask(here(this.store.get().history));
      const { png } = await pixels("render", [shapes], sizeOf(picture));
      saveFile(png, `${this.store.get().doc.name.replace(/\.[^.]*$/, "")}-mask.png`);
    });
  }

  /** One at a time; whoever goes to another state meanwhile does not find its end there. */
  async #work(step) {
    const state = this.store.get();
    if (state.history === null || state.adjusting) return;
    this.at = state.history.at;
    this.store.dispatch({ type: "adjusting", on: true });
    try {
      await step(chosenMask(state), await decodedOf(here(state.history).picture));
    } catch (error) {
      this.#note({ ...noticeOf(error), action: undefined });
    } finally {
      this.store.dispatch({ type: "adjusting", on: false });
    }
  }

  #take(shape) {
    if (shape === null) this.#note(hint("import.empty", "warning"));
    else this.#join(shape);
  }

  #join(shape) {
    if (shape === null || this.store.get().history.at !== this.at) return;
    this.store.dispatch({ type: "join", shapes: [shape] });
    if (masked(this.store.get())) this.joined();
  }

  #replace(shapes) {
    if (this.store.get().history.at === this.at) this.store.dispatch({ type: "mask", shapes });
  }

  #note(notice) {
    this.store.dispatch({ type: "notice", notice });
  }
}

/** What a worker is told of a picture. */
const sizeOf = ({ width, height }) => ({ width, height });
