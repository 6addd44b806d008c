/** An outline of straight lines, a click for each corner. Shift holds 45°; Enter, or the first corner, closes it. */

import { finish, modeFor, outline, snapped } from "./outline.js";

const CLOSE_PX = 10;

/** @type {{x: number, y: number}[]} */
let corners = [];
let mode = /** @type {import("../types.js").Mode} */ ("add");

/** @type {import("../types.js").Tool} */
export const polygon = {
  name: "polygon",
  icon: "polygon",
  key: "p",
  ring: false,
  down(at, context) {
    if (corners.length === 0) mode = modeFor(at, context);
    const corner = held(at);
    const near = (one) => Math.hypot(one.x - corner.x, one.y - corner.y) * context.scale() < CLOSE_PX;
    if (corners.length > 2 && (near(corners[0]) || near(corners[corners.length - 1]))) return close(context);
    corners.push(corner);
    show(context, corner);
  },
  move(at, context) {
    if (corners.length > 0) show(context, held(at));
  },
  up() {},
  cancel(context) {
    corners = [];
    context.draft(null);
  },
  press(key, context) {
    if (corners.length === 0) return false;
    if (key === "Enter") close(context);
    else if (key === "Escape") this.cancel(context);
    else {
      corners.pop();
      show(context, corners[corners.length - 1]);
    }
    return true;
  },
};

const held = (at) => (at.shift && corners.length > 0 ? snapped(corners[corners.length - 1], at) : { x: at.x, y: at.y });

function show(context, end) {
  const points = [...corners, end].filter(Boolean).flatMap(({ x, y }) => [x, y]);
  // Two corners are a line so far: it is shown as one
  if (points.length < 6) context.draft({ kind: "path", mode, size: 2 / context.scale(), points });
  else context.draft(outline(points, mode));
}

function close(context) {
  const points = corners.flatMap(({ x, y }) => [x, y]);
  corners = [];
  finish(points, mode, context);
}
