/** The parameters of an edit as a form, built from the catalogue's JSON schema. */

import { has, t } from "../i18n/i18n.js";
import { capital } from "./edit_words.js";
import { html } from "./html.js";

/** What an edit is about stands open, its options are folded, and what only programs often want lies deeper. */
const MAIN = ["prompt", "find", "strength", "factor", "view", "is_sketch", "top", "bottom", "left", "right", "grow_px", "invert"];
const FOLDED = ["effects", "fast", "n_best", "engine", "model", "seed", "negative_prompt", "strict", "dilate_px",
  "feather_px", "tone", "grain", "label"];
/** Words for these take more than a line. */
const LONG = ["prompt", "negative_prompt"];
const NOT_FIRST = { erase: ["find"], select: ["grow_px"] };

/**
 * The names of an edit's parameters by where they stand.
 * @param {import("../types.js").CatalogueEntry} card
 * @returns {{main: string[], folded: string[], rest: string[]}}
 */
export function partsOf(card) {
  const names = Object.keys(card.parameters.properties ?? {});
  const main = MAIN.filter((name) => names.includes(name) && !NOT_FIRST[card.name]?.includes(name));
  const folded = FOLDED.filter((name) => names.includes(name));
  return { main, folded, rest: names.filter((name) => !main.includes(name) && !folded.includes(name)) };
}

/**
 * @param {{card: import("../types.js").CatalogueEntry, shown: string[], values: Record<string, unknown>,
 *          onChange: (name: string, value: unknown) => void}} props `shown`: which, in order. A value of undefined
 *   takes a parameter back to its default.
 */
export function EditForm({ card, shown, values, onChange }) {
  const { properties = {} } = card.parameters;
  return html`<div class="form">${shown.map((name) => html`
    <${Field} key=${card.name + name} name=${name} card=${card} schema=${plain(properties[name])} value=${values[name]}
      onChange=${(value) => onChange(name, value)} />`)}</div>`;
}

function Field({ name, card, schema, value, onChange }) {
  const id = `form-${card.name}-${name}`;
  const help = helpOf(card.name, name, schema);
  const label = has(`form.${name}`) ? t(`form.${name}`) : capital(name.replaceAll("_", " "));
  const chosen = card.choices?.[name] && { ...schema, enum: [schema.default, ...card.choices[name]] };
  const about = { id, schema: chosen ?? schema, value: value ?? schema.default, onChange, long: LONG.includes(name),
    described: help ? `${id}-help` : undefined };
  const Input = inputFor(about.schema);
  if (Input === null) return null;
  return html`
    <div class=${`field ${schema.type === "boolean" ? "is-check" : ""}`}>
      <label for=${id}>${label}</label><${Input} ...${about} />
      ${help && html`<small id=${`${id}-help`}>${help}</small>`}
    </div>`;
}

/** What one parameter is for: of this edit, of any, or in the catalogue's words where the page does not know it. */
function helpOf(edit, name, schema) {
  const key = [`form.${name}.${edit}.help`, `form.${name}.help`].find(has);
  if (key) return t(key);
  return has(`form.${name}`) ? "" : told(schema.description);
}

function inputFor(schema) {
  if (schema.enum) return Choice;
  return { boolean: Check, integer: Figure, number: Figure, string: Words, array: Figures }[schema.type] ?? null;
}

const Check = ({ id, value, onChange, described }) => html`
  <input id=${id} type="checkbox" checked=${Boolean(value)} aria-describedby=${described}
    onChange=${(event) => onChange(event.target.checked)} />`;

const Choice = ({ id, schema, value, onChange, described }) => html`
  <select id=${id} value=${value} aria-describedby=${described} onChange=${(event) => onChange(event.target.value)}>
    ${schema.enum.map((one) => html`
      <option key=${one} value=${one}>${one === "" || one === "auto" ? t("form.automatic") : one}</option>`)}</select>`;

function Figure({ id, schema, value, onChange, described }) {
  const step = schema.type === "integer" ? 1 : "any";
  const change = (event) => {
    const text = event.target.value;
    if (event.target.checkValidity()) onChange(text === "" ? undefined : Number(text));
  };
  return html`
    <input id=${id} type="number" inputmode="decimal" min=${schema.minimum} max=${schema.maximum} step=${step}
      value=${value ?? ""} placeholder=${t("panel.default")} aria-describedby=${described} onChange=${change} />`;
}

const Words = ({ id, schema, value, onChange, described, long }) => html`
  <${long ? "textarea" : "input"} id=${id} type=${long ? undefined : "text"} rows=${long ? 3 : undefined}
    maxlength=${schema.maxLength} value=${value ?? ""} autocomplete="off" spellcheck=${false}
    aria-describedby=${described} onInput=${(event) => onChange(event.target.value.trim() || undefined)} />`;

/** Numbers behind each other: one group, or several parted by semicolons where the schema has a list of groups. */
function Figures({ id, schema, value, onChange, described }) {
  const groups = schema.items?.type === "array";
  const said = groups ? (value ?? []).map((one) => one.join(", ")).join("; ") : (value ?? []).join(", ");
  const change = (event) => {
    const read = event.target.value.split(";").map(numbersOf).filter((one) => one.length > 0);
    const wrong = read.flat().some(Number.isNaN) || (!groups && read.length > 1);
    event.target.setCustomValidity(wrong ? t("form.numbers") : "");
    if (wrong) event.target.reportValidity();
    else onChange(read.length === 0 ? undefined : groups ? read : read[0]);
  };
  return html`
    <input id=${id} type="text" value=${said} placeholder=${t("panel.default")} autocomplete="off"
      aria-describedby=${described} onChange=${change} />`;
}

const numbersOf = (text) => text.split(/[\s,]+/).filter(Boolean).map(Number);

/** Docstrings quote names in backticks. */
const told = (text) => capital((text ?? "").replaceAll("`", ""));

/** One kind where null is the other: nothing said means null. */
function plain(schema) {
  const kinds = (schema.anyOf ?? []).filter((one) => one.type !== "null");
  return kinds.length === 1 ? { ...schema, ...kinds[0] } : schema;
}
