/** The models of the machine that answers: what each is for and under which licence, and pulls with their progress. */

import { noticeOf } from "../api/words.js";
import { has, t } from "../i18n/i18n.js";
import { titleOf } from "../panel/edit_words.js";
import { html } from "../panel/html.js";
import { Reason } from "../panel/reason.js";
import { useEffect, useRef, useState } from "../vendor/preact-hooks.js";
import { modelsHere, pullModel, stopPull } from "./admin_api.js";
import { size, Trouble } from "./parts.js";
import { usePolled } from "./polled.js";

const AGAIN_MS = 8000;
const AT_WORK_MS = 700;

/** In the page's words, where it knows the model. */
const textOf = ({ name, summary }) => (has(`models.${name}`) ? t(`models.${name}`) : summary);
const goesOn = (model) => model.pull !== null && model.pull.ended_at === null;

/** @param {{actions: any}} props */
export function ModelsTab({ actions }) {
  const pause = (found) => (found?.models.some(goesOn) ? AT_WORK_MS : AGAIN_MS);
  const { found, trouble, again } = usePolled(modelsHere, pause);
  return html`
    <${Trouble} text=${trouble} />
    ${found && html`
      <p class="quiet">${t("admin.model.host", { host: found.host })}</p>
      <ul class="admin-list" aria-label=${t("admin.tab.models")}>${found.models.map((model) => html`
        <${ModelLine} key=${model.name} model=${model} changed=${again} can=${actions.enter} />`)}</ul>`}`;
}

/** @param {{model: import("./admin_api.js").Model, changed: () => void, can: () => void}} props */
function ModelLine({ model, changed, can }) {
  const [trouble, setTrouble] = useState("");
  const working = goesOn(model);
  const ended = model.pull?.ended_at ?? null;
  const known = useRef(ended);
  useEffect(() => {
    // What can be done with it is another now
    if (ended !== known.current && model.pull?.state === "succeeded") can();
    known.current = ended;
  }, [ended]);
  const ask = (what) => what(model.name).then(() => setTrouble(""), (error) => setTrouble(noticeOf(error).text)).then(changed);
  const missing = model.place === "not pulled";
  const facts = [
    model.size_bytes > 0 && size(model.size_bytes),
    t("admin.model.licence", { licence: model.licence }),
    model.edits.length > 0 && model.edits.map(titleOf).join(", "),
  ];
  return html`
    <li><div>
        <p><strong>${model.name}</strong> <span class=${`state ${missing ? "is-ill" : "is-well"}`}>
          ${t(`admin.place.${model.place.replaceAll(" ", "-")}`)}</span></p>
        <p>${textOf(model)}</p><p class="quiet">${facts.filter(Boolean).join(" · ")}</p>
        ${!missing && model.missing && html`<${Reason} text=${model.missing} />`}</div>
      ${working && model.pull.state !== "stopping" && html`
        <button type="button" class="button is-outlined" aria-label=${t("admin.model.stop-one", { name: model.name })}
          onClick=${() => ask(stopPull)}>${t("admin.model.stop")}</button>`}
      ${!working && missing && model.pullable && html`
        <button type="button" class="button is-strong" aria-label=${t("admin.model.pull-one", { name: model.name })}
          onClick=${() => ask(pullModel)}>${t("admin.model.pull")}</button>`}
      ${model.pull && html`<${Pull} pull=${model.pull} name=${model.name} />`}
      <${Trouble} text=${trouble} />
    </li>`;
}

/** @param {{pull: import("./admin_api.js").Pull, name: string}} props */
function Pull({ pull, name }) {
  const label = pull.fetching === name ? t(`admin.pull.${pull.state}`) : `${t(`admin.pull.${pull.state}`)}: ${pull.fetching}`;
  if (pull.ended_at !== null) {
    return html`<p class=${pull.error ? "wrong" : "quiet"} role="status">${label}${pull.error && `: ${pull.error}`}</p>`;
  }
  const known = pull.total_bytes > 0;
  return html`
    <div class="admin-pull"><p role="status">${label}</p>
      <progress class=${known ? "" : "is-unknown"} aria-label=${t("admin.model.progress", { name })}
        max=${known ? pull.total_bytes : 1} value=${known ? pull.done_bytes : undefined} />
      ${known && html`<small>${t("admin.model.done", { done: size(pull.done_bytes), total: size(pull.total_bytes) })}</small>`}
    </div>`;
}
