/** A dialog of the browser's own: it holds the focus, and screen readers hear nothing of what is behind it. */

import { useEffect, useRef } from "../vendor/preact-hooks.js";
import { t } from "../i18n/i18n.js";
import { Button } from "./button.js";
import { html } from "./html.js";

/** @param {{title: string, onClose?: () => void, children?: any}} props Without `onClose` it stays. */
export function Dialog({ title, onClose, children }) {
  const node = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    node.current.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  return html`
    <dialog ref=${node} class="dialog" aria-labelledby="dialog-title" onCancel=${cancel}>
      <div class="dialog-head"><h2 id="dialog-title">${title}</h2>
        ${onClose && html`<${Button} icon="close" label=${t("keys.close")} onClick=${onClose} />`}</div>
      ${children}
    </dialog>`;
}
