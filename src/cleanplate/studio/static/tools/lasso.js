/** A free outline, closed by a straight line when the pointer is let go. */

import { finish, modeFor, outline } from "./outline.js";

/** @type {number[] | null} */
let points = null;
let mode = /** @type {import("../types.js").Mode} */ ("add");

/** @type {import("../types.js").Tool} */
export const lasso = {
  name: "lasso",
  icon: "lasso",
  key: "l",
  ring: false,
  down(at, context) {
    mode = modeFor(at, context);
    points = [at.x, at.y];
  },
  move(at, context) {
    if (points === null) return;
    points.push(at.x, at.y);
    context.draft(outline([...points], mode));
  },
  up(at, context) {
    if (points === null) return;
    const drawn = points;
    points = null;
    finish(drawn, mode, context);
  },
  cancel(context) {
    points = null;
    context.draft(null);
  },
};
