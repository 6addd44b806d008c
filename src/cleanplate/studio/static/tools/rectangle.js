/** A rectangle between two corners; Shift makes it a square. */

import { rectangle as corners } from "../mask/shapes.js";
import { finish, modeFor, outline } from "./outline.js";

let from = null;
let mode = /** @type {import("../types.js").Mode} */ ("add");

/** @type {import("../types.js").Tool} */
export const rectangle = {
  name: "rectangle",
  icon: "rectangle",
  key: "r",
  ring: false,
  down(at, context) {
    from = at;
    mode = modeFor(at, context);
  },
  move(at, context) {
    if (from !== null) context.draft(outline(between(at), mode));
  },
  up(at, context) {
    if (from === null) return;
    const points = between(at);
    from = null;
    finish(points, mode, context);
  },
  cancel(context) {
    from = null;
    context.draft(null);
  },
};

function between(at) {
  let [dx, dy] = [at.x - from.x, at.y - from.y];
  if (at.shift) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [Math.sign(dx) * side, Math.sign(dy) * side];
  }
  return corners(from.x, from.y, from.x + dx, from.y + dy);
}
