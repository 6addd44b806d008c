/** The place of the canvas. Preact puts it there once, and leaves what is in it alone. */

import { useLayoutEffect, useRef } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

/** @param {{surface: HTMLElement, hidden: boolean}} props */
export function Canvas({ surface, hidden }) {
  const place = useRef(null);
  useLayoutEffect(() => place.current.append(surface), []);
  return html`<div class="canvas-place" ref=${place} hidden=${hidden}></div>`;
}
