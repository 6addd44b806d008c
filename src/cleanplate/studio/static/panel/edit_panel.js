/** The panel of an edit: which it is, what to do next, the one button for it, and its options. */

import { t } from "../i18n/i18n.js";
import { cardOf, enginesOf, needsMask, wantsMask } from "../run/mask_need.js";
import { wayTo } from "../run/restore.js";
import { canRun } from "../run/run_edit.js";
import { here, siblings } from "../state/history.js";
import { masked, picked } from "../state/reducer.js";
import { Button } from "./button.js";
import { textOf, titleOf } from "./edit_words.js";
import { EditForm, partsOf } from "./form.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Later } from "./later.js";
import { MaskPanel } from "./mask_panel.js";
import { Progress } from "./progress.js";
import { Reason } from "./reason.js";

const MOST_RESULTS = 4;

/** @param {{state: import("../types.js").State, actions: any}} props */
export function EditPanel({ state, actions }) {
  const card = cardOf(state, state.edit);
  const values = state.parameters[state.edit] ?? {};
  const form = card && {
    card, values, onChange: (name, value) => actions.set("parameter", { edit: card.name, name, value }),
  };
  const parts = card && partsOf(card);
  return html`
    <aside class="panel" aria-label=${t("panel.label")}>
      <button type="button" class="edit-chooser" aria-haspopup="dialog" onClick=${() => actions.dialog("edits")}>
        <h2>${titleOf(state.edit)}</h2><span>${t("edits.other")}</span></button>
      <p class="panel-text">${guide(state, card, values)}</p>
      ${card && !card.available && html`<${Reason} text=${card.missing} />`}
      ${card?.reference && html`<${Later} name="ReferenceField" state=${state} actions=${actions} />`}
      ${form && parts.main.length > 0 && html`<${EditForm} ...${form} shown=${parts.main} />`}
      ${state.task ? html`<${Progress} task=${state.task} onCancel=${actions.cancel} />`
        : html`<${Run} state=${state} actions=${actions} />`}
      ${!state.task && html`<${After} state=${state} actions=${actions} />`}
      ${wantsMask(card) && html`
        <label class="switch"><input type="checkbox" role="switch" checked=${state.runAfterStroke}
          onChange=${(event) => actions.set("run-after-stroke", { on: event.target.checked })} />
          <span>${t(state.edit === "erase" ? "panel.after-stroke" : "panel.run-after-stroke")}</span></label>
        <${MaskPanel} state=${state} actions=${actions} />`}
      ${form && html`
        <details class="options"><summary>${t("panel.options")}</summary>
          ${card.available && card.missing && html`<${Reason} text=${card.missing} />`}
          <${Results} state=${state} actions=${actions} />
          ${!state.task && card.available && masked(state) && html`<${AllOf} card=${card} actions=${actions} />`}
          <${EditForm} ...${form} shown=${parts.folded} />
          ${parts.rest.length > 0 && html`
            <details class="options"><summary>${t("panel.advanced")}</summary>
              <${EditForm} ...${form} shown=${parts.rest} /></details>`}
        </details>`}
    </aside>`;
}

function guide(state, card, values) {
  if (state.edit === "erase") return t(masked(state) || picked(state) || !needsMask(card, values) ? "panel.ready" : "panel.empty");
  const does = card ? textOf(card) : "";
  if (!wantsMask(card)) return does;
  return `${does} ${masked(state) ? "" : t(needsMask(card, values) ? "panel.mark" : "panel.may-mark")}`;
}

function Run({ state, actions }) {
  const card = cardOf(state, state.edit);
  return html`
    <button type="button" class="button is-primary is-run" aria-keyshortcuts="Enter" disabled=${!canRun(state) && !(picked(state) && card?.available && !state.task)}
      onClick=${actions.run}>${titleOf(state.edit)}<kbd aria-hidden="true">Enter</kbd></button>`;
}

/** What can be done with a result: bring a part back, make it again, look at those that there are. */
function After({ state, actions }) {
  const { made: how } = here(state.history);
  // Made again is what the chosen edit has made: another one is another result
  const made = how?.edit === state.edit ? how : undefined;
  if (masked(state)) {
    if (wayTo(state.history).steps.length === 0) return "";
    return html`
      <${Button} icon="restore" label=${t("panel.restore")} keys="Shift+Enter" text kind="is-wide"
        onClick=${actions.restore} />`;
  }
  const card = made && !made.steps ? cardOf(state, made.edit) : undefined;
  const engines = card?.choices?.engine ?? [];
  return html`
    ${made && !made.steps && html`
      <${Button} icon="again" label=${t("panel.again")} text kind="is-wide" onClick=${() => actions.again()} />`}
    ${engines.length > 1 && html`
      <select class="is-wide" aria-label=${t("panel.again-with")} value=""
        onChange=${(event) => actions.again({ engine: event.target.value })}>
        <option value="" disabled>${t("panel.again-with")}</option>
        ${engines.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>`}
    <${AllOf} card=${card} actions=${actions} />
    ${siblings(state.history).length > 1 && html`
      <${Button} icon="variants" label=${t("panel.side-by-side")} text kind="is-wide"
        onClick=${actions.sideBySide} />`}`;
}

/** By every engine, where there is more than one. */
function AllOf({ card, actions, disabled = false }) {
  const { names } = enginesOf(card);
  return names.length > 1 && html`
    <${Button} icon="variants" label=${t("engines.try", { count: names.length })} text kind="is-wide" disabled=${disabled}
      onClick=${actions.tryEngines} />`;
}

/** How many. */
function Results({ state, actions }) {
  const counts = Array.from({ length: MOST_RESULTS }, (_, at) => at + 1);
  return html`
    <div class="form is-row">
      <div class="field"><label for="form-count">${t("panel.count")}</label>
        <select id="form-count" value=${state.count}
          onChange=${(event) => actions.set("count", { count: Number(event.target.value) })}>
          ${counts.map((count) => html`<option key=${count} value=${count}>${count}</option>`)}</select></div>
    </div>`;
}
