/** Where the work on pixels is done, beside the page: it answers each question by its number. */

import { PIXEL_WORK } from "./pixels.js";

addEventListener("message", async ({ data: { number, name, given } }) => {
  try {
    postMessage({ number, done: await PIXEL_WORK[name](...given) });
  } catch (error) {
    postMessage({ number, failed: String(error) });
  }
});
postMessage({ number: 0 });
