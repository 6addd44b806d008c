/** For those who run the server or write programs for it: lines of code, how it is, and for admins what it has. */

import { whoAmI } from "../api/server.js";
import { t } from "../i18n/i18n.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { CodePanel } from "./code_panel.js";
import { Dialog } from "./dialog.js";
import { PageButtons } from "./header.js";
import { html } from "./html.js";
import { ServerPanel } from "./server_panel.js";
import { Tabs } from "./tabs.js";

/** @param {{state: import("../types.js").State, actions: any}} props */
export function MoreDialog({ state, actions }) {
  const [at, setAt] = useState("code");
  const [admin, setAdmin] = useState(false);
  useEffect(() => {
    let open = true;
    // Where it cannot be told there is no third tab; the others say what is wrong
    whoAmI().then((me) => open && setAdmin(me.admin), () => {});
    return () => { open = false; };
  }, []);
  const names = /** @type {[string, string][]} */ ([["code", t("more.code")], ["server", t("more.server")]]);
  if (admin) names.push(["admin", t("more.admin")]);
  return html`
    <${Dialog} title=${t("more.title")} onClose=${() => actions.dialog(null)}>
      <div class="for-phones"><${PageButtons} state=${state} actions=${actions} /></div>
      <div class="more"><${Tabs} label=${t("more.title")} names=${names} at=${at} choose=${setAt} />
        ${at === "code" && html`<${CodePanel} />`}
        ${at === "server" && html`<${ServerPanel} state=${state} />`}
        ${at === "admin" && html`<${Admin} state=${state} actions=${actions} />`}</div>
    </${Dialog}>`;
}

/** Few are admins: what they see is fetched when one looks. */
function Admin(props) {
  const [Found, setFound] = useState(/** @type {any} */ (null));
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    import("../admin/admin_panel.js").then(
      (found) => setFound(() => found.AdminPanel),
      () => setTrouble(t("error.lost")),
    );
  }, []);
  if (trouble) return html`<p class="wrong" role="alert">${trouble}</p>`;
  return Found && html`<${Found} ...${props} />`;
}
