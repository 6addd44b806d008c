/** Before and after over each other, parted by a line that is moved. */

import "../vendor/img-comparison-slider.js";
import { t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { useEffect, useRef } from "../vendor/preact-hooks.js";

/** @param {{before: string, after: string}} props Object URLs. */
export function CompareView({ before, after }) {
  const slider = useRef(null);
  useEffect(() => slider.current.focus(), []);
  return html`
    <div class="compare">
      <img-comparison-slider ref=${slider} tabindex="0" aria-label=${t("compare.slider")}>
        <figure slot="first"><img src=${before} alt=${t("compare.before")} draggable=${false} />
          <figcaption>${t("compare.before")}</figcaption></figure>
        <figure slot="second"><img src=${after} alt=${t("compare.after")} draggable=${false} />
          <figcaption>${t("compare.after")}</figcaption></figure>
      </img-comparison-slider>
    </div>`;
}
