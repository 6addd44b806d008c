/** For admins: keys, use, the line of edits and the server's health, models. */

import { t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { Tabs } from "../panel/tabs.js";
import { useState } from "../vendor/preact-hooks.js";
import { KeysTab } from "./keys_tab.js";
import { ModelsTab } from "./models_tab.js";
import { QueueTab } from "./queue_tab.js";
import { UsageTab } from "./usage_tab.js";

const TABS = { keys: KeysTab, usage: UsageTab, queue: QueueTab, models: ModelsTab };

/** @param {{state: import("../types.js").State, actions: any}} props */
export function AdminPanel(props) {
  const [at, setAt] = useState("keys");
  const names = Object.keys(TABS).map((name) => /** @type {[string, string]} */ ([name, t(`admin.tab.${name}`)]));
  return html`
    <div class="admin">
      <${Tabs} label=${t("more.admin")} names=${names} at=${at} choose=${setAt} />
      <${TABS[at]} ...${props} />
    </div>`;
}
