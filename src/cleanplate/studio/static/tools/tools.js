/** The tools, in the order of the toolbar. A new one is a file with a `Tool`, a line here, and its words. */

import { brush, eraser, keeper } from "./brush.js";
import { bucket } from "./bucket.js";
import { click } from "./click.js";
import { lasso } from "./lasso.js";
import { polygon } from "./polygon.js";
import { rectangle } from "./rectangle.js";

/** @type {readonly import("../types.js").Tool[]} */
export const TOOLS = [brush, eraser, click, rectangle, lasso, polygon, bucket, keeper];

/** @param {string} name @returns {import("../types.js").Tool} */
export const toolOf = (name) => TOOLS.find((tool) => tool.name === name) ?? brush;
