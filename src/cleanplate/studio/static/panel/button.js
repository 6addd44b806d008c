/** A button with an icon, named for everyone: by its label, its tip, and the key that does the same. */

import { html } from "./html.js";
import { Icon } from "./icons.js";

/**
 * @param {{icon: string, label: string, keys?: string, text?: boolean, pressed?: boolean, disabled?: boolean,
 *          kind?: string, onClick: () => void}} props `text`: the label is shown, not only told.
 */
export function Button({ icon, label, keys, text = false, pressed, disabled = false, kind = "", onClick }) {
  const tip = keys ? `${label} (${keys})` : label;
  return html`
    <button type="button" class=${`button ${kind}`} title=${tip} aria-label=${label} aria-pressed=${pressed}
      aria-keyshortcuts=${keys} disabled=${disabled} onClick=${onClick}>
      ${icon && html`<${Icon} name=${icon} />`}${text && html`<span>${label}</span>`}
    </button>`;
}
