/** The ways by which a picture comes: dropped, pasted, picked, photographed. Each ends in a file, or an address. */

import { pictureAddress } from "../api/pictures.js";
import { manyOf } from "../batch/files.js";

/**
 * @param {(file: File) => void} open @param {(files: File[]) => void} openMany
 * @param {(url: string) => void} openUrl @returns {() => void} ends it
 */
export function listenForPictures(open, openMany, openUrl) {
  const listeners = /** @type {const} */ ([
    ["dragover", (event) => { event.preventDefault(); mark(true); }],
    ["dragleave", (event) => { if (event.relatedTarget === null) mark(false); }],
    ["drop", (event) => {
      event.preventDefault();
      mark(false);
      const many = manyOf(event.dataTransfer);
      if (many === null) take(event.dataTransfer) || takeAddress(event.dataTransfer);
      else many.then(openMany);
    }],
    ["paste", (event) => {
      const typed = event.target instanceof Element && event.target.matches("input, textarea");
      if (take(event.clipboardData) || (!typed && takeAddress(event.clipboardData))) event.preventDefault();
    }],
  ]);
  for (const [name, listener] of listeners) window.addEventListener(name, listener);
  return () => listeners.forEach(([name, listener]) => window.removeEventListener(name, listener));

  /** @param {DataTransfer | null} given @returns {boolean} whether there was a picture */
  function take(given) {
    const file = [...(given?.files ?? [])].find((one) => one.type.startsWith("image/") || one.type === "");
    if (file) open(file);
    return Boolean(file);
  }

  /** A picture that is dragged from another page, or an address that was copied, is text. */
  function takeAddress(given) {
    const text = given?.getData("text/uri-list") || given?.getData("text/plain") || "";
    const url = pictureAddress(text.split("\n")[0]);
    if (url !== null) openUrl(url);
    return url !== null;
  }
}

/**
 * Let the person pick a file, or take a photo where there is a camera.
 * @param {(file: File) => void} open @param {boolean} [camera]
 */
export function pickPicture(open, camera = false) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
  if (camera) input.setAttribute("capture", "environment");
  input.addEventListener("change", () => input.files?.[0] && open(input.files[0]));
  input.click();
}

const mark = (on) => document.body.classList.toggle("is-dragged-over", on);
