/** What a person sees first: where a picture goes, and what happens then. */

import { pictureAddress } from "../api/pictures.js";
import { t } from "../i18n/i18n.js";
import { MOD } from "../keys/table.js";
import { useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function OpenCard({ state, actions }) {
  return html`
    <section class="open-card">
      <div class="open-picture" aria-hidden="true"><${Icon} name="open" /><i></i></div>
      <h2><span class="not-touch">${t("open.title")}</span><span class="for-touch">${t("open.title.touch")}</span></h2>
      <p>${t("open.text")}</p>
      <div class="open-ways">
        <button type="button" class="button is-primary" disabled=${state.opening} onClick=${actions.pick}>
          ${state.opening ? t("open.opening") : t("open.pick")}</button>
        <button type="button" class="button is-outlined for-touch" disabled=${state.opening}
          onClick=${actions.photograph}>${t("open.camera")}</button>
        <button type="button" class="button" disabled=${state.opening} onClick=${() => actions.dialog("batch")}>
          <${Icon} name="stack" /><span>${t("batch.many")}</span></button>
      </div>
      <p class="quiet not-touch">${t("open.or", { paste: `${MOD}+V` })}</p>
      <${Address} state=${state} actions=${actions} />
      <p class="quiet">${t("open.local")}</p>
    </section>`;
}

/** A picture of the internet. */
function Address({ state, actions }) {
  const [wrong, setWrong] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    const url = pictureAddress(String(new FormData(event.target).get("address")));
    setWrong(url === null);
    if (url !== null) actions.openUrl(url);
  };
  return html`
    <form class="open-address" onSubmit=${submit}>
      <label class="unseen" for="open-address">${t("open.address")}</label>
      <input id="open-address" name="address" type="text" inputmode="url" autocomplete="off" spellcheck=${false} required
        placeholder=${t("open.address")} aria-invalid=${wrong} aria-describedby="open-address-wrong"
        onInput=${() => setWrong(false)} />
      <button type="submit" class="button is-outlined" disabled=${state.opening}>${t("open.address.go")}</button>
      <p id="open-address-wrong" class="wrong" role="alert">${wrong && t("open.address.wrong")}</p>
    </form>`;
}
