/** The canvas: a Konva stage with the picture and the mask over it, and where both are seen. */

import * as cameras from "./camera.js";
import { Konva } from "./konva.js";
import { MaskLayer } from "./mask_layer.js";
import { PickLayer } from "./pick_layer.js";
import { PictureLayer } from "./picture_layer.js";

const STEP = 1.25;

export class View {
  /** @param {HTMLElement} container Its size is the view's. */
  constructor(container) {
    this.container = container;
    this.stage = new Konva.Stage({ container, width: 1, height: 1, listening: false });
    this.pictureLayer = new PictureLayer();
    this.mask = new MaskLayer();
    this.kept = new MaskLayer();
    this.pick = new PickLayer();
    /** Those layers of the mask that tools do not work on. */
    this.others = new MaskLayer();
    this.stage.add(...[this.pictureLayer, this.mask, this.kept, this.pick, this.others].map(({ layer }) => layer.node));
    /** @type {import("../picture/decode.js").Decoded | null} */
    this.picture = null;
    this.camera = { x: 0, y: 0, scale: 1 };
    this.fitted = true;
    /** @type {Set<() => void>} called when the camera has moved */
    this.moved = new Set();
    this.watch = new ResizeObserver(() => this.#resize());
    this.watch.observe(container);
    this.#resize();
  }

  destroy() {
    this.watch.disconnect();
    this.stage.destroy();
  }

  /** @param {import("../picture/decode.js").Decoded | null} picture A size as before leaves the camera as it is. */
  setPicture(picture) {
    const same = picture && this.picture?.width === picture.width && this.picture?.height === picture.height;
    this.picture = picture;
    this.mask.size = this.others.size = this.kept.size = this.pick.size = picture ?? { width: 1, height: 1 };
    if (picture && !same) this.fit();
    else this.#show();
  }

  /** A shape that is not finished, on the layer where it will be. @param {import("../types.js").Shape | null} shape */
  setDraft(shape) {
    this.mask.setDraft(shape?.role === "keep" ? null : shape);
    this.kept.setDraft(shape?.role === "keep" ? shape : null);
  }

  /** @returns {{x: number, y: number}} pixels of the picture, of a place in the window */
  at(clientX, clientY) {
    const box = this.container.getBoundingClientRect();
    return cameras.toPicture(this.camera, clientX - box.left, clientY - box.top);
  }

  fit() {
    this.fitted = true;
    if (this.picture) this.#move(cameras.fit(this.stage.size(), this.picture), true);
  }

  /** One pixel of the picture on one of the screen. */
  actualSize() {
    const { width, height } = this.stage.size();
    this.zoom(1 / (this.camera.scale * (window.devicePixelRatio || 1)), width / 2, height / 2);
  }

  /** @param {number} factor @param {number} [x] Of the view; its middle when absent. @param {number} [y] */
  zoom(factor, x = this.stage.width() / 2, y = this.stage.height() / 2) {
    if (this.picture) this.#move(cameras.zoomAt(this.camera, x, y, factor, this.picture));
  }

  zoomIn = () => this.zoom(STEP);
  zoomOut = () => this.zoom(1 / STEP);

  pan(dx, dy) {
    this.#move({ ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy });
  }

  #move(camera, fitted = false) {
    this.fitted = fitted;
    this.camera = this.picture ? cameras.kept(camera, this.stage.size(), this.picture) : camera;
    this.#show();
    for (const listener of this.moved) listener();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.container;
    if (width === 0 || height === 0) return;
    this.stage.size({ width, height });
    if (this.fitted) this.fit();
    else this.#move(this.camera);
  }

  #show() {
    this.pictureLayer.show(this.picture, this.camera);
    for (const layer of [this.mask, this.others, this.kept, this.pick]) layer.show({ camera: this.camera });
  }
}
