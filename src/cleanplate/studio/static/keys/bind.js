/** Binds the keys to the window, so that they work wherever the focus is; but typing is typing. */

import { tinykeys } from "../vendor/tinykeys.js";
import { KEYS } from "./table.js";

const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]";
const PRESSED_BY_ENTER = "button, a[href], summary, input, select, textarea, [role=button]";

/** @param {any} actions @param {() => boolean} modal Whether a dialog is open. @returns {() => void} ends it */
export function bindKeys(actions, modal) {
  const rows = KEYS.filter((row) => row.on && row.run);
  const bindings = rows.flatMap((row) => row.on.map((keys) => [keys, (event) => press(event, keys, row)]));
  return tinykeys(window, Object.fromEntries(bindings), { capture: true });

  function press(event, keys, row) {
    if (modal() && keys !== "Escape") return;
    const focused = event.target instanceof Element ? event.target : document.body;
    if (keys !== "Escape" && focused.matches(TYPED)) return;
    if (keys.endsWith("Enter") && focused.matches(PRESSED_BY_ENTER)) return;
    if (keys === "$mod+c" && String(getSelection()) !== "") return;
    if (row.run(actions) === false) return;
    event.preventDefault();
  }
}
