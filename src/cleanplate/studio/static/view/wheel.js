/**
 * What a turn of the wheel means. Browsers tell a pinch on a trackpad as a wheel with Ctrl, which nobody holds; two
 * fingers that slide are a wheel too, in steps that no mouse makes.
 */

const NOTCH = 120;
const ZOOM_SPEED = 0.0015;
const PINCH_SPEED = 0.01;
const LINE_PX = 16;

/**
 * @param {WheelEvent} event
 * @param {boolean} controlHeld Whether the key itself is held.
 * @returns {{kind: "zoom", factor: number} | {kind: "pan", dx: number, dy: number} | {kind: "size", steps: number}}
 */
export function meaningOf(event, controlHeld) {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  if (event.ctrlKey && controlHeld) return { kind: "size", steps: -Math.sign(dy || dx) };
  if (event.ctrlKey || event.metaKey) return { kind: "zoom", factor: Math.exp(-dy * PINCH_SPEED) };
  if (isMouse(event)) return { kind: "zoom", factor: Math.exp(-dy * ZOOM_SPEED) };
  return { kind: "pan", dx: -dx, dy: -dy };
}

/** @param {WheelEvent & {wheelDeltaY?: number}} event */
function isMouse(event) {
  if (event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return true;
  if (event.deltaX !== 0 || event.shiftKey) return false;
  return event.wheelDeltaY === undefined ? Math.abs(event.deltaY) >= NOTCH / 2 : event.wheelDeltaY % NOTCH === 0;
}
