/** The tools, the size of the brush, and what is done with the mask as a whole. */

import { t } from "../i18n/i18n.js";
import { OVERLAYS } from "../picture/overlay_colour.js";
import { marked } from "../state/reducer.js";
import { TOOLS, toolOf } from "../tools/tools.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/** What adding and taking away is called, by tool; null: it has no modes. */
const MODES = { brush: null, eraser: null, click: "points", keep: "keep" };

/** @param {{state: import("../types.js").State, actions: any}} props */
export function Toolbar({ state, actions }) {
  return html`
    <div class="toolbar" role="toolbar" aria-label=${t("tools.label")} aria-orientation="vertical">
      ${TOOLS.map((tool) => html`
        <${Button} key=${tool.name} icon=${tool.icon} label=${t(`tool.${tool.name}`)} keys=${tool.key.toUpperCase()}
          pressed=${state.tool === tool.name} onClick=${() => actions.chooseTool(tool.name)} />`)}
      <hr />
      ${toolOf(state.tool).ring && html`<${BrushSize} state=${state} actions=${actions} />`}
      ${MODES[state.tool] !== null && html`
        <${OutlineMode} state=${state} actions=${actions} words=${MODES[state.tool] ?? "mode"} />`}
      <hr />
      <${Button} icon="invert" label=${t("tools.invert")} keys="I" onClick=${actions.invert} />
      <${Button} icon="clear" label=${t("tools.clear")} keys="Del" disabled=${!marked(state)} onClick=${actions.clear} />
      <hr />
      <div class="swatches" role="radiogroup" aria-label=${t("tools.overlay")}>
        ${OVERLAYS.map(({ name, css }) => html`
          <label key=${name} title=${t("tools.overlay.choose", { colour: t(`colour.${name}`) })}>
            <input type="radio" name="overlay" checked=${state.overlay === css}
              aria-label=${t("tools.overlay.choose", { colour: t(`colour.${name}`) })}
              onChange=${() => actions.set("overlay", { overlay: css })} />
            <span class=${`swatch is-${name}`}></span></label>`)}
      </div>
    </div>`;
}

/** Each step of the slider is the same share: from a hair to half the picture on one hand's width. */
function BrushSize({ state, actions }) {
  const most = Math.max(state.doc.width, state.doc.height) / 2;
  const place = Math.round((100 * Math.log(state.brushSize)) / Math.log(most));
  const size = Math.round(state.brushSize);
  return html`
    <label class="brush-size" title=${`${t("tools.size")} ([ ])`}>
      <input type="range" min="0" max="100" value=${place} aria-label=${t("tools.size")} aria-orientation="vertical"
        aria-valuetext=${t("tools.size.value", { size })}
        onInput=${(event) => actions.set("brush", { size: most ** (Number(event.target.value) / 100) })} />
      <output>${size}</output>
    </label>`;
}

/** For fingers, that have no Alt. */
function OutlineMode({ state, actions, words }) {
  return html`
    <div role="group" class="outline-mode" aria-label=${t(`tools.${words}`)}>
      ${[["add", "plus"], ["subtract", "minus"]].map(([mode, icon]) => html`
        <${Button} key=${mode} icon=${icon} label=${t(`tools.${words}.${mode}`)} pressed=${state.mode === mode}
          onClick=${() => actions.set("mode", { mode })} />`)}
    </div>`;
}
