/** Fills what a closed outline of the mask encloses; turned round it takes away what hangs together. */

import { modeFor } from "./outline.js";

/** @type {import("../types.js").Tool} */
export const bucket = {
  name: "bucket",
  icon: "bucket",
  key: "g",
  ring: false,
  down(at, context) {
    context.fill(at, modeFor(at, context));
  },
  move() {},
  up() {},
  cancel() {},
};
