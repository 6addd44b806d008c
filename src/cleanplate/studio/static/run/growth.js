/** How far the server grows a mask of letters. */

const SHARE = 0.004;
const LEAST_PX = 4;

/**
 * What a person paints leaves rims, which the server's own 1 % takes along; strokes of letters were found with their soft
 * edges, and so much would join one line to the next and reach what stands beside them.
 * @param {string} edit @param {readonly import("../types.js").Shape[]} shapes The mask.
 * @param {{width: number, height: number}} size
 * @returns {{dilate_px?: number}}
 */
export function growthOf(edit, shapes, { width, height }) {
  const all = shapes.flatMap((shape) => (shape.kind === "group" ? shape.shapes : [shape]));
  const onlyText = all.some((shape) => shape.kind === "bitmap" && shape.text)
    && all.every((shape) => (shape.kind === "bitmap" && shape.text) || shape.mode === "subtract");
  return edit === "erase" && onlyText
    ? { dilate_px: Math.max(LEAST_PX, Math.round(SHARE * Math.max(width, height))) } : {};
}
