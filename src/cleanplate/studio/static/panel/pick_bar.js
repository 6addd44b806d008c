/** What the selection waits for: over the canvas, while something is selected by clicks or words. */

import { t } from "../i18n/i18n.js";
import { picked } from "../state/reducer.js";
import { Button } from "./button.js";
import { html } from "./html.js";
import { Missing } from "./missing.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function PickBar({ state, actions }) {
  const { pick } = state;
  const card = state.catalogue.find(({ name }) => name === "select");
  if (pick === null && state.tool !== "click") return null;
  return html`
    <div class="pick-bar" role="group" aria-label=${t("tool.click")}>
      ${pick === null && card && !card.available
        ? html`<${Missing} text=${t("pick.missing")} card=${card} onAgain=${actions.enter} />`
        : pick === null ? html`<p>${t("pick.hint")}</p>`
        : html`<${Picked} pick=${pick} state=${state} picker=${actions.picker} />`}
    </div>`;
}

function Picked({ pick, state, picker }) {
  const drop = html`<${Button} icon="close" label=${t("pick.drop")} keys="Esc" onClick=${() => picker.drop()} />`;
  if (pick.phase === "asking") return html`<p class="is-asking" role="status">${t("pick.asking")}</p>${drop}`;
  const known = picked(state);
  return html`
    ${pick.kind === "points" ? html`<${Candidates} pick=${pick} picker=${picker} />` : html`<${Parts} pick=${pick} picker=${picker} />`}
    <${Button} icon="plus" label=${t("pick.add")} keys="Enter" text kind="is-strong" disabled=${!known}
      onClick=${() => picker.join("add")} />
    <${Button} icon="minus" label=${t("pick.subtract")} text disabled=${!known} onClick=${() => picker.join("subtract")} />
    ${drop}`;
}

/** A click on a sleeve may mean the sleeve, the coat or its wearer. */
function Candidates({ pick, picker }) {
  const { candidate: number, candidates: count } = pick;
  if (count < 2) return null;
  return html`
    <${Button} icon="previous" label=${t("pick.previous")} keys="," onClick=${() => picker.step(-1)} />
    <p class="pick-count" role="status" aria-label=${t("pick.candidate", { number, count })}>${number} / ${count}</p>
    <${Button} icon="next" label=${t("pick.next")} keys="." onClick=${() => picker.step(1)} />`;
}

function Parts({ pick, picker }) {
  const on = pick.parts.filter((part) => part.on).length;
  return html`
    <p role="status">${t("pick.parts", { on, count: pick.parts.length })}</p>
    <button type="button" class="button is-outlined" onClick=${() => picker.all()}>
      ${t(on === pick.parts.length ? "pick.none" : "pick.all")}</button>`;
}
