/** A bitmap in its parts: each thing by itself, letters together as lines. */

import { coverage, eachPiece, RunWriter } from "./bitmap.js";
import { flood } from "./flood.js";

const CELLS = 1024;
const MOST_PARTS = 99;

/**
 * @param {import("../types.js").BitmapShape} bitmap
 * @param {{across: number, down: number}} gap Shares of the picture's longer side that join what lies so near.
 * @returns {import("../types.js").BitmapShape[]} in the order in which one reads
 */
export function partsOf(bitmap, gap) {
  const { width, height } = bitmap;
  const by = Math.max(1, Math.ceil(Math.max(width, height) / CELLS));
  const cells = coverage(bitmap, { left: 0, top: 0, right: width, bottom: height }, by);
  const reach = (share) => Math.max(1, Math.round((share * Math.max(width, height)) / by / 2));
  const labels = labelled(widened(cells, reach(gap.across), reach(gap.down)), cells.width);
  /** @type {RunWriter[]} */
  const writers = [];
  eachPiece(bitmap, (y, x0, x1) => {
    const row = Math.floor(y / by) * cells.width;
    for (let x = x0; x < x1; ) {
      const cell = row + Math.floor(x / by);
      const next = Math.min((cell - row + 1) * by, x1);
      const label = Math.min(labels[cell], MOST_PARTS) - 1;
      (writers[label] ??= new RunWriter(width, height)).paint(y, x, next);
      x = next;
    }
  });
  return writers.map((writer) => writer.shape()).filter((part) => part !== null).sort(byReading);
}

const byReading = (one, other) => one.box[1] - other.box[1] || one.box[0] - other.box[0];

function widened({ counts, width, height }, across, down) {
  const wide = new Uint32Array(counts.length);
  for (let at = 0; at < counts.length; at += 1) {
    if (!counts[at]) continue;
    const row = at - (at % width);
    wide.fill(1, Math.max(row, at - across), Math.min(row + width, at + across + 1));
  }
  const high = wide.slice();
  for (let shift = 1; shift <= Math.min(down, height - 1); shift += 1) {
    const far = shift * width;
    for (let at = far; at < wide.length; at += 1) {
      if (wide[at - far]) high[at] = 1;
      if (wide[at]) high[at - far] = 1;
    }
  }
  return high;
}

/** Changes flags of 0 and 1 to numbers from 1 on; 0 stays. @param {Uint32Array} cells */
function labelled(cells, width) {
  let next = 2;
  for (let at = 0; at < cells.length; at += 1) {
    if (cells[at] === 1) flood(cells, width, at % width, Math.floor(at / width), next++);
  }
  return cells.map((label) => Math.max(label - 1, 0));
}
