/** A button that copies a text, and says whether it could. */

import { t } from "../i18n/i18n.js";
import { useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

const SAID_MS = 2000;

/** @param {{text: string}} props */
export function CopyButton({ text }) {
  const [said, say] = useState("code.copy");
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    say(done ? "code.copied" : "code.cannot-copy");
    setTimeout(() => say("code.copy"), SAID_MS);
  };
  return html`
    <button type="button" class="button is-strong" onClick=${copy}><span aria-live="polite">${t(said)}</span></button>`;
}
