/** A dialog or view whose file is fetched when it is first shown, if that was not done before. */

import { noticeOf } from "../api/words.js";
import { part, partHere } from "../parts.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { html } from "./html.js";

/**
 * @param {{name: import("../parts.js").PartName, actions: any, onFail?: () => void}} props All go on to the part;
 *   `onFail` is called where it cannot be fetched.
 */
export function Later({ name, onFail, ...props }) {
  const [, look] = useState(0);
  const Found = partHere(name);
  useEffect(() => {
    if (Found) return;
    part(name).then(() => look((times) => times + 1), (error) => {
      props.actions.set("notice", { notice: { ...noticeOf(error), action: undefined } });
      onFail?.();
    });
  }, [name]);
  return Found ? html`<${Found} ...${props} />` : null;
}
