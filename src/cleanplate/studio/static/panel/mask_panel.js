/** What finds a mask, and what is done with it as a whole. */

import { t } from "../i18n/i18n.js";
import { here } from "../state/history.js";
import { masked } from "../state/reducer.js";
import { useState } from "../vendor/preact-hooks.js";
import { Button } from "./button.js";
import { html } from "./html.js";
import { AddLayer, LayerList } from "./layer_list.js";

const MOST_PX = 512;

/** @param {{state: import("../types.js").State, actions: any}} props */
export function MaskPanel({ state, actions }) {
  return html`
    <section class="mask-panel" aria-label=${t("mask.label")}>
      <${Words} state=${state} actions=${actions} />
      <${LayerList} state=${state} actions=${actions} />
      <details class="options"><summary>${t("mask.label")}</summary>
        <${Grow} state=${state} actions=${actions} />
        <div class="row">
          <${Button} icon="open" label=${t("mask.read")} text kind="is-outlined" disabled=${state.adjusting}
            onClick=${actions.importMask} />
          <${Button} icon="save" label=${t("mask.write")} text kind="is-outlined"
            disabled=${!masked(state) || state.adjusting} onClick=${() => actions.maskWork((work) => work.write())} />
        </div>
        ${(here(state.history).layers ?? []).length < 2 && html`<${AddLayer} actions=${actions} />`}
      </details>
    </section>`;
}

function Words({ state, actions }) {
  const asking = state.pick?.phase === "asking";
  function submit(event) {
    event.preventDefault();
    const words = String(new FormData(event.target).get("words"));
    actions.picker.words(words);
    // The next Enter is about what was found
    actions.view.container.parentElement.focus({ preventScroll: true });
  }
  return html`
    <form class="find" role="search" onSubmit=${submit}>
      <label for="find-words">${t("find.label")}</label>
      <div class="row"><input id="find-words" name="words" type="text" maxlength="2000" autocomplete="off" required
          placeholder=${t("find.example")} />
        <button type="submit" class="button is-outlined" disabled=${asking}>${t("find.go")}</button></div>
      <${Button} icon="text" label=${t("find.text")} text kind="is-wide" disabled=${asking}
        onClick=${() => actions.picker.texts()} />
    </form>`;
}

function Grow({ state, actions }) {
  const [px, setPx] = useState(8);
  const disabled = !masked(state) || state.adjusting;
  const change = (event) => event.target.checkValidity() && setPx(Number(event.target.value));
  return html`
    <div class="row">
      <label class="grow"><span>${t("mask.px")}</span>
        <input type="number" min="1" max=${MOST_PX} step="1" value=${px} onInput=${change} /></label>
      <button type="button" class="button is-outlined" disabled=${disabled}
        onClick=${() => actions.maskWork((work) => work.grow(px))}>${t("mask.grow")}</button>
      <button type="button" class="button is-outlined" disabled=${disabled}
        onClick=${() => actions.maskWork((work) => work.grow(-px))}>${t("mask.shrink")}</button>
    </div>`;
}
