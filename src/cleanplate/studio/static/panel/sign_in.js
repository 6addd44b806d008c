/** Asks for the key. What was painted waits behind it. */

import { t } from "../i18n/i18n.js";
import { useState } from "../vendor/preact-hooks.js";
import { Dialog } from "./dialog.js";
import { html } from "./html.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function SignIn({ state, actions }) {
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    const entered = await actions.signIn(String(form.get("key")), form.has("stay"));
    setBusy(false);
    setWrong(!entered);
  }
  return html`
    <${Dialog} title=${t("sign-in.title")}>
      <form class="sign-in" onSubmit=${submit}>
        ${state.notices.map((notice) => html`<p key=${notice.id} class="wrong" role="alert">${notice.text}</p>`)}
        <p>${t("sign-in.text")}</p>
        <label for="api-key">${t("sign-in.key")}</label>
        <input id="api-key" name="key" type="password" required autocomplete="current-password" autofocus
          aria-invalid=${wrong} aria-describedby="api-key-wrong" onInput=${() => setWrong(false)} />
        <p id="api-key-wrong" class="wrong" role="alert">${wrong && t("sign-in.wrong")}</p>
        <label class="switch"><input type="checkbox" name="stay" /><span>${t("sign-in.stay")}</span></label>
        <button type="submit" class="button is-primary" disabled=${busy}>${t("sign-in.go")}</button>
        <p class="quiet"><code>${t("sign-in.more")}</code></p>
      </form>
    </${Dialog}>`;
}
