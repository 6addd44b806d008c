/** Signing in and out: with a key, or by the link that the page was opened with. */

import { ApiError, ask } from "./api/client.js";
import { apiKey, forgetKey, keepKey } from "./api/session.js";
import { exchange, takeWord } from "./api/sign_in.js";
import { hint, noticeOf } from "./api/words.js";

/** @param {{store: any, note: (notice: any) => void}} parts */
export function sessionActions({ store, note }) {
  const { dispatch } = store;
  const actions = {
    /** Find out whether a key is needed, and what this server can do. @returns {Promise<boolean>} signed in */
    async enter() {
      // Without a key there is no answer but a refusal
      if (apiKey() === null) {
        dispatch({ type: "session", session: "asking" });
        return false;
      }
      try {
        const { edits } = await ask("v1/catalogue");
        dispatch({ type: "catalogue", catalogue: edits });
        dispatch({ type: "session", session: "open" });
        return true;
      } catch (error) {
        if (error.status === 401) dispatch({ type: "session", session: "asking" });
        else note(noticeOf(error));
        return false;
      }
    },

    /** Sign in by the link that the page was opened with, if it was. */
    async enterByLink() {
      const word = takeWord();
      if (word === null) return;
      try {
        await exchange(word);
      } catch (error) {
        note(error instanceof ApiError && error.status === 401 ? hint("hint.link-used", "warning") : noticeOf(error));
      }
    },

    /** @param {string} key @param {boolean} stay @returns {Promise<boolean>} whether the server knows the key */
    async signIn(key, stay) {
      keepKey(key.trim(), stay);
      const entered = await actions.enter();
      if (!entered && store.get().session === "asking") forgetKey();
      const solved = store.get().notices.filter(({ id, action }) => action === "sign-in" || id === "hint.link-used");
      if (entered) for (const { id } of solved) dispatch({ type: "dismiss", id });
      return entered;
    },

    signOut() {
      forgetKey();
      dispatch({ type: "session", session: "asking" });
    },
  };
  return actions;
}
