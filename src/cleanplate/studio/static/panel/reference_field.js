/** The second picture of an edit that needs one: chosen, dropped on the field, or pasted into it. */

import { t } from "../i18n/i18n.js";
import { pictureOf } from "../picture/pictures.js";
import { html } from "./html.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function ReferenceField({ state, actions }) {
  const found = state.reference && pictureOf(state.reference);
  const take = (event, given) => {
    const file = [...(given?.files ?? [])].find((one) => one.type.startsWith("image/") || one.type === "");
    if (!file) return;
    event.preventDefault();
    // The page opens what is dropped or pasted elsewhere
    event.stopPropagation();
    document.body.classList.remove("is-dragged-over");
    actions.setReference(file);
  };
  return html`
    <div class="reference" onDrop=${(event) => take(event, event.dataTransfer)}
      onPaste=${(event) => take(event, event.clipboardData)}>
      <span id="reference-label">${t("reference.label")}</span>
      <button type="button" class="button is-outlined" aria-labelledby="reference-label reference-text"
        aria-describedby="reference-help" onClick=${actions.pickReference}>
        ${found && html`<img src=${found.url} alt="" />`}
        <span id="reference-text">${found ? found.name : t("reference.choose")}</span></button>
      <small id="reference-help">${t("reference.text")}</small>
    </div>`;
}
