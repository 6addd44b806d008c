/** What went wrong and what to do, over the canvas, until it is closed. */

import { t } from "../i18n/i18n.js";
import { useEffect } from "../vendor/preact-hooks.js";
import { Button } from "./button.js";
import { html } from "./html.js";

const INFO_MS = 6000;

/** @param {{state: import("../types.js").State, actions: any}} props */
export const Notices = ({ state, actions }) => html`
  <div class="notices" role="region" aria-label=${t("notice.label")} aria-live="polite">
    ${state.notices.map((notice) => html`
      <${Notice} key=${notice.id} notice=${notice} open=${state.history !== null} actions=${actions} />`)}
  </div>`;

/** What is only good to know goes by itself. */
function Notice({ notice, open, actions }) {
  const close = () => actions.dismiss(notice.id);
  useEffect(() => {
    if (notice.kind !== "info") return undefined;
    const timer = setTimeout(close, INFO_MS);
    return () => clearTimeout(timer);
  }, []);
  return html`
    <div class=${`notice is-${notice.kind}`} role=${notice.kind === "error" ? "alert" : undefined}>
      <div><strong>${notice.text}</strong>${notice.help && html`<p>${notice.help}</p>`}</div>
      ${notice.action && open && html`
        <button type="button" class="button is-outlined" onClick=${() => follow(notice, actions)}>
          ${t(`notice.${notice.action}`)}</button>`}
      <${Button} icon="close" label=${t("notice.close")} onClick=${close} />
    </div>`;
}

function follow(notice, actions) {
  actions.dismiss(notice.id);
  if (notice.action === "sign-in") actions.signOut();
  else actions.run();
}
