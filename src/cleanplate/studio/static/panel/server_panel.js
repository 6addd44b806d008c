/** How the server is, and what this key has asked of it: health, queue, use, and what can run. */

import { reportOfServer } from "../api/server.js";
import { noticeOf } from "../api/words.js";
import { has, locale, t } from "../i18n/i18n.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

const AGAIN_MS = 4000;

/** @param {{state: import("../types.js").State}} props */
export function ServerPanel({ state }) {
  const [report, setReport] = useState(/** @type {import("../api/server.js").ServerReport | null} */ (null));
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let [open, timer] = [true, 0];
    const look = async () => {
      try {
        const found = await reportOfServer();
        if (open) setReport(found), setTrouble("");
      } catch (error) {
        if (open) setTrouble(noticeOf(error).text);
      }
      if (open) timer = window.setTimeout(look, AGAIN_MS);
    };
    look();
    return () => { open = false; clearTimeout(timer); };
  }, []);
  return html`
    <div class="server">
      ${trouble && html`<p class="wrong" role="alert">${trouble}</p>`}
      ${report && html`<${Health} health=${report.health} />
        <section><h3>${t("server.yours")}</h3><dl>
          <${Line} name=${t("server.queued")} value=${report.queue.queued} />
          <${Line} name=${t("server.running")} value=${report.queue.running} />
          <${Line} name=${t("server.images", { days: report.days })} value=${report.usage.images} />
          <${Line} name=${t("server.seconds", { days: report.days })} value=${report.usage.compute_ms / 1000} />
        </dl></section>`}
      <${Abilities} catalogue=${state.catalogue} />
    </div>`;
}

/** @param {{health: Record<string, string>}} props */
export function Health({ health: { status, ...parts } }) {
  return html`
    <section><h3>${t("server.health")} <${Word} word=${status} /></h3><dl>
      ${Object.entries(parts).map(([part, word]) => html`
        <div key=${part}><dt>${has(`server.part.${part}`) ? t(`server.part.${part}`) : part}</dt>
          <dd><${Word} word=${word} /></dd></div>`)}</dl></section>`;
}

const Word = ({ word }) => html`
  <span class=${`state ${word === "ok" ? "is-well" : "is-ill"}`}>${word === "ok" ? t("server.ok") : word}</span>`;

const Line = ({ name, value }) => html`
  <div><dt>${name}</dt><dd>${value.toLocaleString(locale(), { maximumFractionDigits: 1 })}</dd></div>`;

/** What is missing comes with what to type: the server's own words. */
const Abilities = ({ catalogue }) => html`
  <section><h3>${t("server.edits")}</h3><ul>
    ${catalogue.map((card) => html`
      <li key=${card.name}>${card.missing === null ? html`<p><${Ability} card=${card} /></p>` : html`
        <details><summary><${Ability} card=${card} /></summary><p class="quiet">${card.missing}</p></details>`}
      </li>`)}</ul></section>`;

const Ability = ({ card }) => html`
  <code>${card.name}</code>
  <span class=${`state ${card.missing === null ? "is-well" : "is-ill"}`}>
    ${t(card.missing === null ? "server.can" : card.available ? "server.part" : "server.cannot")}</span>`;
