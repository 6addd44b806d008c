/**
 * Layers of the mask: shapes that belong together, each list a mask for itself. There are none until a second is added;
 * from then on tools work on the chosen one, and what is asked for is what is seen: all layers that are not hidden.
 */

import { keptOf, maskOf } from "../mask/shapes.js";
import { layerColours } from "../picture/overlay_colour.js";
import * as history from "./history.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {{shapes: readonly Shape[], layers?: readonly Layer[]}} Marked A state of the history. */

export const FIRST_LAYER = "1";
export const MOST_LAYERS = 12;
const LONGEST_NAME = 60;

/** @param {Shape} shape @returns {string} */
const layerOf = (shape) => shape.layer ?? FIRST_LAYER;

/** @param {Marked} node @param {Layer} layer @returns {Shape[]} */
export const shapesOf = ({ shapes }, layer) => maskOf(shapes).filter((shape) => layerOf(shape) === layer.id);

/** @param {State} state @returns {Layer | null} The layer that tools work on; null: there is one mask. */
export function chosenLayer({ history: now, layer }) {
  const layers = now && history.here(now).layers;
  return layers ? layers.find(({ id }) => id === layer) ?? layers[layers.length - 1] : null;
}

/** @param {State} state @returns {Shape[]} What tools work on. */
export function chosenMask(state) {
  const node = history.here(state.history);
  const layer = chosenLayer(state);
  return layer === null ? maskOf(node.shapes) : shapesOf(node, layer);
}

/**
 * What is asked for: all that is seen.
 * @param {Marked} node @returns {Shape[]} A layer that takes something away takes it from itself alone.
 */
export function seenMask(node) {
  if (!node.layers) return maskOf(node.shapes);
  const seen = node.layers.filter((layer) => !layer.hidden).map((layer) => shapesOf(node, layer));
  const used = seen.filter((shapes) => shapes.length > 0);
  return used.length > 1 ? used.map((shapes) => ({ kind: "group", shapes })) : used.flat();
}

/**
 * The chosen layer, and the others that are seen, each in its colour.
 * @param {State} state @returns {{own: readonly Shape[], others: readonly Shape[], colour: string}}
 */
export function layersToShow(state) {
  const node = history.here(state.history);
  const chosen = chosenLayer(state);
  if (chosen === null) return { own: maskOf(node.shapes), others: [], colour: state.overlay };
  const colours = layerColours(node.layers, state.overlay);
  const seen = node.layers.map((layer, at) => ({ layer, colour: colours[at].css })).filter(({ layer }) => !layer.hidden);
  return {
    own: chosen.hidden ? [] : shapesOf(node, chosen),
    others: seen.filter(({ layer }) => layer !== chosen)
      .map(({ layer, colour }) => ({ kind: "group", shapes: shapesOf(node, layer), colour })),
    colour: colours[node.layers.indexOf(chosen)].css,
  };
}

/** What an edit leaves marked: what must not change, and what was hidden. @param {Marked} node @returns {Shape[]} */
export function leftMarked({ shapes, layers = [] }) {
  const hidden = layers.filter((layer) => layer.hidden).map(({ id }) => id);
  return shapes.filter((shape) => shape.role === "keep" || hidden.includes(layerOf(shape)));
}

/**
 * The layers with shapes added to the chosen one, which is seen then.
 * @param {State} state @param {readonly Shape[]} more @returns {Marked}
 */
export function withShapes(state, more) {
  const { shapes, layers } = history.here(state.history);
  const layer = chosenLayer(state);
  if (layer === null) return { shapes: [...shapes, ...more], layers };
  const own = more.map((shape) => (shape.role === "keep" ? shape : { ...shape, layer: layer.id }));
  return { shapes: [...shapes, ...own], layers: maskOf(more).length > 0 ? changed(layers, layer.id, { hidden: false }) : layers };
}

/** The chosen layer, or the whole mask, with other shapes. @param {State} state @param {readonly Shape[]} shapes */
export function withMaskOf(state, shapes) {
  const node = history.here(state.history);
  const layer = chosenLayer(state);
  if (layer === null) return { shapes: [...keptOf(node.shapes), ...shapes] };
  const others = node.shapes.filter((shape) => shape.role === "keep" || layerOf(shape) !== layer.id);
  return { shapes: [...others, ...shapes.map((shape) => ({ ...shape, layer: layer.id }))], layers: node.layers };
}

/** @type {Record<string, (state: State, action: any) => State>} */
export const LAYER_ACTIONS = {
  "layer-add": (state) => {
    const { shapes, layers = [newLayer(1)] } = history.here(state.history);
    if (layers.length >= MOST_LAYERS) return state;
    const layer = newLayer(1 + Math.max(...layers.map(({ number }) => number)));
    return moved(state, { shapes, layers: [...layers, layer] }, layer.id);
  },
  "layer-choose": (state, { id }) => ({ ...state, layer: id }),
  "layer-hide": (state, { id, hidden }) => {
    const { shapes, layers } = history.here(state.history);
    return moved(state, { shapes, layers: changed(layers, id, { hidden }) });
  },
  "layer-rename": (state, { id, name }) => {
    const { shapes, layers } = history.here(state.history);
    const now = name.trim().slice(0, LONGEST_NAME);
    if (layers.some((layer) => layer.id === id && layer.name === now)) return state;
    return moved(state, { shapes, layers: changed(layers, id, { name: now }) });
  },
  "layer-delete": (state, { id }) => {
    const { shapes, layers } = history.here(state.history);
    const left = shapes.filter((shape) => shape.role === "keep" || layerOf(shape) !== id);
    return moved(state, without(left, layers, id), neighbour(layers, id));
  },
  "layer-merge": (state, { id }) => {
    const node = history.here(state.history);
    const at = node.layers.findIndex((layer) => layer.id === id);
    if (at < 1) return state;
    const into = node.layers[at - 1].id;
    const joined = whole(shapesOf(node, node.layers[at])).map((shape) => ({ ...shape, layer: into }));
    const left = node.shapes.filter((shape) => shape.role === "keep" || layerOf(shape) !== id);
    return moved(state, without([...left, ...joined], changed(node.layers, into, { hidden: false }), id), into);
  },
};

/** @returns {Layer} */
const newLayer = (number) => ({ id: String(number), number, name: "", hidden: false });

const changed = (layers, id, what) => layers.map((layer) => (layer.id === id ? { ...layer, ...what } : layer));

/** One that is left alone is seen: nothing would show that it is hidden. */
function without(shapes, layers, id) {
  const left = layers.filter((layer) => layer.id !== id);
  return { shapes, layers: left.length === 1 ? [{ ...left[0], hidden: false }] : left };
}

function neighbour(layers, id) {
  const at = layers.findIndex((layer) => layer.id === id);
  return (layers[at - 1] ?? layers[at + 1]).id;
}

/** Shapes that can stand behind others: what they take away they took from each other. @param {Shape[]} shapes */
function whole(shapes) {
  const adds = shapes.every((shape) => shape.kind === "group" || (shape.kind !== "invert" && shape.mode === "add"));
  return adds ? shapes : [/** @type {Shape} */ ({ kind: "group", shapes })];
}

/** A step of undo. @param {State} state @param {Marked} marked @param {string} [layer] The chosen one from now on. */
function moved(state, marked, layer = state.layer) {
  const { picture } = history.here(state.history);
  return { ...state, layer, history: history.add(state.history, { kind: "mask", picture, ...marked }) };
}
