/** Konva is published as a script that makes a global: this is where it becomes a module. */

import "../vendor/konva.js";

export const Konva = globalThis.Konva;
