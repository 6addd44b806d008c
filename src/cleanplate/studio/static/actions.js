/** What a person can do: the one list that buttons, keys and gestures call. Everything else follows from the store. */

import { noticeOf, hint, isSeveral } from "./api/words.js";
import { fetchPicture } from "./api/pictures.js";
import { part } from "./parts.js";
import { PictureError } from "./picture/decode.js";
import { pickMany } from "./batch/files.js";
import { overlayFor } from "./picture/overlay_colour.js";
import { addPicture, decodedOf, dropPicturesBut, pictureOf } from "./picture/pictures.js";
import { dropThumbnailsBut } from "./picture/thumbnail.js";
import { pickPicture } from "./picture/open.js";
import { copyPicture, currentFile, nameFor, outputOf, saveFile } from "./save/save.js";
import { begin, here, siblings } from "./state/history.js";
import { newId } from "./state/ids.js";
import { cardOf, enginesOf, lacksReference, needsMask } from "./run/mask_need.js";
import { restoring } from "./run/restore.js";
import { askedOfAll, canRun, workOf } from "./run/run_edit.js";
import { isAside, masked } from "./state/reducer.js";
import { sessionActions } from "./session_actions.js";

const BRUSH_SHARE = 1 / 18;
/** What the server may be able to show. */
const UNREAD = ["open.unreadable", "open.broken"];
/** What it cannot show either. */
const NO_PICTURE = ["not-a-picture", "bad-parameter"];
const MOST_SEED = 2 ** 32;

/**
 * @param {{store: any, view: import("./view/view.js").View, runner: import("./run/run_edit.js").Runner,
 *          allEngines: () => Promise<import("./run/all_engines.js").AllEngines>,
 *          batch: () => Promise<import("./batch/runner.js").BatchRunner>, picker: import("./select/picker.js").Picker,
 *          maskWork: () => Promise<import("./mask/mask_work.js").MaskWork>, tools: () => any,
 *          keepPicture: (doc: string, id: string, file: Blob, name: string) => Promise<unknown>}} parts
 */
export function makeActions({ store, view, runner, allEngines, batch, picker, maskWork, tools, keepPicture }) {
  const state = () => store.get();
  const dispatch = store.dispatch;
  const note = (notice) => dispatch({ type: "notice", notice });

  const actions = {
    view,
    picker,

    /** @param {(work: import("./mask/mask_work.js").MaskWork) => unknown} does */
    maskWork: (does) => maskWork().then(does).catch((error) => note(noticeOf(error))),

    /** @param {File} file */
    async open(file) {
      if (state().opening || state().dialog === "sign-in") return;
      dispatch({ type: "opening", opening: true });
      const [id, name] = [newId(), file.name || "picture.png"];
      try {
        const shown = await showable(id, file, name);
        const decoded = await decodedOf(id);
        await actions.cancel();
        dropPicturesBut([id]);
        dropThumbnailsBut([id]);
        const { width, height } = decoded;
        const doc = { id: newId(), name, width, height };
        const brushSize = Math.max(8, Math.round(Math.min(width, height) * BRUSH_SHARE));
        dispatch({ type: "open", doc, history: begin(id), brushSize, overlay: overlayFor(decoded) });
        await keepPicture(doc.id, id, shown, name);
      } catch (error) {
        const notice = noticeOf(error);
        // What would be run again is the edit of the picture before
        note({ ...notice, action: notice.action === "sign-in" ? "sign-in" : undefined });
      } finally {
        dispatch({ type: "opening", opening: false });
      }
    },

    pick: () => pickPicture(actions.open),
    photograph: () => pickPicture(actions.open, true),

    /** Open a picture of the internet, which the server fetches. @param {string} url */
    async openUrl(url) {
      if (state().opening || state().session !== "open" || state().dialog !== null) return;
      dispatch({ type: "opening", opening: true });
      let file = null;
      try {
        file = await fetchPicture(url);
      } catch (error) {
        const notice = noticeOf(error);
        note({ ...notice, action: notice.action === "sign-in" ? "sign-in" : undefined });
      }
      dispatch({ type: "opening", opening: false });
      if (file !== null) await actions.open(file);
    },
    run() {
      // What is selected is meant too; where it is erased at once, joining it has begun that
      if (state().task === null) picker.join();
      return canRun(state()) ? runner.run() : explain();
    },
    cancel: () => (state().task?.work.engines ? actions.allEngines((all) => all.cancel()) : runner.cancel()),

    /** @param {(all: import("./run/all_engines.js").AllEngines) => unknown} does */
    allEngines: (does) => allEngines().then(does).catch((error) => note(noticeOf(error))),

    /** Do what would be done now, or the present result again where nothing is marked, with every engine. */
    tryEngines() {
      if (state().history === null || state().task !== null) return;
      picker.join();
      const asked = askedOfAll(state());
      if (asked.from === undefined && !canRun(state())) return void explain();
      const of = enginesOf(cardOf(state(), asked.edit));
      const work = { ...workOf(state(), asked), engines: true };
      actions.allEngines((all) => all.start(work, of.parameter, of.names));
    },

    /**
     * Make the present result again from what it was made of, as a branch beside it.
     * @param {Record<string, unknown>} [other] What is another: the seed when absent.
     */
    again(other = { seed: Math.floor(Math.random() * MOST_SEED) }) {
      const { history } = state();
      const { made, parent } = here(history);
      if (!made || made.steps || parent === null) return;
      const parameters = { ...made.parameters, ...other };
      const { edit, shapes, reference } = made;
      runner.run({ edit, parameters, shapes, reference, from: parent, count: 1 });
    },

    pickReference: () => pickPicture(actions.setReference),

    /** The second picture; what cannot be shown is refused as where it is opened. @param {File} file */
    async setReference(file) {
      const [id, name, { doc }] = [newId(), file.name || "picture.png", state()];
      addPicture(id, file, name);
      try {
        await decodedOf(id);
        await keepPicture(doc.id, id, file, name);
        if (state().doc === doc) dispatch({ type: "reference", reference: id });
      } catch (error) {
        note(noticeOf(error));
      }
    },

    /** Bring back what was there before, where it is marked. */
    restore() {
      if (state().history === null || state().task !== null) return;
      const work = restoring(state());
      if (work === null) note(hint(masked(state()) ? "hint.nothing-to-restore" : "hint.nothing-painted"));
      else runner.runWork(work);
    },

    /** Go on with what was asked for before a reload. @param {import("./run/run_edit.js").Unfinished} unfinished */
    resume(unfinished) {
      const { work } = unfinished;
      return work.engines ? actions.allEngines((all) => all.resume(work)) : runner.runWork(work, unfinished);
    },

    /** @param {string} name Of an edit. */
    chooseEdit(name) {
      dispatch({ type: "edit", edit: name });
      actions.dialog(null);
    },

    /** Look at the results beside each other; one of them is picked. */
    sideBySide() {
      const ids = siblings(state().history).map((node) => node.id);
      if (ids.length > 1) dispatch({ type: "variants", variants: ids });
    },

    /** Those that still run are of no use any more. */
    pickVariant(id) {
      if (state().engines !== null && state().task !== null) actions.cancel();
      if (id !== null) actions.goTo(id);
      dispatch({ type: "variants", variants: null });
    },

    /** @param {(many: import("./batch/runner.js").BatchRunner) => unknown} does */
    batch: (does) => batch().then(does).catch((error) => note(noticeOf(error))),
    plan: (plan) => dispatch({ type: "batch", batch: { plan: { ...state().batch.plan, ...plan } } }),

    /** Begin with all of them. What the editor shows counts as it is now. */
    startBatch() {
      const { batch: { plan }, edit, parameters } = state();
      const chosen = plan.what.startsWith("mask") ? "erase" : edit;
      actions.plan({ edit: chosen, parameters: parameters[chosen] ?? {} });
      return actions.batch((many) => many.start());
    },

    /** @param {readonly File[]} files Many at once: what is done to all is asked first. */
    async addMany(files) {
      if (state().dialog === "sign-in" || files.length === 0) return;
      actions.dialog("batch");
      await actions.batch((many) => many.add(files));
    },

    pickMany: (folder) => pickMany(actions.addMany, folder),
    pickMasks: (folder) => pickMany((files) => actions.batch((many) => many.addMasks(files)), folder),

    /** One of them in the editor, to mark what is the same in all. @param {string} id */
    async openOfMany(id) {
      const file = await (await batch()).fileOf(id);
      actions.dialog(null);
      await actions.open(file);
    },

    undo: () => isAside(state()) || picker.back() || dispatch({ type: "undo" }),
    redo: () => dispatch({ type: "redo" }),
    goTo: (id) => dispatch({ type: "go-to", id }),
    clear: () => dispatch({ type: "clear" }),
    importMask: () => pickPicture((file) => actions.maskWork((work) => work.read(file))),
    invert: () => state().history && dispatch({ type: "shape", shape: { kind: "invert" } }),
    chooseTool: (tool) => dispatch({ type: "tool", tool }),
    sizeBrush: (factor) => dispatch({ type: "brush", size: state().brushSize * factor }),
    loupe: (on = !state().loupe) => dispatch({ type: "loupe", on }),
    compare: (on) => dispatch({ type: "compare", on }),
    peek: (on) => dispatch({ type: "peek", on }),
    press: (key) => tools().press(key),

    /** The server's own file under the picture's name; where its data are not wanted, one without them. */
    async save() {
      if (state().history === null) return;
      const { file, name } = currentFile(state());
      if (state().keepData) return void saveFile(file, name);
      try {
        const bare = await convert(file, { output: outputOf(file.type), metadata: "strip" });
        saveFile(bare, nameFor(name, bare.type));
      } catch (error) {
        note({ ...noticeOf(error), action: undefined });
      }
    },

    /** @returns {false | undefined} false: there is nothing to copy, and the browser may do what it does */
    copy() {
      if (state().history === null) return false;
      const { picture } = here(state().history);
      decodedOf(picture)
        .then((decoded) => copyPicture(state(), decoded))
        .then(() => note(hint("save.copied")), () => note(hint("save.cannot-copy", "warning")));
      return undefined;
    },

    /** One step back out: a dialog, a tool's outline, the comparison, a task, a message. */
    escape() {
      const { dialog, comparing, task, notices, variants, engines } = state();
      if (dialog !== null && dialog !== "sign-in") return void dispatch({ type: "dialog", dialog: null });
      if (tools().press("Escape") || tools().cancel()) return;
      if (engines !== null && task !== null) actions.cancel();
      else if (variants !== null || engines !== null) actions.pickVariant(null);
      else if (state().loupe) actions.loupe(false);
      else if (comparing) actions.compare(false);
      else if (task !== null) actions.cancel();
      else if (notices.length > 0) dispatch({ type: "dismiss", id: notices[notices.length - 1].id });
    },

    saveAs: () => state().history && actions.dialog("save"),
    dialog: (dialog) => dispatch({ type: "dialog", dialog }),
    dismiss: (id) => dispatch({ type: "dismiss", id }),
    set: (type, value) => dispatch({ type, ...value }),

    ...sessionActions({ store, note }),

    /** The present picture's object URL, and that of the original. */
    urls() {
      const { history } = state();
      const of = (node) => pictureOf(node.picture)?.url;
      return { before: of(history.nodes[history.root]), after: of(here(history)) };
    },
  };

  /** The file, or where no browser shows its kind a PNG of it, which the server makes. */
  async function showable(id, file, name) {
    addPicture(id, file, name);
    try {
      await decodedOf(id);
      return file;
    } catch (error) {
      const unread = error instanceof PictureError && UNREAD.includes(error.key);
      if (!unread || state().session !== "open") throw error;
      const found = await convert(file, { output: "png", metadata: "keep" }).catch((refused) => {
        throw NO_PICTURE.includes(refused.code) && !isSeveral(refused) ? error : refused;
      });
      addPicture(id, found, name);
      return found;
    }
  }

  /** @param {Blob} file @param {import("./save/convert.js").FileKind} kind @returns {Promise<Blob>} */
  const convert = async (file, kind) => (await part("convertFile"))(file, kind, new AbortController().signal);

  function explain() {
    const { history, task, edit, parameters } = state();
    if (history === null || task !== null) return;
    const card = cardOf(state(), edit);
    if (card && !card.available) note({ ...hint("panel.unavailable", "warning"), help: card.missing });
    else if (lacksReference(card, state())) note(hint("hint.no-reference"));
    else if (!masked(state()) && needsMask(card, parameters[edit] ?? {})) note(hint("hint.nothing-painted"));
  }

  return actions;
}
