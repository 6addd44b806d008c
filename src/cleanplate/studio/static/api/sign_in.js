/** Signing in by the link that the server printed: its word is exchanged for a session, which stands in for a key. */

import { askWith } from "./client.js";
import { keepKey } from "./session.js";

const LINK = /^#sign-in=([\w-]{1,200})$/;

/**
 * The word in the page's address, which is rid of it at once: neither history nor bookmarks shall have it.
 * @returns {string | null}
 */
export function takeWord() {
  const word = LINK.exec(location.hash)?.[1] ?? null;
  if (word !== null) history.replaceState(null, "", location.pathname + location.search);
  return word;
}

/** Sign in with a word; rejects with an `ApiError` where it is no good. @param {string} word */
export async function exchange(word) {
  const { key } = await askWith(word, "studio/session", { method: "POST" });
  keepKey(key, true);
}
