/** Questions to the server that are answered at once: what is at these points, what do these words mean. */

import { fetchResult, send } from "./client.js";
import { base64 } from "./edits.js";

const KEPT = 2;

/** Pictures as they are sent, newest last: who clicks three times on 40 megapixels has them turned into text once. */
const texts = /** @type {Map<Blob, Blob>} */ (new Map());

/**
 * @param {"v1/selections" | "v1/regions"} path @param {Blob} image The file, as it is.
 * @param {Record<string, unknown>} asked The other fields. @param {AbortSignal} signal
 * @returns {Promise<{mask: Blob, recipe: any, counted: boolean}>} White is what is meant; `counted`: the key has limits
 *   that this took something of.
 */
export async function askSelection(path, image, asked, signal) {
  const pieces = [JSON.stringify(asked).slice(0, -1), ',"image":"', await textOf(image), '"}'];
  const body = new Blob(pieces, { type: "application/json" });
  const reply = await send(path, { method: "POST", body, signal, headers: { "Content-Type": "application/json" } });
  const { id, results } = await reply.json();
  return { mask: await fetchResult(id, 0, signal), recipe: results[0].recipe, counted: isCounted(reply) };
}

async function textOf(image) {
  const text = texts.get(image) ?? new Blob([await base64(image)]);
  texts.delete(image);
  texts.set(image, text);
  for (const old of [...texts.keys()].slice(0, -KEPT)) texts.delete(old);
  return text;
}

/** Not what lies in line or runs at the same time, of which nothing is left behind. */
const isCounted = (reply) => /"(rate|quota)"/.test(reply.headers.get("RateLimit-Policy") ?? "");
