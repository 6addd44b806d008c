/** Which edits look at a mask, and which cannot do without one. */

/** @typedef {import("../types.js").CatalogueEntry} Card */

/** These say themselves that they need one. Others, plug-ins too, take one where there is one. */
const NEEDING = ["erase", "inpaint"];
/** Any of these says where, too. */
const INSTEAD = ["find", "boxes", "points", "alpha_mask"];

/** @param {import("../types.js").State} state @param {string} name @returns {Card | undefined} */
export const cardOf = (state, name) => state.catalogue.find((card) => card.name === name);

/** It needs a second picture, and there is none. @param {Card | undefined} card @param {any} state */
export const lacksReference = (card, state) => Boolean(card?.reference) && state.reference === null;

/**
 * What an edit can be done with here, and which of its parameters says so.
 * @param {Card | undefined} card @returns {{parameter: "engine" | "model", names: readonly string[]}}
 */
export function enginesOf(card) {
  const parameter = (card?.choices?.engine?.length ?? 0) > 1 ? "engine" : "model";
  return { parameter, names: card?.choices?.[parameter] ?? [] };
}

/** @param {Card | undefined} card */
export const wantsMask = (card) => card?.masked ?? true;

/** @param {Card | undefined} card @param {Record<string, unknown>} parameters @returns {boolean} */
export function needsMask(card, parameters) {
  if (card === undefined) return true;
  const said = INSTEAD.some((name) => parameters[name] !== undefined && parameters[name] !== "");
  return NEEDING.includes(card.name) && !said;
}
