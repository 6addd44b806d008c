/** Errors in the person's words, with what to do; the server's own sentence where it says more. */

import { ApiError, ConnectionLost } from "./client.js";
import { PictureError } from "../picture/decode.js";
import { has, t } from "../i18n/i18n.js";

const ALSO_SAID = ["bad-parameter", "not-available", "bad-input", "conflict", "picture-size", "input-too-large"];

/** Asked for again, these come to the same. */
const FINAL = ["not-a-picture", "picture-size", "input-too-large", "not-available", "forbidden", "input-refused"];
const SEVERAL = /several (frames|pages)/;
const SIZES = /(\d+)x(\d+) px, but the image is (\d+)x(\d+) px/;

/** Whether a file was refused since there is more than one picture in it. @param {any} error */
export const isSeveral = ({ code, message }) => code === "not-a-picture" && SEVERAL.test(message);

/**
 * @param {unknown} error What was thrown, or `{code, message}` of an edit that failed.
 * @returns {import("../types.js").Notice}
 */
export function noticeOf(error) {
  const notice = (key, more = {}) => {
    const said = { kind: /** @type {const} */ ("error"), text: t(key, more.values), help: helpFor(key), ...more };
    // The same is said once
    return { id: `${said.text} ${said.help}`, ...said };
  };
  if (error instanceof PictureError) return notice(error.key, { values: error.values });
  if (error instanceof ConnectionLost) return notice("error.lost", { action: "run" });
  const { code = "", message = "", status } = /** @type {any} */ (error ?? {});
  if (status === 401) return notice("error.unauthorized", { action: "sign-in" });
  if (code === "" && !(error instanceof ApiError)) {
    console.warn(error);
    return notice("error.unknown", { action: "run" });
  }
  if (isSeveral({ code, message })) return notice("open.several");
  if (code === "mask-mismatch") return notice("error.mask-mismatch", sizesIn(message));
  const known = has(`error.${code}`);
  const said = ALSO_SAID.includes(code) || !known ? message : "";
  const again = !FINAL.includes(code) && { action: "run" };
  return notice(known ? `error.${code}` : "error.unknown", { ...again, ...(said && { help: said }) });
}

/** Both sizes, as the server says them. @param {string} message */
function sizesIn(message) {
  const [, width, height, wide, high] = SIZES.exec(message) ?? [];
  if (width === undefined) return { help: message || undefined };
  return { help: `${t("import.other-size", { width, height, wide, high })} ${t("import.other-size.help")}` };
}

/** A sentence that is no error. @param {string} key @param {"warning" | "info"} [kind] */
export const hint = (key, kind = "info") => ({ id: key, kind, text: t(key), help: helpFor(key) });

const COMMAND = /cleanplate models pull [\w-]+(?: [\w-]+)*|pip install '[^']+'/g;

/** The commands that a sentence of the server names. @param {string} text */
export const commandsIn = (text) => text.match(COMMAND) ?? [];

const helpFor = (key) => (has(`${key}.help`) ? t(`${key}.help`) : undefined);
