/**
 * The layer of the mask: opaque shapes on a canvas of the view's size, which is shown half transparent, so that
 * strokes over each other do not add up. A line that grows is drawn on without drawing the rest again.
 */

import { drawPath, drawShape, drawShapes } from "../mask/shapes.js";
import { Sheet } from "./sheet.js";

const OPACITY = "0.58";

export class MaskLayer {
  constructor() {
    this.layer = new Sheet((context) => this.#draw(context));
    this.camera = { x: 0, y: 0, scale: 1 };
    this.size = { width: 1, height: 1 };
    this.colour = "#ff2d78";
    /** @type {readonly import("../types.js").Shape[]} */
    this.shapes = [];
    /** @type {import("../types.js").Shape | null} */
    this.draft = null;
    this.drawn = 0;
    this.layer.canvas.style.opacity = OPACITY;
    this.layer.empty(true);
  }

  /** @param {{shapes?: any, camera?: any, size?: any, colour?: string}} what Only what is new. */
  show(what) {
    const before = this.shapes;
    Object.assign(this, what);
    if (before.length + this.shapes.length > 0 || this.draft !== null) this.#redraw();
  }

  /** @param {import("../types.js").Shape | null} shape The same object again where it has only grown. */
  setDraft(shape) {
    if (shape !== null && shape === this.draft && shape.kind === "path") this.#grow(shape);
    else {
      this.draft = shape;
      this.#redraw();
    }
  }

  #redraw() {
    this.layer.empty(this.shapes.length === 0 && this.draft === null);
    this.layer.redraw();
  }

  #grow(shape) {
    this.layer.over((context) => {
      this.#place(context);
      drawPath(context, shape, this.drawn);
    });
    this.drawn = shape.points.length / 2;
  }

  /** @param {CanvasRenderingContext2D} context */
  #draw(context) {
    context.save();
    this.#place(context);
    drawShapes(context, this.shapes, this.size);
    if (this.draft !== null) drawShape(context, this.draft, this.size);
    this.drawn = this.draft?.kind === "path" ? this.draft.points.length / 2 : 0;
    context.restore();
  }

  /** Picture's pixels, within the picture, in the mask's colour. */
  #place(context) {
    const { x, y, scale } = this.camera;
    context.transform(scale, 0, 0, scale, x, y);
    context.beginPath();
    context.rect(0, 0, this.size.width, this.size.height);
    context.clip();
    context.fillStyle = context.strokeStyle = this.colour;
  }
}
