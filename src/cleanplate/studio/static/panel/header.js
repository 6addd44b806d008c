/** The bar at the top: whose page this is, which picture, and what is done with the whole of it. */

import { t } from "../i18n/i18n.js";
import { MOD } from "../keys/table.js";
import { apiKey } from "../api/session.js";
import { counted } from "../batch/counted.js";
import { canRedo, canUndo, changed } from "../state/reducer.js";
import { Button } from "./button.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/** @param {{state: import("../types.js").State, actions: any}} props */
export function Header({ state, actions }) {
  const { doc } = state;
  return html`
    <header class="header">
      <h1 class="brand"><span class="brand-mark" aria-hidden="true"></span>${t("app.name")}</h1>
      ${doc && html`
        <p class="doc-name"><span title=${doc.name}>${doc.name}</span>
          <small>${t("canvas.size", doc)}</small></p>
        <div class="group" role="group" aria-label=${t("history.label")}>
          <${Button} icon="undo" label=${t("edit.undo")} keys=${`${MOD}+Z`} disabled=${!canUndo(state)}
            onClick=${actions.undo} />
          <${Button} icon="redo" label=${t("edit.redo")} keys=${`Shift+${MOD}+Z`} disabled=${!canRedo(state)}
            onClick=${actions.redo} />
        </div>
        <${Button} icon="compare" label=${t("compare.toggle")} keys="C" text pressed=${state.comparing}
          disabled=${!changed(state)} onClick=${() => actions.compare()} />
        <${Button} icon="open" label=${t("open.another")} keys=${`${MOD}+O`} text onClick=${actions.pick} />
        ${state.batch.items.length === 0 && !state.batch.elsewhere && html`
          <${Button} icon="stack" label=${t("batch.many")} onClick=${() => actions.dialog("batch")} />`}
        <${Button} icon="save" label=${t("save.save")} keys=${`${MOD}+S`} text
          kind=${changed(state) ? "is-strong" : ""} onClick=${actions.save} />
        <${Button} icon="saveAs" label=${t("save.as")} keys=${`Shift+${MOD}+S`} onClick=${actions.saveAs} />`}
      ${(state.batch.items.length > 0 || state.batch.elsewhere) && html`
        <button type="button" class="button is-strong" aria-haspopup="dialog" onClick=${() => actions.dialog("batch")}>
          <${Icon} name="stack" /><span>${state.batch.elsewhere ? t("batch.open-elsewhere") : t("batch.open", counted(state.batch.items))}</span></button>`}
      <div class="group is-quiet">
        <${Button} icon="more" label=${t("more.open")} onClick=${() => actions.dialog("more")} />
        <${PageButtons} state=${state} actions=${actions} />
      </div>
    </header>`;
}

/** What is about the page itself; on phones it is in the dialog beside it. */
export function PageButtons({ state, actions }) {
  const { theme, language } = state;
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  return html`
    <div class="group page-buttons">
      <${Button} icon="help" label=${t("keys.open")} keys="?" onClick=${() => actions.dialog("keys")} />
      <${Button} icon="theme" label=${t("settings.theme", { theme: t(`theme.${theme}`) })}
        onClick=${() => actions.set("theme", { theme: nextTheme })} />
      <${Button} icon="language" label=${t("settings.language.label")}
        onClick=${() => actions.set("language", { language: language === "en" ? "zh" : "en" })} />
      ${state.session === "open" && apiKey() !== null && html`
        <${Button} icon="out" label=${t("sign-in.out")} onClick=${actions.signOut} />`}
    </div>`;
}
