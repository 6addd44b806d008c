/** Asks what of an imported mask is painted, where its pixels do not say it. */

import { t } from "../i18n/i18n.js";
import { Dialog } from "./dialog.js";
import { html } from "./html.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function ImportDialog({ state, actions }) {
  const { file, offered } = state.importing;
  return html`
    <${Dialog} title=${t("import.title")} onClose=${() => actions.maskWork((work) => work.answer(null))}>
      <p>${t("import.text", { name: file.name })}</p>
      <div class="choices">${offered.map((meaning) => html`
        <button key=${meaning} type="button" class="button is-wide" onClick=${() => actions.maskWork((work) => work.answer(meaning))}>
          ${t(`import.${meaning}`)}</button>`)}</div>
    </${Dialog}>`;
}
