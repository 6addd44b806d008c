/** The whole interface: what is where. Each part is a function of the state; what it does is in `actions`. */

import { t } from "../i18n/i18n.js";
import { here } from "../state/history.js";
import { Canvas } from "./canvas.js";
import { EditPanel } from "./edit_panel.js";
import { Header } from "./header.js";
import { HistoryStrip } from "./history_strip.js";
import { html } from "./html.js";
import { Later } from "./later.js";
import { Notices } from "./notices.js";
import { OpenCard } from "./open_card.js";
import { PickBar } from "./pick_bar.js";
import { SignIn } from "./sign_in.js";
import { Toolbar } from "./toolbar.js";
import { ViewBar } from "./view_bar.js";

/** @type {Record<string, import("../parts.js").PartName>} */
const DIALOGS = { batch: "BatchDialog", edits: "EditsDialog", more: "MoreDialog", keys: "KeysDialog", save: "SaveDialog" };

/** @param {{state: import("../types.js").State, actions: any, surface: HTMLElement}} props */
export function App({ state, actions, surface }) {
  const open = state.history !== null;
  const signing = state.session === "asking";
  const aside = state.variants !== null || state.engines !== null;
  const parts = { state, actions };
  return html`
    <div class=${`studio ${open ? "is-open" : "is-empty"}`} inert=${signing || state.dialog !== null || state.importing !== null}>
      <${Header} ...${parts} />
      <main>
        ${open && html`<${Toolbar} ...${parts} />`}
        <div class="stage">
          <${Canvas} surface=${surface} hidden=${!open || state.comparing || aside} />
          ${!open && html`<${OpenCard} ...${parts} />`}
          ${open && state.comparing && html`
            <${Later} name="CompareView" actions=${actions} onFail=${() => actions.compare(false)} ...${actions.urls()}
              key=${here(state.history).picture} />`}
          ${open && state.variants && html`
            <${Later} name="Variants" ...${parts} onFail=${() => actions.pickVariant(null)} />`}
          ${open && state.engines && html`
            <${Later} name="EnginesView" ...${parts} onFail=${() => actions.pickVariant(null)} />`}
          ${open && state.loupe && !aside && html`
            <${Later} key=${`loupe-${state.comparing}`} name="Loupe" ...${parts} surface=${surface}
              onFail=${() => actions.loupe(false)} />`}
          ${state.peeking && html`<p class="peeking">${t("compare.peeking")}</p>`}
          ${open && !state.comparing && !aside && html`<${PickBar} ...${parts} />`}
          ${open && !aside && html`<${ViewBar} ...${parts} />`}
          <${Notices} ...${parts} />
        </div>
        ${open && html`<${EditPanel} ...${parts} />`}
      </main>
      ${open && html`<${HistoryStrip} ...${parts} />`}
    </div>
    ${signing && html`<${SignIn} ...${parts} />`}
    ${state.importing !== null && html`
      <${Later} name="ImportDialog" ...${parts} onFail=${() => actions.set("importing", { importing: null })} />`}
    ${state.dialog in DIALOGS && html`
      <${Later} key=${state.dialog} name=${DIALOGS[state.dialog]} ...${parts} onFail=${() => actions.dialog(null)} />`}`;
}
