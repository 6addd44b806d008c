/** The layer of what is being selected: striped, so that nobody takes it for the mask, with the clicks as dots. */

import { drawShapes } from "../mask/shapes.js";
import { Sheet } from "./sheet.js";

const STRIPE = 6;
const DOT = 6;
/** Opacity of what a click would select. */
const HOVERED = 0.35;
const NOTHING = { points: [], box: null, parts: [] };

export class PickLayer {
  constructor() {
    this.layer = new Sheet((context) => this.#draw(context));
    this.camera = { x: 0, y: 0, scale: 1 };
    this.size = { width: 1, height: 1 };
    this.colour = "#ff2d78";
    /** @type {any} */
    this.pick = NOTHING;
    /** @type {import("../types.js").BitmapShape | null} */
    this.hovered = null;
  }

  /**
   * @param {{pick?: import("../types.js").Pick | null, hovered?: import("../types.js").BitmapShape | null, camera?: any,
   *          colour?: string}} what Only what is new. `hovered` is what a click would select, at any size of the picture.
   */
  show(what) {
    const before = this.#empty;
    Object.assign(this, what);
    this.pick ??= NOTHING;
    this.layer.empty(this.#empty);
    if (!before || !this.#empty) this.layer.redraw();
  }

  get #empty() {
    return this.pick === NOTHING && this.hovered === null;
  }

  /** @param {CanvasRenderingContext2D} context */
  #draw(context) {
    const { parts, points, box, kind } = this.pick;
    this.#shapes(context, parts.filter((part) => part.on).map((part) => part.shape), this.size);
    this.#stripe(context);
    if (this.hovered !== null) this.#preview(context, this.hovered);
    if (kind !== "points") for (const part of parts) this.#frame(context, part.shape.box, part.on);
    else if (box !== null) this.#frame(context, box, false);
    for (const point of points) this.#dot(context, point);
  }

  /** @param {{width: number, height: number}} of The picture's size in the pixels of the shapes. */
  #shapes(context, shapes, of) {
    const { x, y, scale } = this.camera;
    context.save();
    context.transform((scale * this.size.width) / of.width, 0, 0, (scale * this.size.height) / of.height, x, y);
    context.fillStyle = this.colour;
    drawShapes(context, shapes, of);
    context.restore();
  }

  #preview(context, shape) {
    context.save();
    context.globalAlpha = HOVERED;
    this.#shapes(context, [shape], shape);
    context.restore();
  }

  #stripe(context) {
    const { width, height } = this.layer.size;
    context.save();
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.#stripes(context);
    context.fillRect(0, 0, width, height);
    context.restore();
  }

  #stripes(context) {
    if (this.striped?.colour === this.colour) return this.striped.pattern;
    const tile = Object.assign(document.createElement("canvas"), { width: 2 * STRIPE, height: 2 * STRIPE });
    const drawn = tile.getContext("2d");
    drawn.fillStyle = this.colour;
    drawn.globalAlpha = 0.4;
    drawn.fillRect(0, 0, 2 * STRIPE, 2 * STRIPE);
    drawn.globalAlpha = 0.85;
    drawn.lineWidth = STRIPE / 2;
    drawn.strokeStyle = this.colour;
    for (const shift of [-2 * STRIPE, 0, 2 * STRIPE]) {
      drawn.moveTo(shift - STRIPE, 3 * STRIPE);
      drawn.lineTo(shift + 3 * STRIPE, -STRIPE);
    }
    drawn.stroke();
    this.striped = { colour: this.colour, pattern: context.createPattern(tile, "repeat") };
    return this.striped.pattern;
  }

  #frame(context, [left, top, right, bottom], on) {
    const { x, y, scale } = this.camera;
    const place = [x + left * scale - 3.5, y + top * scale - 3.5, (right - left) * scale + 7, (bottom - top) * scale + 7];
    for (const [width, colour] of [[on ? 4 : 3, "rgb(0 0 0 / 65%)"], [on ? 2.5 : 1.5, on ? this.colour : "#ffffff"]]) {
      context.beginPath();
      context.roundRect(...place, 4);
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  /** White with a plus, dark with a minus. */
  #dot(context, point) {
    const { x, y, scale } = this.camera;
    const [left, top] = [x + (point.x + 0.5) * scale, y + (point.y + 0.5) * scale];
    context.beginPath();
    context.arc(left, top, DOT + 1, 0, 2 * Math.PI);
    context.fillStyle = point.on ? "#ffffff" : "#16161a";
    context.strokeStyle = point.on ? "#16161a" : "#ffffff";
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    context.beginPath();
    context.moveTo(left - 3.5, top);
    context.lineTo(left + 3.5, top);
    if (point.on) {
      context.moveTo(left, top - 3.5);
      context.lineTo(left, top + 3.5);
    }
    context.stroke();
  }
}
