/** One mask by every engine: each with its time, or how far it is, or why there is nothing. What is clicked stays. */

import { t } from "../i18n/i18n.js";
import { useEffect, useRef } from "../vendor/preact-hooks.js";
import { Button } from "./button.js";
import { html } from "./html.js";
import { Shown } from "./variants.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function EnginesView({ state, actions }) {
  const { cells } = state.engines;
  const tiles = cells.flatMap((cell) =>
    (cell.nodes.length === 0 ? [{ cell, id: null }] : cell.nodes.map((id) => ({ cell, id }))));
  const running = state.task !== null;
  const place = useRef(null);
  useEffect(() => place.current?.focus(), []);
  return html`
    <section class="variants engines" aria-label=${t("engines.label")} tabindex="-1" ref=${place}>
      <div class="variants-head"><p role="status">${running ? t("engines.head") : t("variants.text")}</p>
        <${Button} icon="close" label=${running ? t("engines.cancel") : t("notice.close")}
          onClick=${() => (running ? actions.cancel() : actions.pickVariant(null))} /></div>
      <ul class=${`of-${Math.min(tiles.length, 6)}`}>${tiles.map(({ cell, id }) => html`
        <li key=${id ?? cell.name}>${id !== null && state.history.nodes[id]
          ? html`<${Made} cell=${cell} node=${state.history.nodes[id]} state=${state} actions=${actions} />`
          : html`<${Unmade} cell=${cell} share=${state.task?.shares?.[cell.name]} />`}</li>`)}</ul>
    </section>`;
}

function Made({ cell, node, state, actions }) {
  const seed = cell.nodes.length > 1 ? t("variants.seed", { seed: node.made.parameters.seed }) : "";
  const time = cell.ms === null ? "" : t("engines.seconds", { seconds: rounded(cell.ms / 1000) });
  return html`
    <button type="button" aria-current=${node.id === state.history.at ? "true" : undefined}
      onClick=${() => actions.pickVariant(node.id)}>
      <${Shown} node=${node} doc=${state.doc} />
      <span title=${cell.error || undefined}>${[cell.name, time, seed, cell.error].filter(Boolean).join(" · ")}</span>
    </button>`;
}

function Unmade({ cell, share }) {
  return html`
    <div class=${`engine-cell is-${cell.state}`}>
      <strong>${cell.name}</strong>
      <p>${t(`batch.${cell.state}`, { percent: Math.round(100 * (share ?? 0)) })}</p>
      ${cell.state === "running" && html`
        <progress max="1" value=${share ?? 0} aria-label=${`${cell.name}: ${t("progress.label")}`}></progress>`}
      ${cell.error && html`<small>${cell.error}</small>`}
    </div>`;
}

/** One decimal below ten. */
const rounded = (value) => (value < 10 ? Math.max(0.1, Math.round(10 * value) / 10) : Math.round(value));
