/** Many pictures: which, what is done to each, how far it is, and all results as a zip. */

import { counted } from "../batch/counted.js";
import { failedForNow } from "../batch/masks.js";
import { t } from "../i18n/i18n.js";
import { cardOf, wantsMask } from "../run/mask_need.js";
import { masked } from "../state/reducer.js";
import { useState } from "../vendor/preact-hooks.js";
import { BatchMasks, masksReady } from "./batch_masks.js";
import { Button } from "./button.js";
import { Dialog } from "./dialog.js";
import { titleOf } from "./edit_words.js";
import { html } from "./html.js";
import { Missing } from "./missing.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function BatchDialog({ state, actions }) {
  const { items, running, elsewhere } = state.batch;
  return html`
    <${Dialog} title=${t("batch.title")} onClose=${() => actions.dialog(null)}>
      ${elsewhere ? html`<p>${t("batch.elsewhere")}</p>` : html`
        <div class="batch">
          ${!running && html`<${Adding} actions=${actions} />`}
          ${items.length === 0 ? html`<p class="quiet">${t("batch.empty")}</p>` : html`
            ${!running && html`<${Plan} state=${state} actions=${actions} />`}
            <${Doing} state=${state} actions=${actions} />
            <${List} items=${items} running=${running} onRemove=${(id) => actions.batch((batch) => batch.remove(id))} />`}
        </div>`}
    </${Dialog}>`;
}

const Adding = ({ actions }) => html`
  <div class="batch-row">
    <${Button} icon="plus" label=${t("batch.files")} text kind="is-outlined" onClick=${() => actions.pickMany(false)} />
    <${Button} icon="open" label=${t("batch.folder")} text kind="is-outlined" onClick=${() => actions.pickMany(true)} />
  </div>`;

function Plan({ state, actions }) {
  const { plan, items, lacks } = state.batch;
  const look = () => actions.batch((batch) => batch.canFind());
  const card = cardOf(state, state.edit);
  const whole = card?.available && !wantsMask(card) && !card.reference;
  const choice = (what, text, disabled = false) => html`
    <label class="switch"><input type="radio" name="what" checked=${plan.what === what} disabled=${disabled}
      onChange=${() => actions.plan({ what })} /><span>${text}</span></label>`;
  return html`
    <fieldset class="batch-plan"><legend>${t("batch.what")}</legend>
      ${choice("text", t("batch.what.text"))}
      ${choice("words", t("batch.what.words"))}
      ${plan.what === "words" && html`
        <input type="text" class="batch-words" maxlength="2000" aria-label=${t("batch.words")} value=${plan.words}
          placeholder=${t("form.find.help")} onInput=${(event) => actions.plan({ words: event.target.value })} onChange=${look} />`}
      ${plan.what === "words" && lacks?.words === plan.words && html`
        <${Missing} text=${t("find.missing")} card=${lacks} onAgain=${() => actions.enter().then(look)} />`}
      ${choice("mask", t("batch.what.mask"))}
      ${plan.what === "mask" && !masked(state) && html`
        <p class="batch-hint"><small>${t("batch.no-mask")}</small>
          <button type="button" class="button is-outlined" onClick=${() => actions.openOfMany(items[0].id)}>
            ${t("batch.mark")}</button></p>`}
      ${choice("masks", t("batch.what.masks"))}
      ${plan.what === "masks" && html`<${BatchMasks} state=${state} actions=${actions} />`}
      ${whole && choice("edit", t("batch.what.edit", { edit: titleOf(state.edit) }))}
    </fieldset>`;
}

function Doing({ state, actions }) {
  const { items, running, plan, lacks } = state.batch;
  const { done, failed, left, all } = counted(items);
  const named = plan.words.trim() !== "" && lacks?.words !== plan.words;
  const [saving, setSaving] = useState(false);
  const ready = { text: true, edit: true, words: named, mask: masked(state), masks: masksReady(state.batch) }[plan.what];
  const save = () => {
    setSaving(true);
    actions.batch((batch) => batch.save()).finally(() => setSaving(false));
  };
  return html`
    <progress max=${all} value=${done + failed} aria-label=${t("progress.label")}></progress>
    <p role="status" class="batch-summary">${t("batch.summary", { done, failed, left })}</p>
    <div class="batch-row">
      ${running ? html`<button type="button" class="button is-outlined" onClick=${() => actions.batch((batch) => batch.stop())}>
          ${t("batch.stop")}</button>`
        : left > 0 && html`<button type="button" class="button is-primary" disabled=${!ready}
          onClick=${actions.startBatch}>${t("batch.start")}</button>`}
      ${!running && ready && failedForNow(state.batch).length > 0 && html`
        <${Button} icon="again" label=${t("batch.retry")} text kind="is-outlined" onClick=${() => actions.batch((batch) => batch.retry())} />`}
      ${done > 0 && html`
        <${Button} icon="save" label=${t("batch.save", { done })} text kind=${left + failed ? "is-outlined" : "is-primary"}
          disabled=${saving} onClick=${save} />`}
      ${!running && html`
        <${Button} icon="clear" label=${t("batch.clear")} text onClick=${() => actions.batch((batch) => batch.clear())} />`}
    </div>
    ${running && html`<p class="quiet">${t("batch.kept")}</p>`}`;
}

const List = ({ items, running, onRemove }) => html`
  <ul class="batch-list" aria-label=${t("batch.list")}>${items.map((item) => html`
    <li key=${item.id} class=${`is-${item.state}`}>
      <span class="batch-name" title=${item.name}>${item.name}</span>
      <span>${t(`batch.${item.state}`, { percent: Math.round(100 * item.progress) })}</span>
      ${!running && html`<${Button} icon="close" label=${t("batch.remove", item)} onClick=${() => onRemove(item.id)} />`}
      ${item.error && html`<small>${item.error}</small>`}
    </li>`)}</ul>`;
