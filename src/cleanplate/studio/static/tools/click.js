/** A click selects the thing there; Alt or the right button says what is not meant; dragging draws a box round it. */

import { outline } from "./outline.js";
import { rectangle as corners } from "../mask/shapes.js";

const DRAG_PX = 6;

/** @type {import("../types.js").PointerAt | null} */
let from = null;
let boxed = false;

/** @type {import("../types.js").Tool} */
export const click = {
  name: "click",
  icon: "click",
  key: "s",
  ring: false,
  right: true,
  down(at) {
    from = at;
    boxed = false;
  },
  move(at, context) {
    if (from === null || from.alt) return;
    boxed ||= Math.hypot(at.x - from.x, at.y - from.y) * context.scale() > DRAG_PX;
    if (boxed) context.draft(outline(corners(from.x, from.y, at.x, at.y), "add"));
  },
  up(at, context) {
    if (from === null) return;
    const start = from;
    from = null;
    context.draft(null);
    if (boxed) context.picker.box(start.x, start.y, at.x, at.y);
    else context.picker.point(start.x, start.y, start.alt === (context.mode() === "subtract"));
  },
  cancel(context) {
    from = null;
    context.draft(null);
  },
  press(key, context) {
    if (context.picker.now === null) return false;
    if (key === "Enter") return context.picker.join();
    if (key === "Backspace") return context.picker.back();
    context.picker.drop();
    return true;
  },
};
