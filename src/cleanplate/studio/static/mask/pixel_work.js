/** Asks for work on pixels: of a worker, or where browsers have none that can draw, of this page. */

import { reach } from "../api/client.js";

/** @typedef {typeof import("./pixels.js").PIXEL_WORK} PixelWork */

/** @type {Map<number, {resolve: (done: any) => void, reject: (error: unknown) => void}>} */
const waiting = new Map();
/** @type {Promise<Worker | null> | null} */
let begun = null;
let last = 0;

/**
 * @template {keyof PixelWork} N
 * @param {N} name @param {Parameters<PixelWork[N]>} given
 * @returns {Promise<Awaited<ReturnType<PixelWork[N]>>>} Rejects with `ConnectionLost` where what does it could not be fetched.
 */
export async function pixels(name, ...given) {
  const worker = await startPixelWorker();
  if (worker === null) {
    await reach(new URL("./pixels.js", import.meta.url).href, {});
    return /** @type {any} */ ((await import("./pixels.js")).PIXEL_WORK[name])(...given);
  }
  last += 1;
  const number = last;
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject });
    worker.postMessage({ number, name, given });
  });
}

/** @returns {Promise<Worker | null>} null where there can be none; one that could not be fetched is tried again */
export function startPixelWorker() {
  begun ??= start();
  return begun;
}

function start() {
  if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return Promise.resolve(null);
  const worker = new Worker(new URL("./pixel_worker.js", import.meta.url), { type: "module" });
  return new Promise((resolve) => {
    // The first word of it says that it is there
    worker.addEventListener("message", ({ data: { number, done, failed } }) => {
      const asked = waiting.get(number);
      waiting.delete(number);
      if (number === 0) resolve(worker);
      else if (failed === undefined) asked?.resolve(done);
      else asked?.reject(new Error(failed));
    });
    worker.addEventListener("error", (event) => {
      begun = null;
      for (const { reject } of waiting.values()) reject(new Error(event.message));
      waiting.clear();
      worker.terminate();
      resolve(null);
    });
  });
}
