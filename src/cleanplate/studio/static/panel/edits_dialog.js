/** All edits of this server: what each does, and what those need that cannot run here. */

import { t } from "../i18n/i18n.js";
import { Dialog } from "./dialog.js";
import { grouped, textOf, titleOf } from "./edit_words.js";
import { html } from "./html.js";
import { Reason } from "./reason.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function EditsDialog({ state, actions }) {
  return html`
    <${Dialog} title=${t("edits.title")} onClose=${() => actions.dialog(null)}>
      <div class="edits">${grouped(state.catalogue).map(({ name, cards }) => html`
        <section key=${name}><h3>${t(`edits.group.${name}`)}</h3>
          <ul>${cards.map((card) => html`<li key=${card.name}>
            <${EditCard} card=${card} chosen=${card.name === state.edit} onChoose=${actions.chooseEdit} /></li>`)}</ul>
        </section>`)}</div>
    </${Dialog}>`;
}

function EditCard({ card, chosen, onChoose }) {
  const words = html`<strong>${titleOf(card.name)}</strong><span>${textOf(card)}</span>`;
  if (!card.available) {
    return html`
      <details class="edit-card is-missing"><summary>${words}<em>${t("edits.missing")}</em></summary>
        <${Reason} text=${card.missing} /></details>`;
  }
  return html`
    <button type="button" class="edit-card" aria-pressed=${chosen} onClick=${() => onChoose(card.name)}>
      ${words}</button>`;
}
