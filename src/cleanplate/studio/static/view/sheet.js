/** A layer of the Konva stage that draws for itself: pictures in levels, and shapes that take away, are no nodes of Konva's. */

import { Konva } from "./konva.js";

export class Sheet {
  /** @param {(context: CanvasRenderingContext2D) => void} draw In pixels of the view, on a clear ground. */
  constructor(draw) {
    this.node = new Konva.Layer({ listening: false });
    this.node.add(new Konva.Shape({ listening: false, sceneFunc: (context) => draw(context._context) }));
  }

  get canvas() {
    return this.node.getNativeCanvasElement();
  }

  /** @returns {{width: number, height: number}} of the view */
  get size() {
    return this.node.getStage().size();
  }

  /** Pixels of the screen in one of the view. */
  get ratio() {
    return this.node.getCanvas().getPixelRatio();
  }

  /** Draw it in the next frame. */
  redraw() {
    this.node.batchDraw();
  }

  /** Draw on what is there. @param {(context: CanvasRenderingContext2D) => void} draw */
  over(draw) {
    const context = this.canvas.getContext("2d");
    context.save();
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    draw(context);
    context.restore();
  }

  /** One with nothing on it is not put together with the others. @param {boolean} is */
  empty(is) {
    this.node.visible(!is);
  }

  /** @param {boolean} is */
  visible(is) {
    this.canvas.style.visibility = is ? "" : "hidden";
  }
}
