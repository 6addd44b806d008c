/**
 * Bring back a part of what was there. The edits that led to the picture are done again, with that part as what they
 * keep: so the server writes the file, and in it the part is what it was to the last bit, in JPEG too. Edits before the
 * first that touched the part are not done again, and stay as they are; those from it on get the same seed and mask.
 */

import { keptOf } from "../mask/shapes.js";
import { newId } from "../state/ids.js";
import { seenMask } from "../state/layers.js";

/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("../types.js").Shape} Shape */

/** What these did can be done again with a part kept. */
const REPEATED = ["erase", "inpaint"];
const CHANGES_SIZE = "size";
/** With these an edit changes more than its mask, nobody knows where. */
const WIDER = ["effects", "find", "boxes", "points", "alpha_mask", "label"];

/**
 * How a state's picture came about: the steps since the picture that was opened, or since an edit of the whole picture.
 * @param {import("../types.js").History} history @param {string} [at] @returns {{base: string, steps: readonly Step[]}}
 */
export function wayTo(history, at = history.at) {
  const node = history.nodes[at];
  if (node.kind === "mask") return wayTo(history, node.parent);
  const { made, picture, parent } = node;
  if (made?.steps) return { base: made.base, steps: made.steps };
  if (!made || !REPEATED.includes(made.edit) || made.parameters[CHANGES_SIZE]) return { base: picture, steps: [] };
  const { base, steps } = wayTo(history, parent);
  const { edit, parameters, shapes } = made;
  const kept = keptOf(history.nodes[parent].shapes);
  return { base, steps: [...steps, { edit, parameters, shapes, keep: kept.length > 0 ? [kept] : [], before: history.nodes[parent].picture }] };
}

/**
 * The work that brings back what is marked now; null where no edit on the way here changed it.
 * @param {import("../types.js").State} state @returns {import("../types.js").Work | null}
 */
export function restoring(state) {
  const { history, doc } = state;
  const { id } = history.nodes[history.at];
  const shapes = seenMask(history.nodes[history.at]);
  const { base, steps } = wayTo(history);
  const touched = boxOf(shapes);
  const first = steps.findIndex((step) => meet(reach(step, doc), touched));
  if (first < 0 || shapes.length === 0) return null;
  // Later ones have no picture of their own where they were done again before
  const begin = steps.slice(0, first + 1).findLastIndex((step) => step.before !== null);
  const again = steps.map((step, number) => (number < begin ? step : {
    ...step, key: newId(), before: number === begin ? step.before : null,
    keep: number < first ? step.keep : [...step.keep, shapes],
  }));
  const made = { edit: "restore", parameters: {}, shapes, base, steps: again };
  return { from: id, began: id, picture: steps[begin].before, steps: again.slice(begin), count: 1, made };
}

/** All that was marked on the way here, to look at. @param {import("../types.js").History} history @returns {Shape[]} */
export const markedSoFar = (history) => wayTo(history).steps.map(({ shapes }) => ({ kind: "group", shapes }));

/** Where a step may have changed something: its mask as it is grown and softened. @returns {number[] | null} */
function reach({ shapes, parameters, edit }, doc) {
  const box = boxOf(shapes);
  if (box === null || WIDER.some((name) => parameters[name])) return null;
  const usual = edit === "erase" ? Math.max(4, Math.max(doc.width, doc.height) / 100) : 0;
  const margin = Number(parameters.dilate_px ?? usual) + Number(parameters.feather_px ?? 3) + 2;
  return [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin];
}

/** @param {readonly any[]} shapes @returns {number[] | null} left, top, right, bottom; null is everywhere */
export function boxOf(shapes) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { kind, mode, points: drawn, size = 0, box: within, shapes: grouped } of shapes) {
    if (mode === "subtract") continue;
    const points = kind === "group" ? boxOf(grouped) : kind === "bitmap" ? within : drawn;
    if (!points) return null;
    for (let at = 0; at < points.length; at += 2) {
      box[0] = Math.min(box[0], points[at] - size / 2);
      box[1] = Math.min(box[1], points[at + 1] - size / 2);
      box[2] = Math.max(box[2], points[at] + size / 2);
      box[3] = Math.max(box[3], points[at + 1] + size / 2);
    }
  }
  return box;
}

function meet(one, other) {
  if (one === null || other === null) return true;
  const apart = (low, high) => one[low] > other[high] || other[low] > one[high];
  return !apart(0, 2) && !apart(1, 3);
}
