/** The state of a page that was just opened, and the few choices that a browser keeps. */

import { ofBrowser } from "../kept_values.js";

const KEPT = /** @type {const} */ (["language", "theme", "runAfterStroke", "keepData"]);
/** @type {import("../types.js").Batch} */
const NO_BATCH = {
  items: [], masks: [], running: false, elsewhere: false, lacks: null,
  plan: { what: "text", words: "", means: null, edit: "", parameters: {} },
};
const NAME = "cleanplate.choices";

/** @returns {import("../types.js").State} */
export function initialState() {
  return {
    session: "unknown",
    doc: null,
    history: null,
    layer: "1",
    tool: "brush",
    brushSize: 40,
    mode: "add",
    overlay: "#ff2d78",
    comparing: false,
    peeking: false,
    runAfterStroke: false,
    task: null,
    opening: false,
    notices: [],
    catalogue: [],
    edit: "erase",
    parameters: {},
    language: (navigator.language ?? "").toLowerCase().startsWith("zh") ? "zh" : "en",
    theme: "auto",
    pick: null,
    adjusting: false,
    importing: null,
    dialog: null,
    count: 1,
    keepData: true,
    loupe: false,
    variants: null,
    engines: null,
    reference: null,
    showErased: false,
    batch: NO_BATCH,
    ...readChoices(),
  };
}

/** Keep what was chosen. @param {import("../types.js").State} state */
export function keepChoices(state) {
  const kept = Object.fromEntries(KEPT.map((name) => [name, state[name]]));
  ofBrowser.set(NAME, JSON.stringify(kept));
}

function readChoices() {
  try {
    const read = JSON.parse(ofBrowser.get(NAME) ?? "{}");
    return Object.fromEntries(KEPT.filter((name) => name in read).map((name) => [name, read[name]]));
  } catch {
    return {};
  }
}
