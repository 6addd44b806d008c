/** Save as: what kind of file, with what in it; and what has changed alone. */

import { noticeOf } from "../api/words.js";
import { t } from "../i18n/i18n.js";
import { bitsOf } from "../picture/depth.js";
import { pictureOf } from "../picture/pictures.js";
import { convertFile, patchOf } from "../save/convert.js";
import { currentFile, nameFor, patchName, saveFile } from "../save/save.js";
import { original } from "../state/history.js";
import { changed } from "../state/reducer.js";
import { useEffect, useRef, useState } from "../vendor/preact-hooks.js";
import { Dialog } from "./dialog.js";
import { html } from "./html.js";

const TYPES = { jpeg: "image/jpeg", png: "image/png", webp: "image/webp", tiff: "image/tiff" };
const QUALITIES = [95, 90, 80, 70, 50];
const LOSSY = ["jpeg", "webp"];
const DEEP_BITS = 16;

/** @param {{state: import("../types.js").State, actions: any}} props */
export function SaveDialog({ state, actions }) {
  const { file } = currentFile(state);
  const [output, setOutput] = useState(() => firstOutput(state, file.type));
  const [quality, setQuality] = useState(0);
  const [busy, setBusy] = useState("");
  const deep = useBits(file) === DEEP_BITS;
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(new DOMException("closed", "AbortError")), []);
  const lossy = LOSSY.includes(output);

  /** @param {string} what @param {(signal: AbortSignal) => Promise<void>} work */
  async function doing(what, work) {
    setBusy(what);
    try {
      await work(abort.current.signal);
      actions.dialog(null);
    } catch (error) {
      if (error?.name === "AbortError") return;
      actions.set("notice", { notice: { ...noticeOf(error), action: undefined } });
      actions.dialog(null);
    }
  }
  const save = (event) => {
    event.preventDefault();
    if (busy) return;
    const kind = { output, ...(lossy && quality && { quality }), metadata: metadataOf(state) };
    doing("file", async (signal) => {
      const same = file.type === TYPES[output] && !kind.quality && state.keepData;
      saveFile(same ? file : await convertFile(file, kind, signal), nameFor(state.doc.name, TYPES[output]));
    });
  };
  const savePatch = () => doing("patch", async (signal) => {
    const { file: layer, offset } = await patchOf(file, pictureOf(original(state.history).picture).file, signal);
    saveFile(layer, patchName(state.doc.name, offset));
  });

  return html`
    <${Dialog} title=${t("save.as")} onClose=${() => actions.dialog(null)}>
      <form class="form save" onSubmit=${save}>
        <div class="field"><label for="save-output">${t("save.output")}</label>
          <select id="save-output" value=${output} onChange=${(event) => setOutput(event.target.value)}>
            ${Object.keys(TYPES).map((one) => html`<option key=${one} value=${one}>${t(`save.output.${one}`)}</option>`)}
          </select>
          ${deep && html`<small>${t(lossy ? "save.depth-lost" : "save.depth-kept")}</small>`}</div>
        ${lossy && html`
          <div class="field"><label for="save-quality">${t("save.quality")}</label>
            <select id="save-quality" value=${quality} onChange=${(event) => setQuality(Number(event.target.value))}>
              <option value=${0}>${t(usual(output, file.type))}</option>
              ${QUALITIES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></div>`}
        <div class="field is-check">
          <input id="save-data" type="checkbox" checked=${state.keepData}
            onChange=${(event) => actions.set("keep-data", { on: event.target.checked })} />
          <label for="save-data">${t("save.data")}</label>
          <small>${t("save.data.help")}</small></div>
        <p class="quiet">${nameFor(state.doc.name, TYPES[output])}</p>
        <button type="submit" class="button is-primary" disabled=${busy !== ""}>
          ${t(busy === "file" ? "save.busy" : "save.save")}</button>
      </form>
      <section class="save-patch" aria-labelledby="save-patch">
        <h3 id="save-patch">${t("save.patch")}</h3>
        <p class="quiet">${t(changed(state) ? "save.patch.text" : "save.patch.none")}</p>
        <button type="button" class="button is-outlined" disabled=${busy !== "" || !changed(state)} onClick=${savePatch}>
          ${t(busy === "patch" ? "save.busy" : "save.patch.save")}</button>
      </section>
    </${Dialog}>`;
}

/** @param {import("../types.js").State} state @returns {"keep" | "strip"} */
const metadataOf = (state) => (state.keepData ? "keep" : "strip");

/** The kind of the file that was opened, where it can be written; else that of the present one. */
function firstOutput({ doc }, type) {
  if (/\.tiff?$/i.test(doc.name)) return "tiff";
  return Object.keys(TYPES).find((one) => TYPES[one] === type) ?? "png";
}

/** What is done where no quality is chosen. */
function usual(output, type) {
  if (type === TYPES[output]) return "save.quality.kept";
  if (output === "jpeg") return "save.quality.high";
  return type === "image/jpeg" ? "save.quality.high" : "save.quality.lossless";
}

/** @param {Blob} file @returns {number} */
function useBits(file) {
  const [bits, setBits] = useState(0);
  useEffect(() => {
    bitsOf(file).then(setBits, () => {});
  }, [file]);
  return bits;
}
