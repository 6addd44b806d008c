/** A mask for each of many pictures: those that fit no name are listed before anything runs. */

import { masksAmong, offeredByAll, pairsOf } from "../batch/masks.js";
import { t } from "../i18n/i18n.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/** Whether each picture has its mask, and it is known what is painted in them. @param {import("../types.js").Batch} batch */
export function masksReady({ items, masks, plan }) {
  const { without, unclear } = pairsOf(items, masks);
  const offered = offeredByAll(masks);
  const known = offered.length === 1 || (offered.length > 1 && offered.includes(plan.means));
  return without.length + unclear.length === 0 && masks.every((mask) => mask.offered.length > 0) && known;
}

/** @param {{state: import("../types.js").State, actions: any}} props */
export function BatchMasks({ state, actions }) {
  const { items, masks, plan } = state.batch;
  const { of, without, unclear, unused } = pairsOf(items, masks);
  const among = masksAmong(items);
  const offered = offeredByAll(masks);
  const unreadable = masks.filter((mask) => mask.offered.length === 0);
  return html`
    <div class="batch-masks">
      <p><small>${t("batch.masks.names")}</small></p>
      <div class="batch-row">
        <${Button} icon="plus" label=${t("batch.masks.files")} text kind="is-outlined" onClick=${() => actions.pickMasks(false)} />
        <${Button} icon="open" label=${t("batch.masks.folder")} text kind="is-outlined" onClick=${() => actions.pickMasks(true)} />
        ${among.length > 0 && html`
          <${Button} icon="variants" label=${t("batch.masks.take", { count: among.length })} text kind="is-outlined"
            onClick=${() => actions.batch((many) => many.takeMasks())} />`}
        ${masks.length > 0 && html`
          <${Button} icon="clear" label=${t("batch.masks.clear")} text onClick=${() => actions.batch((many) => many.clearMasks())} />`}
      </div>
      <p role="status">${t("batch.masks.found", { found: of.size, all: items.length })}</p>
      ${masks.length > 0 && html`
        <${Named} text="batch.masks.without" files=${without} />
        <${Named} text="batch.masks.unclear" files=${unclear} />
        <${Named} text="batch.masks.unused" files=${unused} />
        <${Named} text="batch.masks.unreadable" files=${unreadable} />`}
      ${offered.length > 1 && html`
        <label>${t("batch.masks.means")}
          <select value=${plan.means ?? ""} onChange=${(event) => actions.plan({ means: event.target.value })}>
            <option value="" disabled>${t("batch.masks.choose")}</option>
            ${offered.map((one) => html`<option key=${one} value=${one}>${t(`import.${one}`)}</option>`)}</select></label>`}
    </div>`;
}

const Named = ({ text, files }) => files.length > 0 && html`
  <details class="batch-named" open=${files.length <= 5}><summary>${t(text, { count: files.length })}</summary>
    <ul>${files.map(({ id, name }) => html`<li key=${id}>${name}</li>`)}</ul></details>`;
