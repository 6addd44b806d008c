/** Lines to copy into a program, with the address of this server and the key that this page has. */

import { addressOf } from "../api/client.js";
import { apiKey, endOf } from "../api/session.js";
import { locale, t } from "../i18n/i18n.js";
import { useState } from "../vendor/preact-hooks.js";
import { CopyButton } from "./copy_button.js";
import { samples } from "./code_samples.js";
import { html } from "./html.js";
import { Tabs } from "./tabs.js";

const LANGUAGES = /** @type {const} */ ([["curl", "curl"], ["python", "Python"], ["node", "Node"]]);

export function CodePanel() {
  const key = apiKey() ?? "YOUR-KEY";
  const base = addressOf("").replace(/\/$/, "");
  const all = samples(base, key);
  const [api, setApi] = useState("Cleanplate");
  const [kind, setKind] = useState(LANGUAGES[0][0]);
  const end = endOf(key);
  return html`
    <div class="code">
      <p class="quiet">${t("code.text")}</p>
      <div class="code-choice">
        <label for="code-api">${t("code.api")}</label>
        <select id="code-api" value=${api} onChange=${(event) => setApi(event.target.value)}>
          ${Object.keys(all).map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>
        <${Tabs} label=${t("code.language")} names=${LANGUAGES} at=${kind} choose=${setKind} />
      </div>
      <pre tabindex="0" role="region" aria-label=${t("code.lines")}><code>${all[api][kind]}</code></pre>
      <div class="code-foot">
        <p class="quiet">${end === null
          ? t("code.key") : t("code.key-ends", { day: new Date(end).toLocaleDateString(locale()) })}</p>
        <${CopyButton} key=${api + kind} text=${all[api][kind]} />
      </div>
      <p class="quiet"><a href=${`${base}/docs`} target="_blank" rel="noreferrer">${t("code.docs")}</a></p>
    </div>`;
}
