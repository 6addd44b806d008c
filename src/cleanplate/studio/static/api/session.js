/** The API key of this page: for the tab, or for the browser where the person wants to stay signed in. */

import { ofBrowser, ofTab } from "../kept_values.js";

const NAME = "cleanplate.key";

/** @returns {string | null} */
export const apiKey = () => ofTab.get(NAME) ?? ofBrowser.get(NAME);

/** @param {string} key @param {boolean} stay Keep it when the browser is closed. */
export function keepKey(key, stay) {
  forgetKey();
  (stay ? ofBrowser : ofTab).set(NAME, key);
}

/** When a key that a link gave ends, Unix milliseconds; null for keys that do not. @param {string} key */
export const endOf = (key) => Number(/^cps\.[\w-]+\.(\d+)\./.exec(key)?.[1]) || null;

export function forgetKey() {
  ofTab.remove(NAME);
  ofBrowser.remove(NAME);
}
