/** What the tools share that draw a closed outline. */

const LEAST_AREA = 1;

/** @param {number[]} points @param {import("../types.js").Mode} mode @returns {import("../types.js").PolygonShape} */
export const outline = (points, mode) => ({ kind: "polygon", mode, points });

/** @returns {import("../types.js").Mode} Alt turns it round. */
export const modeFor = (at, context) => (at.alt === (context.mode() === "add") ? "subtract" : "add");

/** Whether an outline holds at least a pixel: a click alone marks nothing. @param {number[]} points */
export function isArea(points) {
  let twice = 0;
  for (let at = 0; at < points.length; at += 2) {
    const next = (at + 2) % points.length;
    twice += points[at] * points[next + 1] - points[next] * points[at + 1];
  }
  return Math.abs(twice) / 2 >= LEAST_AREA;
}

/** Finish a shape, or drop it where it is none. */
export function finish(points, mode, context) {
  context.draft(null);
  if (isArea(points)) context.commit(outline(points, mode));
}

/** The nearest place in a direction of 45°. */
export function snapped(from, to) {
  const step = Math.PI / 4;
  const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / step) * step;
  const far = Math.hypot(to.x - from.x, to.y - from.y);
  return { x: from.x + far * Math.cos(angle), y: from.y + far * Math.sin(angle) };
}
