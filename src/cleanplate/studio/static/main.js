/** Puts the parts together: store, canvas, tools, keys, what is kept, and the interface round them. */

import { makeActions } from "./actions.js";
import { hint } from "./api/words.js";
import { holdToPeek } from "./compare/hold.js";
import { loadLanguage, setLanguage, t } from "./i18n/i18n.js";
import { bindKeys } from "./keys/bind.js";
import { startPixelWorker } from "./mask/pixel_work.js";
import { keptOf } from "./mask/shapes.js";
import { App } from "./panel/app.js";
import { html } from "./panel/html.js";
import { fetchParts, madeOnce, whenIdle } from "./parts.js";
import { listenForPictures } from "./picture/open.js";
import { keptColour } from "./picture/overlay_colour.js";
import { addPicture, decodedOf } from "./picture/pictures.js";
import { markedSoFar } from "./run/restore.js";
import { Runner, runsAfterStroke } from "./run/run_edit.js";
import { here, original } from "./state/history.js";
import { initialState, keepChoices } from "./state/initial.js";
import { layersToShow } from "./state/layers.js";
import * as persist from "./state/persist.js";
import { changed, reduce } from "./state/reducer.js";
import { createStore } from "./state/store.js";
import { controlTools } from "./tools/controller.js";
import { Picker } from "./select/picker.js";
import { render } from "./vendor/preact.js";
import { watchKeys } from "./view/held_keys.js";
import { View } from "./view/view.js";

const KEEP_AFTER_MS = 250;
/** @type {import("./run/run_edit.js").Unfinished | null} */
let unfinished = null;

const store = createStore(reduce, initialState());
const surface = Object.assign(document.createElement("div"), { className: "canvas", tabIndex: 0 });
const canvas = document.createElement("div");
surface.append(canvas);
canvas.className = "canvas-layers";
const view = new View(canvas);
const runner = new Runner({
  store,
  keepPicture: (id, file, name) => persist.keepPicture(store.get().doc.id, id, file, name).catch(notKept),
});
const joined = () => runsAfterStroke(store.get()) && actions.run();
const picker = new Picker({ store, joined });
const maskWork = madeOnce("MaskWork", (MaskWork) => new MaskWork({ store, joined }));
const batch = madeOnce("BatchRunner", (BatchRunner) => new BatchRunner({ store }));
const allEngines = madeOnce("AllEngines", (AllEngines) => new AllEngines({ store, keepPicture: runner.keepPicture }));
const actions = makeActions({
  store, view, runner, allEngines, batch, picker, maskWork,
  tools: () => tools,
  keepPicture: (...kept) => persist.keepPicture(...kept).catch(notKept),
});
const fill = (at, mode) => actions.maskWork((work) => work.fill(at, mode));
const tools = controlTools({ store, view, picker, fill, onStroke: joined }, surface);

store.subscribe(follow);
store.subscribe(goOn);
store.subscribe(keepLater);
listenForPictures(actions.open, actions.addMany, actions.openUrl);
bindKeys(actions, () => store.get().dialog !== null || store.get().importing !== null || store.get().session === "asking");
const peeking = holdToPeek(actions.peek, () => changed(store.get()) && !store.get().comparing);
watchKeys(() => peeking.forget());
// A button that is clicked does not take the focus from the canvas; one that is reached by keys has it
document.addEventListener("mousedown", (event) => {
  if (!(event.target instanceof Element && event.target.closest("button"))) return;
  event.preventDefault();
  // What was typed counts before the button does, and the next key is no typing
  const { activeElement: field } = document;
  if (field instanceof HTMLInputElement && store.get().session !== "asking") field.blur();
});

start();

async function start() {
  await loadLanguage(store.get().language).catch((error) => console.warn(error));
  dress(store.get());
  await restore().catch((error) => console.warn(error));
  store.subscribe(draw);
  draw();
  whenIdle(() => startPixelWorker().then(fetchParts));
  await actions.enterByLink();
  await actions.enter();
}

// The link may be opened in a tab that has the page already
window.addEventListener("hashchange", async () => {
  await actions.enterByLink();
  if (store.get().session !== "open") await actions.enter();
});

function draw() {
  const root = document.getElementById("studio");
  render(html`<${App} state=${store.get()} actions=${actions} surface=${surface} />`, root);
}

/** What of the state the canvas shows. */
function follow(now, before) {
  const shown = pictureShown(now);
  if (shown !== pictureShown(before)) show(shown);
  if (MARKS.some((name) => now[name] !== before[name])) showMarks(now);
  view.pick.show({ pick: now.pick, colour: view.mask.colour });
  for (const layer of [view.mask, view.others, view.kept, view.pick]) layer.layer.visible(!now.peeking);
  if (now.theme !== before.theme) dress(now);
  if (now.language !== before.language) changeLanguage(now.language);
  keepChoices(now);
  if (now.doc !== before.doc || (before.comparing && !now.comparing)) requestAnimationFrame(focusCanvas);
}

/** What of the state the marks on the canvas follow. */
const MARKS = /** @type {const} */ (["history", "overlay", "layer", "showErased"]);

function showMarks(now) {
  const shapes = now.history === null ? [] : here(now.history).shapes;
  view.kept.show({ shapes: keptOf(shapes), colour: keptColour(now.overlay) });
  if (now.history === null) return view.mask.show({ shapes: [], colour: now.overlay });
  const { own, others, colour } = layersToShow(now);
  view.mask.show({ shapes: now.showErased ? markedSoFar(now.history) : own, colour });
  view.others.show({ shapes: now.showErased ? [] : others });
}

/** What had the focus is gone from the page: keys go on where the work is. */
function focusCanvas() {
  if (document.activeElement === document.body) surface.focus({ preventScroll: true });
}

function pictureShown(state) {
  if (state.history === null) return null;
  return (state.peeking ? original(state.history) : here(state.history)).picture;
}

async function show(id) {
  const decoded = id === null ? null : await decodedOf(id);
  if (pictureShown(store.get()) === id) view.setPicture(decoded);
}

async function changeLanguage(language) {
  await loadLanguage(language).catch((error) => console.warn(error));
  dress(store.get());
  draw();
}

function dress({ language, theme }) {
  setLanguage(language);
  document.title = t("app.title");
  document.documentElement.dataset.theme = theme;
  surface.setAttribute("aria-label", t("canvas.label"));
  surface.setAttribute("role", "application");
}

async function restore() {
  const kept = await persist.takeOver();
  if (kept === null) return;
  const ids = new Set(Object.values(kept.history.nodes).flatMap(({ picture, made }) => [picture, made?.reference]));
  ids.add(kept.look.reference ?? undefined);
  ids.delete(undefined);
  for (const id of ids) {
    const found = await persist.keptPicture(kept.id, id);
    if (found === undefined) throw new Error(`picture ${id} of ${kept.id} is not kept`);
    addPicture(id, found.file, found.name);
  }
  store.dispatch({ type: "open", doc: kept.doc, history: kept.history, ...kept.look });
  if (kept.engines) store.dispatch({ type: "engines", engines: kept.engines });
  unfinished = kept.work ?? null;
}

/** What was asked for before a reload, from when the server can be asked. */
function goOn(now, before) {
  if (now.session === "open" && before.session !== "open") whenIdle(takeOverBatch);
  if (now.session === "open" && before.session !== "open") picker.resume();
  if (unfinished === null || now.session !== "open") return;
  const work = unfinished;
  unfinished = null;
  if (work.work.from in (now.history?.nodes ?? {})) actions.resume(work);
}

const takeOverBatch = () => batch().then((many) => many.takeOver()).catch((error) => console.warn(error));

/** What of the state is kept with the picture whenever it changes. */
const KEPT = /** @type {const} */ (["history", "doc", "pick", "layer", "reference", "engines", "overlay", "brushSize"]);
let timer = 0;
function keepLater(now, before) {
  const asked = now.task?.work !== before.task?.work || now.task?.id !== before.task?.id;
  if (now.doc === null || (!asked && KEPT.every((name) => now[name] === before[name]))) return;
  clearTimeout(timer);
  timer = window.setTimeout(keep, KEEP_AFTER_MS);
}

function keep() {
  clearTimeout(timer);
  const state = store.get();
  // Until it goes on, what was asked for before the reload is kept on
  const task = state.task ?? unfinished;
  if (state.doc !== null) persist.keep({ ...state, task }).then(persist.prune).catch(notKept);
}
// A tab that is closed at once after a stroke has not waited
document.addEventListener("visibilitychange", () => document.hidden && keep());
window.addEventListener("pagehide", keep);

function notKept(error) {
  console.warn(error);
  store.dispatch({ type: "notice", notice: hint("hint.not-kept", "warning") });
}
