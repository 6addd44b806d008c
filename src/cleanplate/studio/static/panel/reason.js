/** Why something cannot run. */

import { capital } from "./edit_words.js";
import { html } from "./html.js";

/** What to type is set apart to be copied. @param {{text: string | null}} props */
export function Reason({ text }) {
  const parts = capital(text ?? "").split(/(pip install '[^']*'|cleanplate models pull [\w-]+)/);
  return html`<p class="reason">${parts.map((part, at) => (at % 2 ? html`<code>${part}</code>` : part.replace(/^[,;] /, "")))}</p>`;
}
