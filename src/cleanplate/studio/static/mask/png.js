/** A PNG of one bit a pixel, written as its rows come: canvases can only encode what they hold whole. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * @param {number} width @param {number} height
 * @param {Iterable<Uint8Array<ArrayBuffer>>} rows Whole rows, each behind its filter byte, top to bottom.
 * @returns {Promise<Blob>}
 */
export async function encodePng(width, height, rows) {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 1); // bits a sample; the four bytes behind it say grey, deflate, filters, not interlaced
  const data = new Uint8Array(await deflated(rows));
  const parts = [new Uint8Array(SIGNATURE), ...chunk("IHDR", new Uint8Array(header.buffer)), ...chunk("IDAT", data)];
  return new Blob([...parts, ...chunk("IEND", new Uint8Array())], { type: "image/png" });
}

/** @param {Iterable<Uint8Array<ArrayBuffer>>} rows @returns {Promise<ArrayBuffer>} as zlib writes it */
async function deflated(rows) {
  const stream = new CompressionStream("deflate");
  const read = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  for (const band of rows) await writer.write(band);
  await writer.close();
  return read;
}

function chunk(name, data) {
  const kind = new TextEncoder().encode(name);
  return [uint32(data.length), kind, data, uint32(crcOn(crcOn(0, kind), data))];
}

/** The CRC-32 of bytes, behind those that `before` is of. @param {number} before 0 at first @param {Uint8Array} bytes */
export function crcOn(before, bytes) {
  let value = ~before;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

function uint32(value) {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value);
  return new Uint8Array(bytes.buffer);
}
