/** What an edit is called, and what it does: in the page's words, or in the catalogue's where it knows none. */

import { has, t } from "../i18n/i18n.js";

/** In this order; what is in none of them, plug-ins for example, comes last. */
export const GROUPS = [
  { name: "remove", edits: ["erase", "remove_text"] },
  { name: "change", edits: ["inpaint", "instruct", "stylize_local"] },
  { name: "extend", edits: ["expand"] },
  { name: "restyle", edits: ["stylize", "transfer_style", "doodle", "character"] },
  { name: "enhance", edits: ["upscale", "colorize"] },
  { name: "cut", edits: ["cut_out", "select", "regions", "people", "adjust_mask"] },
];

/** They have their place in "Save as". */
const OF_SAVING = ["convert", "patch"];

/** @param {string} name @returns {string} */
export const titleOf = (name) => (has(`edits.${name}`) ? t(`edits.${name}`) : capital(name.replaceAll("_", " ")));

/** @param {import("../types.js").CatalogueEntry} card @returns {string} */
export const textOf = ({ name, summary }) => (has(`edits.${name}.text`) ? t(`edits.${name}.text`) : sentence(summary));

/** The edits of a catalogue in their groups. @param {readonly import("../types.js").CatalogueEntry[]} catalogue */
export function grouped(catalogue) {
  const known = [...OF_SAVING, ...GROUPS.flatMap(({ edits }) => edits)];
  const rest = catalogue.map(({ name }) => name).filter((name) => !known.includes(name));
  return [...GROUPS, { name: "more", edits: rest }]
    .map(({ name, edits }) => ({ name, cards: edits.map((edit) => catalogue.find((card) => card.name === edit)).filter(Boolean) }))
    .filter(({ cards }) => cards.length > 0);
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const sentence = (text) => (text.endsWith(".") ? capital(text) : `${capital(text)}.`);
