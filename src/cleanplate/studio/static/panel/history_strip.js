/** Every picture there was, the branches too: a click goes there, and nothing is lost by it. */

import { t } from "../i18n/i18n.js";
import { thumbnailOf } from "../picture/thumbnail.js";
import { pictures } from "../state/history.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function HistoryStrip({ state, actions }) {
  const shown = pictures(state.history);
  if (shown.length < 2) return null;
  return html`
    <nav class="history" aria-label=${t("history.label")}>
      <ol>${shown.map(({ node, current, depth }, number) => html`
        <li key=${node.id}>
          <button type="button" class="history-item" aria-current=${current ? "step" : undefined}
            onClick=${() => actions.goTo(node.id)}>
            <${Thumbnail} picture=${node.picture} />
            <span>${number === 0 ? t("history.original") : t("history.result", { number })}</span>
            ${depth > 1 && html`<i aria-hidden="true">${depth}</i>`}
          </button>
        </li>`)}</ol>
    </nav>`;
}

function Thumbnail({ picture }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    let wanted = true;
    thumbnailOf(picture).then((made) => wanted && setUrl(made));
    return () => (wanted = false);
  }, [picture]);
  return url ? html`<img src=${url} alt="" />` : html`<span class="no-picture"></span>`;
}
