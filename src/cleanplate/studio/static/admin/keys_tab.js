/** The keys: make one, whose secret is shown this once; see whose they are and when they were used; revoke. */

import { noticeOf } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { CopyButton } from "../panel/copy_button.js";
import { html } from "../panel/html.js";
import { useEffect, useRef, useState } from "../vendor/preact-hooks.js";
import { keysOf, makeKey, revokeKey } from "./admin_api.js";
import { moment, Pages, Trouble } from "./parts.js";
import { usePolled } from "./polled.js";

const AGAIN_MS = 10_000;
const CONFLICT = 409;

export function KeysTab() {
  const [page, setPage] = useState(1);
  const { found, trouble, again } = usePolled(() => keysOf(page), () => AGAIN_MS, [page]);
  return html`
    <${NewKey} made=${again} />
    <${Trouble} text=${trouble} />
    ${found && html`
      <ul class="admin-list" aria-label=${t("admin.tab.keys")}>
        ${found.keys.map((key) => html`<${KeyLine} key=${key.id} of=${key} changed=${again} />`)}</ul>
      <${Pages} page=${page} total=${found.total} choose=${setPage} />`}`;
}

/** @param {{made: () => void}} props */
function NewKey({ made }) {
  const [secret, setSecret] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  async function submit(event) {
    event.preventDefault();
    const { target } = event;
    const form = new FormData(target);
    setBusy(true);
    try {
      const { name, account } = Object.fromEntries([...form].map(([field, value]) => [field, String(value).trim()]));
      setSecret((await makeKey({ name, account, admin: form.has("admin") })).secret);
      setTrouble("");
      target.reset();
      made();
    } catch (error) {
      const { text, help } = noticeOf(error);
      setTrouble([text, help].filter(Boolean).join(" "));
    }
    setBusy(false);
  }
  return html`
    <form class="admin-form" onSubmit=${submit}>
      <label for="key-name">${t("admin.key.name")}</label>
      <input id="key-name" name="name" type="text" maxlength="100" autocomplete="off" />
      <label for="key-account">${t("admin.key.account")}</label>
      <input id="key-account" name="account" type="text" maxlength="100" autocomplete="off"
        placeholder=${t("admin.key.alone")} />
      <label class="switch"><input type="checkbox" name="admin" /><span>${t("admin.key.admin")}</span></label>
      <button type="submit" class="button is-strong" disabled=${busy}>${t("admin.key.make")}</button>
    </form>
    <${Trouble} text=${trouble} />
    ${secret && html`
      <div class="admin-secret" role="status"><p>${t("admin.key.once")}</p>
        <code>${secret}</code><${CopyButton} text=${secret} /></div>`}`;
}

/** @param {{of: import("./admin_api.js").Key, changed: () => void}} props */
function KeyLine({ of: key, changed }) {
  const [asked, setAsked] = useState(false);
  const [trouble, setTrouble] = useState("");
  const name = key.name || t("admin.key.nameless");
  const revoke = async () => {
    try {
      await revokeKey(key.id);
      setTrouble("");
    } catch (error) {
      setTrouble(error.status === CONFLICT ? t("admin.key.last") : noticeOf(error).text);
    }
    setAsked(false);
    changed();
  };
  const used = key.used_at === null ? t("admin.key.unused") : t("admin.key.used", { at: moment(key.used_at) });
  return html`
    <li class=${key.revoked_at === null ? "" : "is-gone"}>
      <div><p><strong>${name}</strong> <code>…${key.hint}</code>
          ${key.admin && html`<span class="admin-mark">${t("admin.key.is-admin")}</span>`}
          ${key.test && html`<span class="admin-mark">${t("admin.key.is-test")}</span>`}</p>
        <p class="quiet">${key.account === key.id ? "" : `${t("admin.key.of", { account: key.account })} · `}
          ${key.revoked_at === null ? used : t("admin.key.revoked", { at: moment(key.revoked_at) })}</p></div>
      ${key.revoked_at === null && !asked && html`
        <button type="button" class="button is-outlined" aria-label=${t("admin.key.revoke-one", { name })}
          onClick=${() => setAsked(true)}>${t("admin.key.revoke")}</button>`}
      ${asked && html`<${Sure} name=${name} yes=${revoke} no=${() => setAsked(false)} />`}
      <${Trouble} text=${trouble} />
    </li>`;
}

/** @param {{name: string, yes: () => void, no: () => void}} props */
function Sure({ name, yes, no }) {
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  return html`
    <div class="admin-sure" role="group" aria-label=${t("admin.key.revoke-one", { name })}>
      <span>${t("admin.key.sure")}</span>
      <button type="button" class="button is-strong is-danger" onClick=${yes}>${t("admin.key.revoke")}</button>
      <button type="button" class="button is-outlined" ref=${first} onClick=${no}>${t("admin.key.keep")}</button>
    </div>`;
}
