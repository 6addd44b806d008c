/**
 * What a click would select, shown while the pointer rests. It is asked with a small copy of the picture, for the model
 * looks at 1024 pixels anyhow: so the answer comes as fast of 40 megapixels as of one. The click itself asks with all.
 */

import { askSelection } from "../api/selections.js";
import { coversAt } from "../mask/bitmap.js";
import { makeCanvas } from "../mask/make_canvas.js";
import { pixels } from "../mask/pixel_work.js";
import { decodedOf } from "../picture/pictures.js";
import { cardOf } from "../run/mask_need.js";
import { here } from "../state/history.js";

const REST_MS = 250;
/** After these it is not asked again: the key may not, or what it asks for is counted. */
const ENDING = [401, 403, 429];

/** @typedef {{x: number, y: number}} Place In pixels of the picture. */

export class Hover {
  /** @param {{store: any, view: import("../view/view.js").View}} parts */
  constructor({ store, view }) {
    this.store = store;
    this.view = view;
    /** @type {Place | null} */
    this.at = null;
    /** @type {import("../types.js").BitmapShape | null} of the copy's size */
    this.shown = null;
    this.timer = 0;
    this.busy = false;
    this.off = false;
    this.copy = { picture: "", file: /** @type {Promise<Blob> | null} */ (null), width: 1, height: 1 };
    store.subscribe((now) => (this.#wanted(now) ? undefined : this.move(null)));
  }

  /** The pointer is there. @param {Place | null} at null: it is nowhere. */
  move(at) {
    const state = this.store.get();
    this.at = at !== null && this.#wanted(state) && isInside(at, state.doc) ? at : null;
    if (this.at !== null && this.#isOn(this.shown)) return;
    window.clearTimeout(this.timer);
    this.#show(null);
    if (this.at !== null) this.timer = window.setTimeout(() => this.#ask(), REST_MS);
  }

  #wanted({ tool, pick, task, history, dialog, comparing, variants, engines, ...state }) {
    const aside = [pick, task, dialog, variants, engines].some((one) => one !== null) || comparing;
    return !this.off && tool === "click" && history !== null && !aside && Boolean(cardOf(state, "select")?.available);
  }

  /** One at a time: what is not wanted any more is not cancelled, for the model that it loads is. */
  async #ask() {
    if (this.busy || this.at === null) return;
    this.busy = true;
    const asked = this.at;
    try {
      const shape = await this.#outline(asked);
      if (this.at === asked || this.#isOn(shape)) this.#show(shape);
    } catch (error) {
      // Why there is nothing, a click says
      this.off ||= ENDING.includes(error?.status) || error?.code === "not-available";
    } finally {
      this.busy = false;
    }
    if (this.at !== null && this.at !== asked && this.shown === null) this.move(this.at);
  }

  async #outline({ x, y }) {
    const { picture } = here(this.store.get().history);
    const whole = await decodedOf(picture);
    const file = await this.#copyOf(picture, whole);
    const { width, height } = this.copy;
    const points = [[Math.floor((x * width) / whole.width), Math.floor((y * height) / whole.height)]];
    const asked = { parameters: { points } };
    const { mask, counted } = await askSelection("v1/selections", file, asked, new AbortController().signal);
    this.off ||= counted;
    return pixels("read", mask, "bright");
  }

  #copyOf(picture, { levels }) {
    if (this.copy.picture !== picture) {
      const { width, height } = levels[levels.length - 1];
      const canvas = makeCanvas(width, height);
      canvas.getContext("2d").drawImage(levels[levels.length - 1], 0, 0);
      this.copy = { picture, file: blobOf(canvas), width, height };
    }
    return this.copy.file;
  }

  #isOn(shape) {
    if (shape === null || this.at === null) return false;
    const { width, height } = this.store.get().doc;
    return coversAt(shape, Math.floor((this.at.x * shape.width) / width), Math.floor((this.at.y * shape.height) / height));
  }

  #show(shape) {
    if (shape === this.shown) return;
    this.shown = shape;
    this.view.pick.show({ hovered: shape });
  }
}

const isInside = ({ x, y }, { width, height }) => x >= 0 && y >= 0 && x < width && y < height;

/** @returns {Promise<Blob>} */
function blobOf(canvas) {
  if (canvas.convertToBlob) return canvas.convertToBlob({ type: "image/png" });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
