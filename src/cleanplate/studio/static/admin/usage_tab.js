/** What each account has used. */

import { t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { useState } from "../vendor/preact-hooks.js";
import { usageOf } from "./admin_api.js";
import { Pages, Table, Trouble } from "./parts.js";
import { usePolled } from "./polled.js";

const AGAIN_MS = 30_000;
const DAYS = [1, 7, 30, 366];

export function UsageTab() {
  const [days, setDays] = useState(30);
  const [page, setPage] = useState(1);
  const { found, trouble } = usePolled(() => usageOf(days, page), () => AGAIN_MS, [days, page]);
  const choose = (event) => { setDays(Number(event.target.value)); setPage(1); };
  const heads = ["account", "edits", "images", "seconds"].map((head) => t(`admin.usage.${head}`));
  return html`
    <div class="admin-row"><label for="usage-days">${t("admin.usage.days")}</label>
      <select id="usage-days" value=${String(days)} onChange=${choose}>
        ${DAYS.map((count) => html`<option key=${count} value=${count}>
          ${count === 1 ? t("admin.usage.today") : t("admin.usage.last", { days: count })}</option>`)}</select></div>
    <${Trouble} text=${trouble} />
    ${found && html`
      <${Table} label=${t("admin.tab.usage")} heads=${heads} empty=${t("admin.usage.none")}
        rows=${found.accounts.map((one) => [one.account, one.edits, one.images, one.compute_ms / 1000])} />
      <${Pages} page=${page} total=${found.total} choose=${setPage} />`}`;
}
