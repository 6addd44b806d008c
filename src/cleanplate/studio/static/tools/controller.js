/** Gives the pointer to the tool that is chosen, and what the tool makes to the store and the canvas. */

import { Hover } from "../select/hover.js";
import { masked } from "../state/reducer.js";
import { BrushRing } from "../view/brush_ring.js";
import { listenForGestures } from "../view/gestures.js";
import { listenForArrows } from "../view/keyboard_pointer.js";
import { toolOf } from "./tools.js";

/** @typedef {import("../types.js").ToolContext} ToolContext */

/**
 * @param {{store: any, view: import("../view/view.js").View, picker: import("../select/picker.js").Picker,
 *          fill: ToolContext["fill"], onStroke: () => void}} parts
 * @param {HTMLElement} surface
 */
export function controlTools({ store, view, picker, fill, onStroke }, surface) {
  const ring = new BrushRing(surface);
  const hover = new Hover({ store, view });
  let drawing = false;
  const tool = () => toolOf(store.get().tool);

  /** @type {ToolContext} */
  const context = {
    size: () => store.get().brushSize,
    scale: () => view.camera.scale,
    mode: () => store.get().mode,
    picker,
    fill,
    draft(shape) {
      drawing = shape !== null;
      view.setDraft(shape);
    },
    commit(shape) {
      drawing = false;
      view.setDraft(null);
      store.dispatch({ type: "shape", shape });
      if (shape.role !== "keep" && masked(store.get())) onStroke();
    },
  };

  const hands = {
    view,
    ready: () => store.get().history !== null && !store.get().comparing,
    down: (at) => tool().down(at, context),
    move: (at) => tool().move(at, context),
    up: (at) => tool().up(at, context),
    cancel: () => tool().cancel(context),
    right: () => tool().right ?? false,
    hover(event) {
      if (event) ring.at(event.clientX, event.clientY);
      else ring.hide();
      // Fingers rest nowhere without touching
      const rests = event && event.pointerType !== "touch" && event.buttons === 0;
      hover.move(rests ? view.at(event.clientX, event.clientY) : null);
    },
    size: (factor) => store.dispatch({ type: "brush", size: store.get().brushSize * factor }),
    place(x, y) {
      const box = surface.getBoundingClientRect();
      ring.at(box.left + x, box.top + y, true);
    },
  };
  listenForGestures(surface, hands);
  listenForArrows(surface, hands);

  const shape = () => ring.shape(tool().ring ? store.get().brushSize * view.camera.scale : 0);
  view.moved.add(shape);
  store.subscribe((now, before) => {
    if (now.tool !== before.tool) {
      toolOf(before.tool).cancel(context);
      // What is seen to be selected is not lost by going on with another tool
      if (before.pick !== null) picker.join();
    }
    if (now.tool !== before.tool || now.brushSize !== before.brushSize) shape();
  });
  shape();

  return {
    /** @param {"Enter" | "Escape" | "Backspace"} key @returns {boolean} whether the tool has used it */
    press: (key) => tool().press?.(key, context) ?? false,
    /** @returns {boolean} whether there was something unfinished */
    cancel() {
      const was = drawing;
      hands.cancel();
      return was;
    },
  };
}
