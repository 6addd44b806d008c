/**
 * The keys, as tinykeys spells them, and what `?` says of them. `run` gets the page's actions; without one the row is
 * only shown: what it tells of is done elsewhere.
 *
 * @typedef {object} KeyRow
 * @property {"paint" | "view" | "edit"} group
 * @property {string} label Key of its words.
 * @property {string[]} [on] One or more ways to press it.
 * @property {string[]} shown What is printed on the keys; `key.<name>` where that is a word.
 * @property {(actions: any) => void} [run]
 */

import { TOOLS } from "../tools/tools.js";

const mac = /Mac|iPod|iPhone|iPad/.test(navigator.platform);
export const MOD = mac ? "⌘" : "Ctrl";
export const ALT = mac ? "⌥" : "Alt";

/** @type {readonly KeyRow[]} */
export const KEYS = [
  ...TOOLS.map((tool) => ({
    group: /** @type {const} */ ("paint"), label: `tool.${tool.name}`, on: [tool.key], shown: [tool.key.toUpperCase()],
    run: (actions) => actions.chooseTool(tool.name),
  })),
  { group: "paint", label: "keys.smaller", on: ["["], shown: ["["], run: (actions) => actions.sizeBrush(1 / 1.15) },
  { group: "paint", label: "keys.larger", on: ["]"], shown: ["]"], run: (actions) => actions.sizeBrush(1.15) },
  { group: "paint", label: "keys.size-wheel", shown: ["Ctrl", "key.wheel"] },
  { group: "paint", label: "keys.size-wheel", shown: [ALT, "key.right-drag"] },
  { group: "paint", label: "keys.line", shown: ["Shift", "key.click"] },
  { group: "paint", label: "keys.turn", shown: [ALT, "key.drag"] },
  { group: "paint", label: "keys.snap", shown: ["Shift", "key.drag"] },
  { group: "paint", label: "tools.clear", on: ["Delete", "Backspace"], shown: ["Del"],
    run: (actions) => actions.press("Backspace") || actions.clear() },
  { group: "paint", label: "tools.invert", on: ["i"], shown: ["I"], run: (actions) => actions.invert() },
  { group: "paint", label: "pick.previous", on: [","], shown: [","], run: (actions) => actions.picker.step(-1) },
  { group: "paint", label: "pick.next", on: ["."], shown: ["."], run: (actions) => actions.picker.step(1) },
  { group: "paint", label: "keys.beside", shown: [ALT, "key.click"] },
  { group: "paint", label: "keys.arrows", shown: ["key.arrows"] },
  { group: "paint", label: "keys.pen", shown: ["key.space"] },

  { group: "view", label: "keys.zoom", shown: ["key.wheel"] },
  { group: "view", label: "view.zoom-in", on: ["+", "=", "Shift++"], shown: ["+"], run: (actions) => actions.view.zoomIn() },
  { group: "view", label: "view.zoom-out", on: ["-"], shown: ["−"], run: (actions) => actions.view.zoomOut() },
  { group: "view", label: "view.fit", on: ["0", "f"], shown: ["0"], run: (actions) => actions.view.fit() },
  { group: "view", label: "view.actual", on: ["1"], shown: ["1"], run: (actions) => actions.view.actualSize() },
  { group: "view", label: "view.loupe", on: ["m"], shown: ["M"], run: (actions) => actions.loupe() },
  { group: "view", label: "keys.pan", shown: ["key.space", "key.drag"] },
  { group: "view", label: "compare.toggle", on: ["c"], shown: ["C"], run: (actions) => actions.compare() },
  { group: "view", label: "keys.peek", shown: ["key.hold", "Tab"] },

  { group: "edit", label: "keys.run", on: ["Enter"], shown: ["Enter"],
    run: (actions) => actions.press("Enter") || actions.run() },
  { group: "edit", label: "panel.restore", on: ["Shift+Enter"], shown: ["Shift", "Enter"], run: (actions) => actions.restore() },
  { group: "edit", label: "edit.undo", on: ["$mod+z"], shown: [MOD, "Z"], run: (actions) => actions.undo() },
  { group: "edit", label: "edit.redo", on: ["$mod+Shift+z", "$mod+y"], shown: ["Shift", MOD, "Z"],
    run: (actions) => actions.redo() },
  { group: "edit", label: "keys.cancel", on: ["Escape"], shown: ["Esc"], run: (actions) => actions.escape() },
  { group: "edit", label: "keys.copy", on: ["$mod+c"], shown: [MOD, "C"], run: (actions) => actions.copy() },
  { group: "edit", label: "keys.paste", shown: [MOD, "V"] },
  { group: "edit", label: "save.save", on: ["$mod+s"], shown: [MOD, "S"], run: (actions) => actions.save() },
  { group: "edit", label: "save.as", on: ["$mod+Shift+s"], shown: ["Shift", MOD, "S"],
    run: (actions) => actions.saveAs() },
  { group: "edit", label: "open.another", on: ["$mod+o"], shown: [MOD, "O"], run: (actions) => actions.pick() },
  { group: "edit", label: "keys.open", on: ["Shift+?", "?"], shown: ["?"], run: (actions) => actions.dialog("keys") },
];
