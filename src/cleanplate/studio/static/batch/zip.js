/**
 * A zip of files that are small already, stored as they are. It is written file by file to wherever it goes, so that of
 * many gigabytes one file at a time is in memory; beyond 4 GiB, or 65534 files, in the form of zip64.
 */

import { crcOn } from "../mask/png.js";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const PLACE_OF_END64 = 0x07064b50;
const VERSION = 20;
const VERSION64 = 45;
const UTF8_NAMES = 0x800;
/** Where these stand, the true number is in a field of zip64. */
const MOST_2 = 0xffff;
const MOST_4 = 0xffffffff;

export class ZipWriter {
  /**
   * @param {(pieces: BlobPart[]) => unknown} write Called with what comes next, and awaited.
   * @param {Date} [when] What all are dated.
   */
  constructor(write, when = new Date()) {
    this.write = write;
    this.when = when;
    /** How many bytes were written. */
    this.size = 0;
    this.count = 0;
    /** @type {Uint8Array<ArrayBuffer>[]} */
    this.central = [];
  }

  /** @param {string} name Each once. @param {Blob} file Below 4 GiB. */
  async add(name, file) {
    if (file.size >= MOST_4) throw new RangeError(`${name} has 4 GiB or more`);
    const encoded = new TextEncoder().encode(name);
    const about = twos([UTF8_NAMES, 0, ...dosTime(this.when)]);
    const sizes = fours([await crcOf(file), file.size, file.size]);
    const far = this.size >= MOST_4;
    const extra = far ? bytes([[1, 2], [8, 2], [this.size, 8]]) : bytes([]);
    this.central.push(bytes([[CENTRAL, 4], [far ? VERSION64 : VERSION, 2], [far ? VERSION64 : VERSION, 2], ...about, ...sizes,
      ...twos([encoded.length, extra.length, 0, 0, 0]), ...fours([0, Math.min(this.size, MOST_4)])]), encoded, extra);
    this.count += 1;
    await this.#put([bytes([[LOCAL, 4], [VERSION, 2], ...about, ...sizes, ...twos([encoded.length, 0])]), encoded, file]);
  }

  /** The list of files, which is read first. */
  async end() {
    const [at, count] = [this.size, this.count];
    await this.#put(this.central);
    const length = this.size - at;
    if (count >= MOST_2 || at >= MOST_4 || length >= MOST_4) {
      const place = this.size;
      await this.#put([bytes([[END64, 4], [44, 8], [VERSION64, 2], [VERSION64, 2], [0, 4], [0, 4],
        [count, 8], [count, 8], [length, 8], [at, 8]])]);
      await this.#put([bytes([[PLACE_OF_END64, 4], [0, 4], [place, 8], [1, 4]])]);
    }
    const shown = Math.min(count, MOST_2);
    await this.#put([bytes([[END, 4], ...twos([0, 0, shown, shown]),
      ...fours([Math.min(length, MOST_4), Math.min(at, MOST_4)]), [0, 2]])]);
  }

  /** @param {BlobPart[]} pieces */
  async #put(pieces) {
    for (const piece of pieces) this.size += piece instanceof Uint8Array ? piece.length : /** @type {Blob} */ (piece).size;
    await this.write(pieces);
  }
}

async function crcOf(file) {
  let value = 0;
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) return value;
    value = crcOn(value, chunk);
  }
}

/** Time and date as DOS wrote them: two seconds, minutes, hours; day, month, years since 1980. */
function dosTime(when) {
  const time = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1);
  return [time, ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate()];
}

const twos = (values) => values.map((value) => [value, 2]);
const fours = (values) => values.map((value) => [value, 4]);

/** Numbers, the lowest byte first. @param {number[][]} fields Value and width each: 2, 4 or 8. */
function bytes(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 8) view.setBigUint64(at, BigInt(value), true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}
