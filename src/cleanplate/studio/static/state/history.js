/**
 * Undo and redo over strokes and results alike, as a tree: what is done after an undo begins a branch, and the
 * other one stays. Pure functions of a `History`.
 */

import { newId } from "./ids.js";

/** @typedef {import("../types.js").History} History */
/** @typedef {import("../types.js").HistoryNode} HistoryNode */

/** @param {string} picture @returns {History} */
export function begin(picture) {
  const node = makeNode(null, { kind: "open", shapes: [], picture });
  return { nodes: { [node.id]: node }, root: node.id, at: node.id };
}

/** @param {History} history @returns {HistoryNode} */
export const here = (history) => history.nodes[history.at];

/**
 * @param {History} history
 * @param {Pick<HistoryNode, "kind" | "shapes" | "layers" | "picture" | "made">} what
 * @param {string} [from] Where it continues; the present state when absent.
 * @param {boolean} [stay] Add it without going there.
 * @returns {History}
 */
export function add(history, what, from = history.at, stay = false) {
  const node = makeNode(from, what);
  const parent = { ...history.nodes[from], next: node.id };
  return {
    ...history,
    nodes: { ...history.nodes, [from]: parent, [node.id]: node },
    at: stay ? history.at : node.id,
  };
}

/** @param {History} history @returns {History} the same where there is nothing to undo */
export function undo(history) {
  const node = here(history);
  return node.parent === null ? history : goTo(history, node.parent);
}

/** @param {History} history @returns {History} the same where there is nothing to redo */
export function redo(history) {
  const { next } = here(history);
  return next === null ? history : goTo(history, next);
}

/**
 * Go to any state. Redo then leads along the branch that was left.
 * @param {History} history @param {string} id @returns {History}
 */
export function goTo(history, id) {
  if (!(id in history.nodes) || id === history.at) return history;
  const nodes = { ...history.nodes };
  for (let child = nodes[id]; child.parent !== null; child = nodes[child.parent]) {
    nodes[child.parent] = { ...nodes[child.parent], next: child.id };
  }
  return { ...history, nodes, at: id };
}

/**
 * What the strip shows: the states with a picture of their own, oldest first, and how deep each branch is.
 * @param {History} history
 */
export function pictures(history) {
  const current = here(history).picture;
  return Object.values(history.nodes)
    .filter((node) => node.kind !== "mask")
    .sort((one, other) => one.time - other.time)
    .map((node) => ({ node, current: node.picture === current, depth: depthOf(history, node) }));
}

/** The results that were made from the same state as this one, oldest first. @param {History} history */
export function siblings(history) {
  const { parent, kind } = here(history);
  if (kind !== "result") return [];
  return Object.values(history.nodes)
    .filter((node) => node.kind === "result" && node.parent === parent)
    .sort((one, other) => one.time - other.time);
}

/** @param {History} history @returns {HistoryNode} the state in which the picture was opened */
export const original = (history) => history.nodes[history.root];

/** @param {History} history @param {HistoryNode} node */
function depthOf(history, node) {
  let depth = 0;
  for (let at = node; at.parent !== null; at = history.nodes[at.parent]) if (at.kind === "result") depth += 1;
  return depth;
}

/** @param {string | null} parent @returns {HistoryNode} */
const makeNode = (parent, what) => ({ id: newId(), parent, next: null, time: Date.now(), ...what });
