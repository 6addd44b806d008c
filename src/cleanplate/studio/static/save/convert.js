/** Files that the server makes of files: another format, only what has changed, a picture that browsers can show. */

import { fetchResult } from "../api/client.js";
import { cancel, submit, watchToEnd } from "../api/edits.js";

/** @typedef {{output: string, quality?: number, metadata: "keep" | "strip"}} FileKind */

/**
 * The picture as another file; its samples are not touched. Rejects with what the server refused or failed by.
 * @param {Blob} file @param {FileKind} kind @param {AbortSignal} signal @returns {Promise<Blob>}
 */
export async function convertFile(file, kind, signal) {
  return (await made({ edit: "convert", image: file, parameters: {}, ...kind }, signal)).file;
}

/**
 * What is not as it was, as a layer, and where it belongs.
 * @param {Blob} file @param {Blob} original The picture as it was. @param {AbortSignal} signal
 * @returns {Promise<{file: Blob, offset: number[]}>}
 */
export async function patchOf(file, original, signal) {
  // A JPEG that lies on its side is encoded anew when it is first edited: it is compared as it is after that
  const kind = { output: "jpeg", metadata: /** @type {const} */ ("strip") };
  const reference = original.type === "image/jpeg" ? await convertFile(original, kind, signal) : original;
  const asked = { edit: "patch", image: file, reference, parameters: {}, output: "png", metadata: /** @type {const} */ ("strip") };
  const { file: layer, recipe } = await made(asked, signal);
  return { file: layer, offset: recipe.offset };
}

async function made(asked, signal) {
  const watch = { signal, lost: () => {}, tell: () => {} };
  const begun = await submit(asked, watch);
  try {
    const { state, error, results } = await watchToEnd(begun, watch);
    if (state !== "succeeded" || results[0].error) throw results[0]?.error ?? error ?? new Error(state);
    return { file: await fetchResult(begun.id, 0, signal), recipe: results[0].recipe };
  } catch (error) {
    if (signal.aborted) await cancel(begun.id).catch(() => {});
    throw error;
  }
}
