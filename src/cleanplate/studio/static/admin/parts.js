/** What the tabs of the admin corner have in common: tables, pages, troubles, and how things are written. */

import { locale, t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { PAGE_SIZE } from "./admin_api.js";

const MEGA = 1e6;
const GIGA = 1e9;
const EXACT_BELOW = 10;

/** @param {{text: string}} props */
export const Trouble = ({ text }) => text && html`<p class="wrong" role="alert">${text}</p>`;

/**
 * Wider than a phone it can be moved, by keys too.
 * @param {{label: string, heads: readonly string[], rows: readonly (readonly any[])[], empty: string}} props
 *   The first cell of a row names it; all but that are right-aligned where they are numbers.
 */
export const Table = ({ label, heads, rows, empty }) => rows.length === 0 ? html`<p class="quiet">${empty}</p>` : html`
  <div class="admin-table" tabindex="0" role="region" aria-label=${label}>
    <table><thead><tr>${heads.map((head) => html`<th key=${head} scope="col">${head}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, ...cells], at) => html`
        <tr key=${at}><th scope="row">${name}</th>
          ${cells.map((cell, place) => html`
            <td key=${place} class=${typeof cell === "number" ? "is-number" : ""}>
              ${typeof cell === "number" ? number(cell) : cell}</td>`)}</tr>`)}</tbody></table>
  </div>`;

/** @param {{page: number, total: number, choose: (page: number) => void}} props */
export function Pages({ page, total, choose }) {
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  return pages > 1 && html`
    <div class="admin-pages">
      <button type="button" class="button is-outlined" disabled=${page <= 1} onClick=${() => choose(page - 1)}>
        ${t("admin.page.before")}</button>
      <span>${t("admin.page", { page, pages })}</span>
      <button type="button" class="button is-outlined" disabled=${page >= pages} onClick=${() => choose(page + 1)}>
        ${t("admin.page.next")}</button>
    </div>`;
}

/** @param {number} count */
export const number = (count) => count.toLocaleString(locale(), { maximumFractionDigits: 1 });

/** @param {string} at As the API writes it. */
export const moment = (at) => new Date(at).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });

/** @param {number} bytes */
export function size(bytes) {
  const [count, unit] = bytes < GIGA ? [bytes / MEGA, "megabyte"] : [bytes / GIGA, "gigabyte"];
  const maximumFractionDigits = count < EXACT_BELOW || unit === "gigabyte" ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits }).format(count);
}
