/** A row of choices of which one holds; arrow keys go from one to the next. */

import { html } from "./html.js";

/**
 * @param {{label: string, names: readonly (readonly [string, string])[], at: string, choose: (name: string) => void}} props
 *   `names`: what is chosen, and what is shown.
 */
export const Tabs = ({ label, names, at, choose }) => html`
  <fieldset class="tabs"><legend class="unseen">${label}</legend>
    ${names.map(([name, shown]) => html`
      <label key=${name}><input type="radio" name=${label} checked=${name === at} onChange=${() => choose(name)} />
        <span>${shown}</span></label>`)}
  </fieldset>`;
