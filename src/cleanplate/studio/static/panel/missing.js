/** What this server lacks, with the command that brings it, and a second look when that was done. */

import { commandsIn } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { html } from "./html.js";

/** @param {{text: string, card: import("../types.js").CatalogueEntry, onAgain: () => void}} props */
export function Missing({ text, card, onAgain }) {
  const commands = commandsIn(card.missing ?? "");
  return html`
    <div class="missing"><p>${text} ${commands.length === 0 && card.missing}</p>
      ${commands.map((command) => html`<code key=${command}>${command}</code>`)}
      <button type="button" class="button is-outlined" onClick=${onAgain}>${t("pick.again")}</button></div>`;
}
