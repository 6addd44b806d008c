/** Results of one mask beside each other: the one that is clicked stays. */

import { t } from "../i18n/i18n.js";
import { boxOf } from "../run/restore.js";
import { pictureOf } from "../picture/pictures.js";
import { pictures } from "../state/history.js";
import { useEffect, useRef } from "../vendor/preact-hooks.js";
import { Button } from "./button.js";
import { html } from "./html.js";

const LEAST_PX = 160;

/** @param {{state: import("../types.js").State, actions: any}} props */
export function Variants({ state, actions }) {
  const { nodes, at } = state.history;
  const shown = state.variants.map((id) => nodes[id]).filter(Boolean);
  // As the history has them
  const numbers = pictures(state.history).map(({ node }) => node.id);
  const first = useRef(null);
  useEffect(() => first.current?.focus(), []);
  return html`
    <section class="variants" aria-label=${t("variants.label")}>
      <div class="variants-head"><p>${t("variants.text")}</p>
        <${Button} icon="close" label=${t("notice.close")} onClick=${() => actions.pickVariant(null)} /></div>
      <ul class=${`of-${Math.min(shown.length, 4)}`}>${shown.map((node, number) => html`
        <li key=${node.id}>
          <button type="button" ref=${number === 0 ? first : undefined} aria-current=${node.id === at ? "true" : undefined}
            onClick=${() => actions.pickVariant(node.id)}>
            <${Shown} node=${node} doc=${state.doc} />
            <span>${nameOf(node, numbers.indexOf(node.id))}</span></button>
        </li>`)}</ul>
    </section>`;
}

/** What was marked, and about as much round it: there they differ. Without a mask all of it. */
export function Shown({ node, doc }) {
  const url = pictureOf(node.picture)?.url;
  const box = boxOf(node.made?.shapes ?? []);
  if (box === null || !(box[2] > box[0])) return html`<img src=${url} alt="" draggable=${false} />`;
  const size = Math.max(LEAST_PX, 2 * Math.max(box[2] - box[0], box[3] - box[1]));
  const [width, height] = [Math.min(doc.width, size), Math.min(doc.height, size)];
  const left = within((box[0] + box[2] - width) / 2, doc.width - width);
  const top = within((box[1] + box[3] - height) / 2, doc.height - height);
  return html`
    <svg viewBox=${`${left} ${top} ${width} ${height}`} aria-hidden="true"><image href=${url} /></svg>`;
}

const within = (value, most) => Math.min(Math.max(value, 0), most);

function nameOf({ made }, number) {
  const name = t("history.result", { number });
  const engine = made?.recipe?.engine ?? made?.recipe?.model?.name;
  const seed = made?.recipe?.seed ?? made?.parameters.seed;
  return [name, engine, seed === undefined ? "" : t("variants.seed", { seed })].filter(Boolean).join(" · ");
}
