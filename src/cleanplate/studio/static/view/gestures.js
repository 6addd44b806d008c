/**
 * Pointers over the canvas: one paints, two move and zoom, space or the middle button pan, Alt with the right
 * button sizes the brush. A stroke keeps its pointer when it leaves the canvas, and the window.
 */

import { controlHeld, isHeld } from "./held_keys.js";
import { meaningOf } from "./wheel.js";

const MIDDLE = 1;
const RIGHT = 2;
const SIZE_SPEED = 0.01;

/**
 * @typedef {object} Hands What gestures are carried out by.
 * @property {import("./view.js").View} view
 * @property {(at: import("../types.js").PointerAt) => void} down
 * @property {(at: import("../types.js").PointerAt) => void} move
 * @property {(at: import("../types.js").PointerAt) => void} up
 * @property {() => void} cancel
 * @property {(event: PointerEvent | null) => void} hover Where the pointer is; null: not over the canvas.
 * @property {(factor: number) => void} size
 * @property {() => boolean} right Whether the right button is the tool's; else it pans.
 * @property {() => boolean} ready Whether there is a picture to paint on.
 */

/** @param {HTMLElement} surface @param {Hands} hands */
export function listenForGestures(surface, hands) {
  /** @type {Map<number, PointerEvent>} */
  const pointers = new Map();
  /** @type {"paint" | "pan" | "pinch" | "size" | null} */
  let doing = null;

  surface.addEventListener("pointerdown", (event) => {
    if (!hands.ready()) return;
    event.preventDefault();
    // Who clicked knows where they are: the ring round the canvas is for those who came by keys
    surface.classList.add("by-pointer");
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) {
      if (doing === "paint") hands.cancel();
      doing = "pinch";
    } else if (pointers.size === 1) {
      doing = begun(event);
      if (doing === "paint") hands.down(at(event));
    }
  });

  surface.addEventListener("pointermove", (event) => {
    hands.hover(event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) return void (event.pointerType !== "touch" && hands.move(at(event)));
    if (doing === "pinch") pinch(before, event);
    else if (doing === "pan" || (doing === "paint" && isHeld("Space"))) {
      hands.view.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    } else if (doing === "size") hands.size(Math.exp((event.clientX - before.clientX) * SIZE_SPEED));
    else if (doing === "paint") for (const one of finer(event)) hands.move(at(one));
    pointers.set(event.pointerId, event);
  });

  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    surface.addEventListener(name, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      if (doing === "paint") name === "pointerup" ? hands.up(at(event)) : hands.cancel();
      if (pointers.size === 0 || doing !== "pinch") doing = null;
    });
  }
  surface.addEventListener("blur", () => surface.classList.remove("by-pointer"));
  surface.addEventListener("pointerleave", () => hands.hover(null));
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  surface.addEventListener("wheel", (event) => {
    if (!hands.ready()) return;
    event.preventDefault();
    const meant = meaningOf(event, controlHeld());
    const box = surface.getBoundingClientRect();
    if (meant.kind === "zoom") hands.view.zoom(meant.factor, event.clientX - box.left, event.clientY - box.top);
    else if (meant.kind === "pan") hands.view.pan(meant.dx, meant.dy);
    else hands.size(1.1 ** meant.steps);
  }, { passive: false });

  function begun(event) {
    if (event.button === MIDDLE || isHeld("Space")) return "pan";
    if (event.button === RIGHT && !hands.right()) return event.altKey ? "size" : "pan";
    return "paint";
  }

  /** What has changed between two fingers: where their middle is, and how far they are apart. */
  function pinch(before, event) {
    const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other === undefined) return;
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const box = surface.getBoundingClientRect();
    hands.view.pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
    const [x, y] = [(event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top];
    hands.view.zoom(apart(event) / Math.max(apart(before), 1), x, y);
  }

  /** @returns {import("../types.js").PointerAt} */
  function at(event) {
    const { x, y } = hands.view.at(event.clientX, event.clientY);
    return { x, y, shift: event.shiftKey, alt: event.altKey || event.button === RIGHT };
  }
}

/** The places between two frames, where the browser tells them: a quick curve stays one. */
function finer(event) {
  const between = event.getCoalescedEvents?.() ?? [];
  return between.length > 0 ? between : [event];
}
