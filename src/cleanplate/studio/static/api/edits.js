/** An edit over HTTP: asked for, watched to its end through lost connections, cancelled. */

import { ask, ConnectionLost, send } from "./client.js";
import { eventsOf } from "./events.js";
import { newId } from "../state/ids.js";

const ENDED = ["succeeded", "failed", "cancelled"];
const LONGEST_PAUSE_MS = 8000;

/**
 * @typedef {object} Asked
 * @property {string} edit
 * @property {Blob} image The file, as it is.
 * @property {Blob} [mask] White is to be edited.
 * @property {Blob} [keep] White must not change.
 * @property {Blob} [reference] The second picture.
 * @property {Record<string, unknown>} parameters
 * @property {number} [count]
 * @property {string} [output] As the picture, when absent.
 * @property {number} [quality]
 * @property {"keep" | "strip"} [metadata] Kept when absent.
 */

/**
 * Ask for an edit. A request that may have been lost is sent again under the same key of idempotency, so that nothing
 * is done twice.
 * @param {Asked} asked @param {{signal: AbortSignal, lost: (is: boolean) => void, key?: string}} watch With the key of
 *   an earlier time, and the same asked for, the answer is that of then.
 * @returns {Promise<any>} The edit, as `GET /v1/edits/{id}` gives it.
 */
export async function submit(asked, { signal, lost, key = newId() }) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const body = await bodyOf(asked);
  return persistently(() => ask("v1/edits", { method: "POST", body, headers, signal }), signal, lost);
}

/**
 * Wait for the end, and hear of the way there.
 * @param {any} edit @param {{signal: AbortSignal, lost: (is: boolean) => void, tell: (edit: any) => void}} watch
 * @returns {Promise<any>} The edit as it ended.
 */
export async function watchToEnd(edit, { signal, lost, tell }) {
  let now = edit;
  while (!ENDED.includes(now.state)) {
    now = await persistently(() => watchOnce(now, signal, tell), signal, lost);
    tell(now);
  }
  return now;
}

/** An edit that was asked for before. @param {string} id @param {{signal: AbortSignal, lost: (is: boolean) => void}} watch */
export const lookAt = (id, { signal, lost }) => persistently(() => ask(`v1/edits/${id}`, { signal }), signal, lost);

/**
 * What the server lacks to find these words; null where it can: not all words need a model. It is asked without a
 * picture: what is refused for that alone would be done with one.
 * @param {string} find @returns {Promise<string | null>}
 */
export async function missingFor(find) {
  const body = JSON.stringify({ edit: "erase", parameters: { find }, image: "!" });
  const headers = { "Content-Type": "application/json" };
  const refused = await ask("v1/edits", { method: "POST", headers, body }).catch((error) => error);
  return refused.code === "not-available" ? refused.message : null;
}

/** @param {string} id @returns {Promise<any>} */
export const cancel = (id) => ask(`v1/edits/${id}`, { method: "DELETE" });

/** One stream of events, or one look where the server holds too many streams. */
async function watchOnce(edit, signal, tell) {
  let now = edit;
  try {
    const reply = await send(`v1/edits/${edit.id}/events`, { signal });
    for await (const { data } of eventsOf(reply)) {
      now = { ...now, ...data };
      tell(now);
    }
    if (ENDED.includes(now.state)) return now;
  } catch (error) {
    if (error instanceof ConnectionLost || error.name === "AbortError" || error.status === 404) throw error;
    if (error.status !== undefined && error.status !== 429 && error.status < 500) throw error;
  }
  await pause(1000, signal);
  return ask(`v1/edits/${edit.id}`, { signal });
}

/** Again and again while the server cannot be reached; a refusal is an answer. */
export async function persistently(step, signal, lost) {
  for (let pauseMs = 500; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      const reply = await step();
      lost(false);
      return reply;
    } catch (error) {
      const busy = error.status === 503 || error.status === 409;
      if (!(error instanceof ConnectionLost) && !(busy && error.retryS > 0)) throw error;
      lost(true);
      await pause(error.retryS ? 1000 * error.retryS : pauseMs, signal);
    }
  }
}

/** JSON, put together of pieces: a picture in it is never one string with the rest. */
async function bodyOf({ image, mask, keep, reference, ...others }) {
  // What the picture says of itself goes on from step to step, and is left out where it is saved
  const rest = JSON.stringify({ output: "same", metadata: "keep", ...((mask || keep) && { mask_means: "white" }), ...others });
  const pieces = [rest.slice(0, -1), ',"image":"', await base64(image), '"'];
  if (mask) pieces.push(',"mask":"', await base64(mask), '"');
  if (reference) pieces.push(',"reference":"', await base64(reference), '"');
  if (keep) pieces.push(',"keep":"', await base64(keep), '"');
  return new Blob([...pieces, "}"], { type: "application/json" });
}

/** @param {Blob} file @returns {Promise<string>} */
export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",", 2)[1]));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

/** @param {number} ms @param {AbortSignal} signal */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
