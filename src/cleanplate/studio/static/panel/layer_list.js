/** The layers of the mask, once there are two: which one tools work on, which are seen, and what is done with one. */

import { t } from "../i18n/i18n.js";
import { layerColours } from "../picture/overlay_colour.js";
import { here } from "../state/history.js";
import { chosenLayer, MOST_LAYERS } from "../state/layers.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/** @param {import("../types.js").Layer} layer */
const nameOf = (layer) => layer.name || t("layers.name", { number: layer.number });

/** @param {{state: import("../types.js").State, actions: any}} props */
export function LayerList({ state, actions }) {
  const { layers = [] } = here(state.history);
  if (layers.length < 2) return null;
  const chosen = chosenLayer(state);
  const colours = layerColours(layers, state.overlay);
  return html`
    <fieldset class="layers"><legend>${t("layers.label")}</legend>
      <ul>${layers.map((layer, at) => html`
        <li key=${layer.id} class=${layer.hidden ? "is-hidden" : ""}>
          <label title=${t("layers.choose", { name: nameOf(layer) })}>
            <input type="radio" name="layer" checked=${layer.id === chosen.id}
              onChange=${() => actions.set("layer-choose", { id: layer.id })} />
            <i class=${`layer-colour is-${colours[at].name}`} aria-hidden="true"></i><span>${nameOf(layer)}</span></label>
          <${Button} icon="eye" label=${t("layers.show", { name: nameOf(layer) })} pressed=${!layer.hidden}
            onClick=${() => actions.set("layer-hide", { id: layer.id, hidden: !layer.hidden })} /></li>`)}</ul>
      <${Chosen} key=${chosen.id} layer=${chosen} first=${chosen.id === layers[0].id} actions=${actions} />
      ${layers.length < MOST_LAYERS && html`<${AddLayer} actions=${actions} />`}
    </fieldset>`;
}

/** @param {{actions: any}} props */
export const AddLayer = ({ actions }) => html`
  <${Button} icon="plus" label=${t("layers.add")} text kind="is-wide" onClick=${() => actions.set("layer-add")} />`;

function Chosen({ layer, first, actions }) {
  const name = nameOf(layer);
  return html`
    <div class="row"><input type="text" maxlength="60" autocomplete="off" aria-label=${t("layers.rename", { name })}
        placeholder=${t("layers.name", { number: layer.number })} value=${layer.name}
        onChange=${(event) => actions.set("layer-rename", { id: layer.id, name: event.target.value })} />
      <${Button} icon="merge" label=${t("layers.merge", { name })} disabled=${first}
        onClick=${() => actions.set("layer-merge", { id: layer.id })} />
      <${Button} icon="clear" label=${t("layers.delete", { name })}
        onClick=${() => actions.set("layer-delete", { id: layer.id })} /></div>`;
}
