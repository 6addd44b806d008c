/**
 * How shapes are drawn: the same on the screen as in the mask that is sent. What is painted is opaque, what is
 * not is clear; the colour is the caller's.
 */

import { drawBitmap } from "./draw_bitmap.js";
import { makeCanvas } from "./make_canvas.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

const OPERATION = { add: "source-over", subtract: "destination-out" };

/**
 * @param {Context} context Its transform takes pixels of the picture to those of the canvas; `fillStyle` and
 *   `strokeStyle` are opaque.
 * @param {readonly Shape[]} shapes
 * @param {{width: number, height: number}} picture
 */
export function drawShapes(context, shapes, picture) {
  for (const shape of shapes) drawShape(context, shape, picture);
}

/** What shall be edited. @param {readonly Shape[]} shapes */
export const maskOf = (shapes) => shapes.filter((shape) => shape.role !== "keep");

/** What must not change. @param {readonly Shape[]} shapes */
export const keptOf = (shapes) => shapes.filter((shape) => shape.role === "keep");

/** @param {Context} context @param {Shape} shape @param {{width: number, height: number}} picture */
export function drawShape(context, shape, picture) {
  if (shape.kind === "group") return drawGroup(context, shape, picture);
  context.save();
  if (shape.kind === "invert") {
    context.globalCompositeOperation = "xor";
    context.fillRect(0, 0, picture.width, picture.height);
  } else {
    context.globalCompositeOperation = OPERATION[shape.mode];
    if (shape.kind === "polygon") fillOutline(context, shape.points);
    else if (shape.kind === "bitmap") drawBitmap(context, shape);
    else drawPath(context, shape, 0);
  }
  context.restore();
}

/** A mask for itself over what is there: what it takes away it takes from its own shapes. */
function drawGroup(context, { shapes, colour }, picture) {
  const { width, height } = context.canvas;
  const canvas = makeCanvas(width, height);
  const own = canvas.getContext("2d");
  own.setTransform(context.getTransform());
  own.fillStyle = own.strokeStyle = colour ?? context.fillStyle;
  drawShapes(own, shapes, picture);
  context.save();
  context.resetTransform();
  context.globalCompositeOperation = "source-over";
  context.drawImage(canvas, 0, 0);
  context.restore();
}

/**
 * A path, or what of it is new: the rest is on the canvas already.
 * @param {Context} context @param {import("../types.js").PathShape} shape @param {number} from Index of a point.
 */
export function drawPath(context, { mode, size, points }, from) {
  const last = points.length / 2 - 1;
  const start = Math.max(0, Math.min(from, last) - 1);
  context.globalCompositeOperation = OPERATION[mode];
  context.lineWidth = size;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(points[2 * start], points[2 * start + 1]);
  // A line without length has its round ends all the same
  for (let at = Math.min(start + 1, last); at <= last; at += 1) context.lineTo(points[2 * at], points[2 * at + 1]);
  context.stroke();
}

/** @param {Context} context @param {number[]} points */
function fillOutline(context, points) {
  context.beginPath();
  for (let at = 0; at < points.length; at += 2) context.lineTo(points[at], points[at + 1]);
  context.closePath();
  context.fill("evenodd");
}

/** The outline of a rectangle between two corners. */
export const rectangle = (x0, y0, x1, y1) => [x0, y0, x1, y0, x1, y1, x0, y1];
