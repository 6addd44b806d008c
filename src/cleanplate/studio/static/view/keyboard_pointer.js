/**
 * A pointer that is moved by arrow keys while the canvas has the focus: space puts it down and takes it up, so that
 * every tool works without a mouse.
 */

const STEP_PX = 12;
const FAST = 5;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} surface
 * @param {import("./gestures.js").Hands & {place: (x: number, y: number) => void}} hands `place` shows where it is,
 *   in pixels of the view.
 */
export function listenForArrows(surface, hands) {
  let at = null;
  let down = false;

  surface.addEventListener("keydown", (event) => {
    if (!hands.ready() || event.ctrlKey || event.metaKey) return;
    const move = MOVES[event.key];
    if (move) {
      event.preventDefault();
      surface.classList.remove("by-pointer");
      const step = STEP_PX * (event.shiftKey ? FAST : 1);
      at ??= { x: surface.clientWidth / 2, y: surface.clientHeight / 2 };
      at.x = Math.min(Math.max(at.x + move[0] * step, 0), surface.clientWidth);
      at.y = Math.min(Math.max(at.y + move[1] * step, 0), surface.clientHeight);
      hands.place(at.x, at.y);
      hands.move(where(event));
    } else if (event.code === "Space" && !event.repeat && at !== null) {
      event.preventDefault();
      down = !down;
      (down ? hands.down : hands.up)(where(event));
    } else if (event.key === "Escape") down = false;
  });
  surface.addEventListener("pointermove", () => (at = null));
  surface.addEventListener("blur", () => {
    if (down) hands.cancel();
    down = false;
  });

  function where(event) {
    const box = surface.getBoundingClientRect();
    const { x, y } = hands.view.at(box.left + at.x, box.top + at.y);
    // Shift makes the steps wide here, and Alt is the way to other menus: neither means what it means to a mouse
    return { x, y, shift: false, alt: event.altKey };
  }
}
