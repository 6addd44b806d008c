/**
 * A lens beside the pointer: pixels of the picture on as many of the screen, however far away the picture is seen. In
 * the comparison its left half is before and its right half after.
 */

import { t } from "../i18n/i18n.js";
import { html } from "../panel/html.js";
import { decodedOf } from "../picture/pictures.js";
import { here, original } from "../state/history.js";
import { useEffect, useRef } from "../vendor/preact-hooks.js";

const SIDE = 220;
/** From the pointer to the lens: what is pointed at stays in sight. */
const BESIDE = 24;
/** Half the side of the frame round what is pointed at. */
const FRAME = 7;

/** @typedef {import("../picture/decode.js").Decoded} Decoded */
/** @typedef {{x: number, y: number}} Point */

/** @param {{state: import("../types.js").State, actions: any, surface: HTMLElement}} props */
export function Loupe({ state, actions, surface }) {
  const node = useRef(null);
  /** @type {{current: Point | null}} where in the window it points */
  const at = useRef(null);
  const { comparing, peeking, history } = state;
  const shown = (peeking ? original(history) : here(history)).picture;
  const first = original(history).picture;

  useEffect(() => {
    const lens = node.current;
    const stage = lens.parentElement;
    /** @type {Decoded[]} */
    let pictures = [];
    let ended = false;
    const draw = () => {
      const slider = stage.querySelector("img-comparison-slider img");
      if (pictures.length === 0 || (comparing && slider === null)) return;
      at.current ??= middleOf(stage);
      const place = comparing ? inSlider(slider, at.current, pictures[0]) : actions.view.at(at.current.x, at.current.y);
      paint(lens.querySelector("canvas"), pictures, place, comparing);
      beside(lens, stage, at.current);
    };
    const point = ({ clientX: x, clientY: y }) => {
      at.current = { x, y };
      draw();
    };
    const pointed = (event) => point(event.detail);
    // Arrow keys move the line, and the lens goes with it
    const slid = ({ target }) => point(onLine(target, at.current));
    const wanted = comparing ? [first, shown] : [shown];
    Promise.all(wanted.map(decodedOf)).then((found) => {
      pictures = ended ? [] : found;
      draw();
    }, () => actions.loupe(false));
    surface.addEventListener("pointed", pointed);
    if (comparing) stage.addEventListener("pointermove", point);
    stage.addEventListener("slide", slid, true);
    actions.view.moved.add(draw);
    return () => {
      ended = true;
      surface.removeEventListener("pointed", pointed);
      stage.removeEventListener("pointermove", point);
      stage.removeEventListener("slide", slid, true);
      actions.view.moved.delete(draw);
    };
  }, [shown, first, comparing]);

  return html`
    <figure class="loupe" ref=${node} role="img" aria-label=${t("view.loupe")}>
      <canvas></canvas><figcaption aria-hidden="true">100 %</figcaption></figure>`;
}

/** Pixel for pixel round a place of the picture. @param {HTMLCanvasElement} canvas @param {readonly Decoded[]} pictures */
function paint(canvas, pictures, { x, y }, split) {
  const side = Math.round(SIDE * (window.devicePixelRatio || 1));
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const half = Math.floor(side / 2);
  pictures.forEach(({ width, height, levels: [bitmap] }, number) => {
    const [byX, byY] = [width / pictures[0].width, height / pictures[0].height];
    const [left, top] = [Math.floor(x * byX) - half, Math.floor(y * byY) - half];
    const [from, to] = split && number === 1 ? [half, side] : split ? [0, half] : [0, side];
    context.drawImage(bitmap, left + from, top, to - from, side, from, 0, to - from, side);
  });
  if (split) {
    context.fillStyle = "#ffffff";
    context.fillRect(half - 1, 0, 2, side);
  }
  // A light frame in a dark one is seen on any picture
  for (const [colour, out] of /** @type {const} */ ([["#000000", 1], ["#ffffff", 0]])) {
    context.strokeStyle = colour;
    context.strokeRect(half - FRAME - out - 0.5, half - FRAME - out - 0.5, 2 * (FRAME + out) + 2, 2 * (FRAME + out) + 2);
  }
}

/** Where the lens lies: on that side of the pointer where there is room. */
function beside(lens, stage, { x, y }) {
  const box = stage.getBoundingClientRect();
  const put = (place, start, length) => {
    const after = place - start + BESIDE;
    return Math.max(0, after + lens.offsetWidth <= length ? after : place - start - BESIDE - lens.offsetWidth);
  };
  lens.style.transform = `translate(${put(x, box.left, box.width)}px, ${put(y, box.top, box.height)}px)`;
}

/** @param {Element} stage @returns {Point} */
function middleOf(stage) {
  const { left, top, width, height } = stage.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

/** Pixels of the picture below a place of the window, in the comparison. */
function inSlider(image, { x, y }, picture) {
  const box = image.getBoundingClientRect();
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const left = box.left + (box.width - picture.width * scale) / 2;
  const top = box.top + (box.height - picture.height * scale) / 2;
  return { x: (x - left) / scale, y: (y - top) / scale };
}

/** Where the line is, as high as the lens was. */
function onLine(slider, before) {
  const { left, top, width, height } = slider.getBoundingClientRect();
  return { clientX: left + (width * slider.value) / 100, clientY: before?.y ?? top + height / 2 };
}
