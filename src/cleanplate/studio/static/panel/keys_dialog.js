/** All keys, out of the table that binds them. */

import { has, t } from "../i18n/i18n.js";
import { KEYS } from "../keys/table.js";
import { Dialog } from "./dialog.js";
import { html } from "./html.js";

/** @param {{actions: any}} props */
export function KeysDialog({ actions }) {
  return html`
    <${Dialog} title=${t("keys.title")} onClose=${() => actions.dialog(null)}>
      <div class="keys">${["paint", "view", "edit"].map((group) => html`
        <section key=${group}><h3>${t(`keys.group.${group}`)}</h3>
          <dl>${KEYS.filter((row) => row.group === group).map((row) => html`
            <div key=${row.label + row.shown}><dt>${t(row.label)}</dt>
              <dd>${row.shown.map((key) => html`<kbd key=${key}>${has(key) ? t(key) : key}</kbd>`)}</dd></div>`)}</dl>
        </section>`)}</div>
    </${Dialog}>`;
}
