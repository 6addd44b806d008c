/** The words of the page, in the language that was chosen. */

import en from "./en.js";

/** @type {Record<string, Record<string, string>>} English stands in for what is not loaded. */
const LANGUAGES = { en };
let language = "en";

/** Get the words of a language, of which a page needs one. @param {"en" | "zh"} chosen */
export async function loadLanguage(chosen) {
  if (chosen === "zh") LANGUAGES.zh ??= (await import("./zh.js")).default;
}

/** @param {"en" | "zh"} chosen */
export function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
}

/** For numbers and days. @returns {string} */
export const locale = () => document.documentElement.lang;

/** @param {string} key @returns {boolean} */
export const has = (key) => key in en;

/**
 * The text of a key; `{name}` in it is the value of that name.
 * @param {string} key @param {Record<string, unknown>} [values] @returns {string}
 */
export function t(key, values = {}) {
  const text = LANGUAGES[language]?.[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}
