/** What hangs together with a place. */

/**
 * Pixels of the same value as the one at (x, y), by their sides; they become `value`.
 * @param {Uint8Array | Uint32Array} flags (height * width) of 0 and 1, changed. @param {number} width
 * @param {number} x @param {number} y @param {number} [value] Not what they are.
 * @returns {boolean} whether it reaches the edge of the picture
 */
export function flood(flags, width, x, y, value = 2) {
  const height = flags.length / width;
  const wanted = flags[y * width + x];
  const waiting = [y * width + x];
  let open = false;
  while (waiting.length > 0) {
    const at = waiting.pop();
    if (flags[at] !== wanted) continue;
    const row = at - (at % width);
    let [from, to] = [at, at];
    while (from > row && flags[from - 1] === wanted) from -= 1;
    while (to + 1 < row + width && flags[to + 1] === wanted) to += 1;
    flags.fill(value, from, to + 1);
    open ||= from === row || to + 1 === row + width || row === 0 || row === (height - 1) * width;
    for (const other of [row - width, row + width]) {
      if (other < 0 || other >= flags.length) continue;
      const shift = other - row;
      for (let next = from + shift; next <= to + shift; next += 1) {
        if (flags[next] === wanted && (next === from + shift || flags[next - 1] !== wanted)) waiting.push(next);
      }
    }
  }
  return open;
}
