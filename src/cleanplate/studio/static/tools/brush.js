/** A brush, and the eraser of masks: the same with the mode turned round. Shift-click draws a line from the last end. */

/** @typedef {import("../types.js").Tool} Tool */

/** Screen pixels between two points: nearer ones say nothing new. */
const LEAST_STEP = 0.75;

/** @param {Pick<Tool, "name" | "icon" | "key">} about @param {boolean} erases @param {"keep"} [role] @returns {Tool} */
function makeBrush(about, erases, role) {
  /** @type {import("../types.js").PathShape | null} */
  let line = null;
  let lastEnd = null;
  return {
    ...about,
    ring: true,
    down(at, context) {
      const turned = role === "keep" && context.mode() === "subtract";
      const subtracts = (erases || turned) !== at.alt;
      const start = at.shift && lastEnd ? [lastEnd.x, lastEnd.y] : [];
      const points = [...start, at.x, at.y];
      line = { kind: "path", mode: subtracts ? "subtract" : "add", size: context.size(), points, ...(role && { role }) };
      context.draft(line);
    },
    move(at, context) {
      if (line === null) return;
      const { points } = line;
      const [x, y] = points.slice(-2);
      if (Math.hypot(at.x - x, at.y - y) * context.scale() < LEAST_STEP) return;
      points.push(at.x, at.y);
      context.draft(line);
    },
    up(at, context) {
      if (line === null) return;
      const done = { ...line, points: line.points.map((value) => Math.round(value * 8) / 8) };
      line = null;
      lastEnd = { x: at.x, y: at.y };
      context.commit(done);
    },
    cancel(context) {
      line = null;
      context.draft(null);
    },
  };
}

export const brush = makeBrush({ name: "brush", icon: "brush", key: "b" }, false);
export const eraser = makeBrush({ name: "eraser", icon: "eraser", key: "e" }, true);
/** What it covers must not change. */
export const keeper = makeBrush({ name: "keep", icon: "keep", key: "k" }, false, "keep");
