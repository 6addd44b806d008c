/** Asking for many edits: where the server has enough to do, all who ask wait as long as it says. */

import { pause, submit } from "./edits.js";

const BUSY_MS = 2000;
/** Refused because too much was asked for at once: it is asked again. A quota that is used up stays so. */
const LATER = ["rate-limit", "concurrency-limit", "queue-full", "too-many-streams"];

export class Patience {
  constructor() {
    this.notBefore = 0;
  }

  /** As `submit`. @param {import("./edits.js").Asked} asked @param {any} watch @returns {Promise<any>} */
  async submit(asked, watch) {
    for (;;) {
      await pause(Math.max(0, this.notBefore - Date.now()), watch.signal);
      try {
        return await submit(asked, watch);
      } catch (error) {
        if (error.status !== 429 || !LATER.includes(error.code)) throw error;
        this.notBefore = Date.now() + (1000 * error.retryS || BUSY_MS);
      }
    }
  }
}
