/** How far an edit is, in a bar and in words, and the way out of it. */

import { t } from "../i18n/i18n.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

const LEAST_MS = 1000;

/** @param {{task: import("../types.js").Task, onCancel: () => void}} props */
export function Progress({ task, onCancel }) {
  const percent = Math.round(100 * task.progress);
  const known = task.phase === "running" && task.progress > 0;
  return html`
    <div class="progress">
      <p role="status"><span>${said(task)}</span>${detail(task)}</p>
      <progress class=${known ? "" : "is-unknown"} max="100" value=${known ? percent : undefined}
        aria-label=${t("progress.label")}></progress>
      <button type="button" class="button is-wide" onClick=${onCancel}>${t("progress.cancel")}</button>
    </div>`;
}

function said({ phase, lost, work, step }) {
  if (lost) return t("progress.lost");
  const { steps, made } = work;
  const edit = made?.edit ?? steps[step]?.edit;
  const text = t(phase === "running" && edit !== "erase" ? "progress.working" : `progress.${phase}`);
  return steps.length > 1 ? `${text} (${step + 1}/${steps.length})` : text;
}

function detail({ phase, position, etaMs, id, step }) {
  if (phase === "queued" && position > 0) return html`<small>${t("progress.queued.position", { position })}</small>`;
  if (phase !== "running" || !etaMs) return "";
  return html`<${Left} key=${`${id} ${step}`} etaMs=${etaMs} />`;
}

/** It is judged by what other pictures took: what lasts longer than was said at first had a wrong one, and has none. */
function Left({ etaMs }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), Math.max(LEAST_MS, etaMs));
    return () => clearTimeout(timer);
  }, []);
  return !over && html`<small>${t("progress.eta", { seconds: Math.max(1, Math.round(etaMs / 1000)) })}</small>`;
}
