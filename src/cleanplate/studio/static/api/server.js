/** What the server says of itself, and of what this key has asked of it. */

import { addressOf, ask, reach } from "./client.js";

const DAYS = 30;

/**
 * @typedef {object} ServerReport
 * @property {Record<string, string>} health A word by part, "ok" where it is well; `status` is all in one.
 * @property {{queued: number, running: number}} queue Of this key's account, as far as this API knows.
 * @property {{images: number, compute_ms: number}} usage Of the last 30 days.
 * @property {number} days
 */

/** @returns {Promise<ServerReport>} */
export async function reportOfServer() {
  const count = async (state) => (await ask(`v1/edits?state=${state}&page_size=1`)).total;
  const [health, queued, running, used] = await Promise.all([
    readiness(), count("queued"), count("running"), ask(`v1/usage?days=${DAYS}`),
  ]);
  const total = (name) => used.days.reduce((sum, day) => sum + day[name], 0);
  const usage = { images: total("images"), compute_ms: total("compute_ms") };
  return { health, queue: { queued, running }, usage, days: DAYS };
}

/** Whose key the page has. @returns {Promise<{id: string, name: string, account: string, admin: boolean}>} */
export const whoAmI = () => ask("v1/me");

/** 503 is an answer too: it says which part is ill. @returns {Promise<Record<string, string>>} */
export async function readiness() {
  const reply = await reach(addressOf("readyz"), { cache: "no-store" });
  return reply.json();
}
