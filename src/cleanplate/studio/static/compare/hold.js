/**
 * Tab held shows the original; Tab tapped moves the focus, as everywhere. Which of the two it is shows after a
 * moment: then the focus goes back to where it was.
 */

const HELD_MS = 180;

/** @param {(on: boolean) => void} peek @param {() => boolean} possible @returns {{forget: () => void}} */
export function holdToPeek(peek, possible) {
  let timer = 0;
  let peeking = false;
  /** @type {Element | null} */
  let focused = null;

  window.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey || event.altKey || event.ctrlKey || !possible()) return;
    if (event.repeat || peeking) return void event.preventDefault();
    focused = document.activeElement;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      peeking = true;
      if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
      peek(true);
    }, HELD_MS);
  }, true);
  window.addEventListener("keyup", (event) => event.key === "Tab" && forget(), true);

  function forget() {
    clearTimeout(timer);
    if (peeking) peek(false);
    peeking = false;
  }
  return { forget };
}
