/**
 * Masks that are no outlines: what a model has selected, what was imported, grown or filled. They are kept as lengths of
 * runs, clear and painted in turn over all rows, seven bits a byte: a thing in 40 megapixels takes some kilobytes.
 */

/** @typedef {import("../types.js").BitmapShape} BitmapShape */

/** Writes runs in the order of rows. */
export class RunWriter {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.bytes = new Uint8Array(256);
    this.length = 0;
    this.area = 0;
    this.box = [width, height, 0, 0];
    this.start = this.end = this.written = 0;
  }

  /** Pixels x0 to x1 of a row are painted, x1 outside; never left of what was painted before. */
  paint(y, x0, x1) {
    const from = y * this.width + x0;
    const to = from + x1 - x0;
    const { box } = this;
    if (x0 < box[0]) box[0] = x0;
    if (y < box[1]) box[1] = y;
    if (x1 > box[2]) box[2] = x1;
    if (y >= box[3]) box[3] = y + 1;
    this.area += x1 - x0;
    if (from !== this.end || this.end === this.start) {
      this.#flush();
      this.start = from;
    }
    this.end = to;
  }

  /** @param {ArrayLike<number>} flags A row begins at `at`. @param {number} is What counts as painted. */
  row(y, flags, at, is = 1) {
    const { width } = this;
    for (let x = 0; x < width; x += 1) {
      if (flags[at + x] !== is) continue;
      const from = x;
      while (x < width && flags[at + x] === is) x += 1;
      this.paint(y, from, x);
    }
  }

  /** @param {import("../types.js").Mode} [mode] @returns {BitmapShape | null} null: nothing is painted */
  shape(mode = "add") {
    this.#flush();
    if (this.area === 0) return null;
    const { width, height, box, area } = this;
    return { kind: "bitmap", mode, width, height, box, area, runs: this.bytes.slice(0, this.length) };
  }

  #flush() {
    if (this.end === this.start) return;
    this.#put(this.start - this.written);
    this.#put(this.end - this.start);
    this.written = this.start = this.end;
  }

  #put(count) {
    if (this.length + 5 > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    for (; count > 127; count >>>= 7) this.bytes[this.length++] = (count & 127) | 128;
    this.bytes[this.length++] = count;
  }
}

/**
 * Each painted piece of a row, from top to bottom.
 * @param {BitmapShape} bitmap @param {(y: number, x0: number, x1: number) => void} piece
 * @param {number} [bottom] Rows from here on are left out.
 */
export function eachPiece({ runs, width, height }, piece, bottom = height) {
  let place = 0;
  let painted = false;
  for (let at = 0; at < runs.length; painted = !painted) {
    let count = runs[at] & 127;
    for (let shift = 7; runs[at++] & 128; shift += 7) count |= (runs[at] & 127) << shift;
    const end = place + count;
    if (!painted) place = end;
    while (place < end) {
      const y = Math.floor(place / width);
      if (y >= bottom) return;
      const upTo = Math.min(end, (y + 1) * width);
      piece(y, place - y * width, upTo - y * width);
      place = upTo;
    }
  }
}

/**
 * How many pixels of each cell are painted; where a cell is a pixel, `one` for those that are.
 * @param {BitmapShape} bitmap
 * @param {{left: number, top: number, right: number, bottom: number}} window Pixels, its corner a whole cell.
 * @param {number} by Pixels a side of a cell. @param {number} [one]
 */
export function coverage(bitmap, { left, top, right, bottom }, by, one = 1) {
  const width = Math.ceil((right - left) / by);
  const height = Math.ceil((bottom - top) / by);
  const counts = new Uint32Array(width * height);
  eachPiece(bitmap, (y, x0, x1) => {
    const [from, to] = [Math.max(x0, left) - left, Math.min(x1, right) - left];
    if (y < top || from >= to) return;
    const row = Math.floor((y - top) / by) * width;
    if (by === 1) return void counts.fill(one, row + from, row + to);
    for (let x = from; x < to; ) {
      const cell = Math.floor(x / by);
      const next = Math.min((cell + 1) * by, to);
      counts[row + cell] += next - x;
      x = next;
    }
  }, bottom);
  return { counts, width, height };
}

/** Whether a place is marked. @param {import("../types.js").BitmapShape} bitmap @param {number} x @param {number} y */
export function coversAt(bitmap, x, y) {
  let found = false;
  eachPiece(bitmap, (row, x0, x1) => (found ||= row === y && x >= x0 && x < x1), y + 1);
  return found;
}
