/** How deep a file's colours are. */

const PNG = "\x89PNG\r\n\x1a\n";
const DEPTH_AT = 24;
const USUAL = 8;

/** Bits of a channel: of a PNG as its header says it; what browsers show besides has 8. @param {Blob} file */
export async function bitsOf(file) {
  const head = new Uint8Array(await file.slice(0, DEPTH_AT + 1).arrayBuffer());
  const isPng = String.fromCharCode(...head.slice(0, PNG.length)) === PNG;
  return isPng && head.length > DEPTH_AT ? Math.max(head[DEPTH_AT], USUAL) : USUAL;
}
