/** Why something cannot run. */

import { t } from "../i18n/i18n.js";
import { capital } from "./edit_words.js";
import { html } from "./html.js";

const TO_TYPE = /pip install (?:'[^']*'|[\w-]+(?: [\w-]+)*)|cleanplate models pull [\w-]+/g;
const GPU = /\bneeds a GPU\b/;

/** What to type on the server, in the page's words; the server's own where nothing is to be typed. @param {{text: string | null}} props */
export function Reason({ text }) {
  const commands = text?.match(TO_TYPE) ?? [];
  if (commands.length === 0) return html`<p class="reason">${capital(text ?? "")}</p>`;
  return html`
    <p class="reason">${t("reason.type")} ${commands.map((command, at) => [at > 0 && t("reason.then"), html`<code>${command}</code>`])}
      ${GPU.test(text) && t("reason.gpu")}</p>`;
}
