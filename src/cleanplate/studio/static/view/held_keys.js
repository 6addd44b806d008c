/** Which keys are held. A window that loses the focus is told of no key that is let go: then none is held. */

/** @type {Set<string>} */
const held = new Set();

/** @param {string} code As `KeyboardEvent.code`. */
export const isHeld = (code) => held.has(code);

export const controlHeld = () => held.has("ControlLeft") || held.has("ControlRight");

/** @param {() => void} [forgotten] Called when all are let go of at once. */
export function watchKeys(forgotten = () => {}) {
  const forget = () => {
    held.clear();
    forgotten();
  };
  window.addEventListener("keydown", (event) => held.add(event.code), true);
  window.addEventListener("keyup", (event) => held.delete(event.code), true);
  window.addEventListener("blur", forget);
  document.addEventListener("visibilitychange", () => document.hidden && forget());
}
