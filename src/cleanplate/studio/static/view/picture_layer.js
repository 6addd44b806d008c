/** The layer of the picture: what of it is in sight, from the bitmap that is just fine enough. */

import { Sheet } from "./sheet.js";

const PIXELS_SEEN_FROM = 4;
const SQUARE = 8;

export class PictureLayer {
  constructor() {
    this.layer = new Sheet((context) => this.#draw(context));
    /** @type {import("../picture/decode.js").Decoded | null} */
    this.picture = null;
    this.camera = { x: 0, y: 0, scale: 1 };
  }

  /** @param {import("../picture/decode.js").Decoded | null} picture */
  show(picture, camera) {
    this.picture = picture;
    this.camera = camera;
    this.layer.redraw();
  }

  /** @param {CanvasRenderingContext2D} context */
  #draw(context) {
    if (this.picture === null) return;
    const { width, height, levels } = this.picture;
    const { x, y, scale } = this.camera;
    const { ratio } = this.layer;
    const level = Math.min(Math.max(Math.floor(-Math.log2(scale * ratio)), 0), levels.length - 1);
    const bitmap = levels[level];
    const view = this.layer.size;
    const left = Math.max(0, -x / scale);
    const top = Math.max(0, -y / scale);
    const right = Math.min(width, (view.width - x) / scale);
    const bottom = Math.min(height, (view.height - y) / scale);
    if (right <= left || bottom <= top) return;
    const place = [x + left * scale, y + top * scale, (right - left) * scale, (bottom - top) * scale];
    this.#chequer(context, place);
    const [byX, byY] = [bitmap.width / width, bitmap.height / height];
    context.imageSmoothingEnabled = scale * ratio < PIXELS_SEEN_FROM;
    context.imageSmoothingQuality = "medium";
    context.drawImage(bitmap, left * byX, top * byY, (right - left) * byX, (bottom - top) * byY, ...place);
  }

  /** What is seen through transparent pixels. */
  #chequer(context, place) {
    context.fillStyle = this.pattern ??= chequered(context);
    context.fillRect(...place);
  }
}

function chequered(context) {
  const tile = Object.assign(document.createElement("canvas"), { width: 2 * SQUARE, height: 2 * SQUARE });
  const drawn = tile.getContext("2d");
  drawn.fillStyle = "#ffffff";
  drawn.fillRect(0, 0, 2 * SQUARE, 2 * SQUARE);
  drawn.fillStyle = "#d8dadf";
  drawn.fillRect(0, 0, SQUARE, SQUARE);
  drawn.fillRect(SQUARE, SQUARE, SQUARE, SQUARE);
  return context.createPattern(tile, "repeat");
}
