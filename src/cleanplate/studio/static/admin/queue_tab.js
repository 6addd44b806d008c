/** All edits that have not ended, who works on them, and how the server is. */

import { readiness } from "../api/server.js";
import { t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { Health } from "../panel/server_panel.js";
import { queueOfAll } from "./admin_api.js";
import { moment, number, Table, Trouble } from "./parts.js";
import { usePolled } from "./polled.js";

const AGAIN_MS = 3000;

const look = async () => {
  const [queue, health] = await Promise.all([queueOfAll(), readiness()]);
  return { queue, health };
};

export function QueueTab() {
  const { found, trouble } = usePolled(look, () => AGAIN_MS);
  return html`<${Trouble} text=${trouble} />${found && html`<${All} ...${found} />`}`;
}

/** @param {{queue: import("./admin_api.js").Queue, health: Record<string, string>}} props */
function All({ queue, health }) {
  const counts = ["waiting", "staging", "running", "oldest_s", "callbacks"];
  const heads = ["account", "queue", "waiting", "staging", "running", "since"].map((head) => t(`admin.queue.${head}`));
  const workers = ["worker", "device", "version", "concurrency", "queues"].map((head) => t(`admin.worker.${head}`));
  return html`
    <div class="server"><${Health} health=${health} />
      <section><h3>${t("admin.queue.all")}</h3><dl>${counts.map((name) => html`
        <div key=${name}><dt>${t(`admin.queue.${name}`)}</dt><dd>${number(queue[name])}</dd></div>`)}</dl></section></div>
    <section><h3>${t("admin.queue.lines")}</h3>
      <${Table} label=${t("admin.queue.lines")} heads=${heads} empty=${t("admin.queue.none")}
        rows=${queue.lines.map((line) => [
          line.simulated ? html`${line.account} <span class="admin-mark">${t("admin.key.is-test")}</span>` : line.account,
          line.queue, line.waiting, line.staging, line.running, moment(line.oldest_at)])} /></section>
    <section><h3>${t("admin.worker.all")}</h3>
      <${Table} label=${t("admin.worker.all")} heads=${workers} empty=${t("admin.worker.none")}
        rows=${queue.workers.map((one) => [one.id, one.device, one.version, one.concurrency, one.queues.join(", ")])} />
    </section>`;
}
