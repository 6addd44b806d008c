/** How near the picture is seen. The figure follows the canvas, which no state tells of. */

import { t } from "../i18n/i18n.js";
import { changed } from "../state/reducer.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function ViewBar({ state, actions }) {
  const { view } = actions;
  const [scale, setScale] = useState(view.camera.scale);
  useEffect(() => {
    const moved = () => setScale(view.camera.scale);
    view.moved.add(moved);
    moved();
    return () => view.moved.delete(moved);
  }, []);
  const loupe = html`
    <${Button} icon="loupe" label=${t("view.loupe")} keys="M" pressed=${state.loupe} onClick=${() => actions.loupe()} />`;
  if (state.comparing) return html`<div class="view-bar" role="group" aria-label=${t("view.label")}>${loupe}</div>`;
  const percent = Math.round(100 * scale * (window.devicePixelRatio || 1));
  return html`
    <div class="view-bar" role="group" aria-label=${t("view.label")}>
      ${changed(state) && html`
        <${Button} icon="eye" label=${t("view.erased")} pressed=${state.showErased}
          onClick=${() => actions.set("show-erased", { on: !state.showErased })} />`}
      ${loupe}
      <${Button} icon="minus" label=${t("view.zoom-out")} keys="-" onClick=${view.zoomOut} />
      <button type="button" class="button" title=${`${t("view.actual")} (1)`}
        aria-label=${`${percent} %, ${t("view.actual")}`} aria-keyshortcuts="1"
        onClick=${() => view.actualSize()}><span class="percent">${percent} %</span></button>
      <${Button} icon="plus" label=${t("view.zoom-in")} keys="+" onClick=${view.zoomIn} />
      <${Button} icon="fit" label=${t("view.fit")} keys="0" onClick=${() => view.fit()} />
    </div>`;
}
