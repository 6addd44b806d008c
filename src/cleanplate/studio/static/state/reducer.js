/** What each action makes of the state. Pure: no clock, no network, no canvas. */

import * as history from "./history.js";
import { FIRST_LAYER, LAYER_ACTIONS, leftMarked, seenMask, withMaskOf, withShapes } from "./layers.js";

/** @typedef {import("../types.js").State} State */

const SMALLEST_BRUSH = 1;

/** @type {Record<string, (state: State, action: any) => State>} */
const ACTIONS = {
  "session": (state, { session }) => ({ ...state, session }),
  "catalogue": (state, { catalogue }) => ({ ...state, catalogue }),
  "opening": (state, { opening }) => ({ ...state, opening }),
  "open": (state, { doc, history, brushSize, overlay, layer = FIRST_LAYER, pick = null, reference = null }) => ({
    ...state, doc, history, brushSize, overlay, layer, pick, reference, opening: false, comparing: false, notices: [],
    variants: null, engines: null, showErased: false, tool: pick === null ? state.tool : "click",
  }),
  "close": (state) => ({ ...state, doc: null, history: null, comparing: false, notices: [] }),
  "shape": (state, { shape }) => withMask({ ...withoutHints(state), showErased: false }, withShapes(state, [shape])),
  "clear": (state) => cleared(state),
  "join": (state, { shapes }) =>
    withMask({ ...withoutHints(state), pick: null, showErased: false }, withShapes(state, shapes)),
  "mask": (state, { shapes }) => withMask(state, withMaskOf(state, shapes)),
  "pick": (state, { pick }) => ({ ...state, pick }),
  "adjusting": (state, { on }) => ({ ...state, adjusting: on }),
  "importing": (state, { importing }) => ({ ...state, importing }),
  ...LAYER_ACTIONS,
  "result": addResult,
  "undo": (state) => (isAside(state) ? state : withHistory(state, history.undo)),
  "redo": (state) => (isAside(state) ? state : withHistory(state, history.redo)),
  "go-to": (state, { id }) => withHistory(state, (now) => history.goTo(now, id)),
  "tool": (state, { tool }) => ({ ...state, tool, comparing: false }),
  "mode": (state, { mode }) => ({ ...state, mode }),
  "brush": (state, { size }) => ({ ...state, brushSize: fitBrush(state, size) }),
  "overlay": (state, { overlay }) => ({ ...state, overlay }),
  "compare": (state, { on }) => ({ ...state, comparing: changed(state) && (on ?? !state.comparing) }),
  "peek": (state, { on }) => ({ ...state, peeking: on && changed(state) }),
  "run-after-stroke": (state, { on }) => ({ ...state, runAfterStroke: on }),
  "task": (state, { task }) => ({ ...state, task: task && { ...EMPTY_TASK, ...state.task, ...task } }),
  "edit": (state, { edit }) => ({ ...state, edit }),
  "parameter": setParameter,
  "notice": (state, { notice }) => ({ ...state, notices: [...without(state, notice.id), notice] }),
  "dismiss": (state, { id }) => ({ ...state, notices: without(state, id) }),
  "language": (state, { language }) => ({ ...state, language }),
  "theme": (state, { theme }) => ({ ...state, theme }),
  "dialog": (state, { dialog }) => ({ ...state, dialog }),
  "count": (state, { count }) => ({ ...state, count }),
  "keep-data": (state, { on }) => ({ ...state, keepData: on }),
  "loupe": (state, { on }) => ({ ...state, loupe: on && state.history !== null }),
  "variants": (state, { variants }) => ({ ...state, variants, engines: null, comparing: false }),
  "engines": (state, { engines }) => ({ ...state, engines, variants: null, comparing: false }),
  "engine-cell": changeCell,
  "reference": (state, { reference }) => ({ ...state, reference }),
  "show-erased": (state, { on }) => ({ ...state, showErased: on }),
  "batch": (state, { batch }) => ({ ...state, batch: { ...state.batch, ...batch } }),
  "batch-item": (state, { id, item }) => {
    const items = state.batch.items.map((one) => (one.id === id ? { ...one, ...item } : one));
    return { ...state, batch: { ...state.batch, items } };
  },
};

const EMPTY_TASK = { phase: "mask", id: null, progress: 0, position: 0, etaMs: null, lost: false, step: 0 };

/** @param {State} state @param {{type: string}} action @returns {State} */
export function reduce(state, action) {
  const found = ACTIONS[action.type];
  if (found === undefined) throw new Error(`no such action: ${action.type}`);
  return found(state, action);
}

/** @param {State} state whether anything is marked */
export const masked = (state) => state.history !== null && seenMask(history.here(state.history)).length > 0;

/** @param {State} state whether there is a mask, or something that is kept */
export const marked = (state) => state.history !== null && history.here(state.history).shapes.length > 0;

/** @param {State} state whether something is selected that would be part of the mask */
export const picked = (state) => state.pick?.parts.some((part) => part.on) ?? false;

/** @param {State} state whether the picture is another one than that which was opened */
export const changed = (state) =>
  state.history !== null && history.here(state.history).picture !== history.original(state.history).picture;

/** @param {State} state whether results are chosen among, over the canvas: nothing is undone behind them */
export const isAside = (state) => state.variants !== null || state.engines !== null;

/** A click that selects is taken back first. @param {State} state */
export const canUndo = (state) =>
  state.history !== null && !isAside(state) && (state.pick !== null || history.here(state.history).parent !== null);

/** @param {State} state */
export const canRedo = (state) => state.history !== null && !isAside(state) && history.here(state.history).next !== null;

function withHistory(state, step) {
  if (state.history === null) return state;
  const moved = step(state.history);
  if (moved === state.history) return state;
  const same = history.here(moved).picture === history.here(state.history).picture;
  const now = { ...state, history: moved, pick: same ? state.pick : null };
  return { ...now, comparing: state.comparing && changed(now) };
}

function withMask(state, marked) {
  return withHistory(state, (now) => history.add(now, { kind: "mask", ...marked, picture: history.here(now).picture }));
}

/** Without layers all that is marked goes, what is kept too; else the chosen layer is emptied. */
function cleared(state) {
  if (!marked(state)) return state;
  return withMask(state, history.here(state.history).layers ? withMaskOf(state, []) : { shapes: [] });
}

/**
 * A result goes where it was asked for. Who has waited, or only painted on since, is taken along, with the new shapes on
 * the new picture; who has gone elsewhere stays there. Of several the first is shown, the others are branches beside it.
 */
function addResult(state, { results: [first, ...others], ...asked }) {
  const added = addOne(state, { ...asked, ...first });
  if (others.length === 0 || added === state) return added;
  const { next } = added.history.nodes[asked.from];
  let all = added.history;
  const { layers } = all.nodes[asked.from];
  const shapes = leftMarked(all.nodes[asked.from]);
  for (const other of others) all = history.add(all, { kind: "result", shapes, layers, ...other }, asked.from, true);
  const parent = { ...all.nodes[asked.from], next };
  return { ...added, history: { ...all, nodes: { ...all.nodes, [asked.from]: parent } } };
}

function changeCell(state, { name, cell }) {
  if (state.engines === null) return state;
  const cells = state.engines.cells.map((one) => (one.name === name ? { ...one, ...cell } : one));
  return { ...state, engines: { ...state.engines, cells } };
}

/** @param {any} asked With `stay` nobody goes there. */
function addOne(state, { from, began, picture, made, stay = false }) {
  if (state.history === null || !(from in state.history.nodes)) return state;
  const went = state.history.at === began ? [] : paintedSince(state.history, from);
  const more = stay ? null : went;
  return withHistory(state, (now) => {
    // What must not change stays so in the next edit, and what was hidden is still marked
    const kept = leftMarked(now.nodes[from]);
    const { layers } = now.nodes[from];
    const added = history.add(now, { kind: "result", shapes: kept, layers, picture, made }, from, more === null);
    if (!more?.length) return added;
    return history.add(added, { kind: "mask", shapes: [...kept, ...more], layers: history.here(now).layers, picture });
  });
}

function paintedSince(now, from) {
  const [asked, at] = [now.nodes[from], history.here(now)];
  const goesOn = at.picture === asked.picture && asked.shapes.every((shape, place) => at.shapes[place] === shape);
  return goesOn ? at.shapes.slice(asked.shapes.length) : null;
}

function setParameter(state, { edit, name, value }) {
  const { [name]: _, ...others } = state.parameters[edit] ?? {};
  const own = value === undefined ? others : { ...others, [name]: value };
  return { ...state, parameters: { ...state.parameters, [edit]: own } };
}

function fitBrush(state, size) {
  const largest = state.doc === null ? 512 : Math.max(state.doc.width, state.doc.height) / 2;
  return Math.min(Math.max(size, SMALLEST_BRUSH), largest);
}

/** Who paints has read them. */
const withoutHints = (state) => ({ ...state, notices: state.notices.filter((notice) => notice.kind !== "info") });

const without = (state, id) => state.notices.filter((notice) => notice.id !== id);
