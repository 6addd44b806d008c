/**
 * Where the picture is seen: `scale` screen pixels for one of its own, its corner at (x, y) of the view. Pure.
 *
 * @typedef {{x: number, y: number, scale: number}} Camera
 * @typedef {{width: number, height: number}} Size
 */

const MOST_SCALE = 32;
const LEAST_SIDE = 48;
const MARGIN = 24;
/** Screen pixels of the picture that stay in sight. */
const KEPT = 64;

/** The whole picture in the middle, not enlarged. @param {Size} view @param {Size} picture @returns {Camera} */
export function fit(view, picture) {
  const wide = Math.max(view.width - 2 * MARGIN, 1) / picture.width;
  const scale = Math.min(wide, Math.max(view.height - 2 * MARGIN, 1) / picture.height, 1);
  return centred(view, picture, scale);
}

/** @returns {Camera} */
export const centred = (view, picture, scale) => ({
  scale,
  // Whole pixels: else an edge of the picture is half one
  x: Math.round((view.width - picture.width * scale) / 2),
  y: Math.round((view.height - picture.height * scale) / 2),
});

/** What is at (x, y) of the view stays there. @returns {Camera} */
export function zoomAt(camera, x, y, factor, picture) {
  const least = Math.min(LEAST_SIDE / Math.max(picture.width, picture.height), 1);
  const scale = Math.min(Math.max(camera.scale * factor, least), MOST_SCALE);
  const by = scale / camera.scale;
  return { scale, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

/** A part of the picture stays in sight. @returns {Camera} */
export function kept(camera, view, picture) {
  const within = (at, size, side) => Math.min(Math.max(at, KEPT - side * camera.scale), size - KEPT);
  return {
    ...camera,
    x: within(camera.x, view.width, picture.width),
    y: within(camera.y, view.height, picture.height),
  };
}

/** @returns {{x: number, y: number}} pixels of the picture */
export const toPicture = (camera, x, y) => ({ x: (x - camera.x) / camera.scale, y: (y - camera.y) / camera.scale });
