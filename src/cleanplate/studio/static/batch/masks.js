/** A mask for each of many pictures: which belongs to which, by their names, and what is painted in them. */

import { pixels } from "../mask/pixel_work.js";

/** @typedef {import("../types.js").BatchItem} BatchItem */
/** @typedef {import("../types.js").BatchMask} BatchMask */
/** @typedef {{of: Map<string, BatchMask>, without: BatchItem[], unclear: BatchItem[], unused: BatchMask[]}} Pairs
 *   `of`: by the id of a picture; `without`: those with no mask; `unclear`: those of which it cannot be told which mask is
 *   meant, or whose mask may be another one's too; `unused`: masks of none. */

const MARK = /[_\-. ]mask$/i;

/**
 * photo.jpg has photo.png, photo_mask.png, photo-mask.png, photo.mask.png or photo.jpg.png, in any folder; where several
 * have such a name, the one in a folder of the same name below the first.
 * @param {readonly BatchItem[]} items @param {readonly BatchMask[]} masks @returns {Pairs}
 */
export function pairsOf(items, masks) {
  const found = new Map(items.map((item) => [item.id, candidates(item, masks)]));
  const claims = new Map();
  for (const [one] of [...found.values()].filter((some) => some.length === 1)) claims.set(one, (claims.get(one) ?? 0) + 1);
  const count = (item) => found.get(item.id).length;
  const clear = (item) => count(item) === 1 && claims.get(found.get(item.id)[0]) === 1;
  const used = new Set([...found.values()].flat());
  return {
    of: new Map(items.filter(clear).map((item) => [item.id, found.get(item.id)[0]])),
    without: items.filter((item) => count(item) === 0),
    unclear: items.filter((item) => count(item) > 0 && !clear(item)),
    unused: masks.filter((mask) => !used.has(mask)),
  };
}

/** Those that failed and may come out otherwise. @param {import("../types.js").Batch} batch @returns {BatchItem[]} */
export function failedForNow({ items, masks, plan }) {
  const { of } = pairsOf(items, masks);
  const same = ({ id, misfit }) => plan.what === "masks" && misfit !== undefined && misfit === of.get(id)?.id;
  return items.filter((item) => item.state === "failed" && item.size !== 0 && !same(item));
}

/** The pictures that are masks of others among them, by their names. @param {readonly BatchItem[]} items */
export function masksAmong(items) {
  const marked = items.filter(({ name, state }) => state === "waiting" && MARK.test(stem(base(name))));
  const others = items.filter((item) => !marked.includes(item));
  return marked.filter((mask) => others.some((item) => candidates(item, [mask]).length > 0));
}

/** What may be painted in a mask, as `meaningsOf` says it; none where it cannot be read. @param {Blob} file */
export const offeredBy = (file) => pixels("meanings", file).catch(() => []);

/**
 * What is painted in all of them where that is clear, and else what may be: masks of one set are of one kind, so that
 * what is unclear in one is asked for all.
 * @param {readonly BatchMask[]} masks @returns {readonly string[]}
 */
export const offeredByAll = (masks) => [...new Set(masks.flatMap(({ offered }) => offered))];

/** A mask as PNG, white on black. @param {Blob} file @param {any} meaning Of `MEANINGS`. @returns {Promise<Blob>} */
export async function readMask(file, meaning) {
  const shape = await pixels("read", file, meaning);
  if (shape === null) throw { code: "nothing-to-erase" };
  return (await pixels("render", [[shape]], { width: shape.width, height: shape.height })).png;
}

/** The mask at the size of a picture. One that the browser cannot show gets it as it is: the server says if it fits. */
export async function fitted(mask, image) {
  const [drawn, picture] = await Promise.all([createImageBitmap(mask), createImageBitmap(image).catch(() => null)]);
  const { width, height } = picture ?? drawn;
  const same = width === drawn.width && height === drawn.height;
  drawn.close();
  picture?.close();
  return same ? mask : pixels("scale", mask, { width, height });
}

function candidates(item, masks) {
  const [full, bare] = [spelled(base(item.name)), spelled(stem(base(item.name)))];
  const fits = masks.filter(({ name }) => {
    const own = spelled(stem(base(name)));
    return [full, bare].includes(own) || [full, bare].includes(own.replace(MARK, ""));
  });
  const near = fits.filter(({ name }) => folder(name) === folder(item.name));
  return fits.length > 1 && near.length > 0 ? near : fits;
}

const base = (name) => name.split("/").pop();
const stem = (name) => name.replace(/\.[^.]*$/, "");
/** Disks and archives spell letters with accents in different ways. */
const spelled = (name) => name.normalize("NFC").toLowerCase();
/** Below the folder that was chosen, which pictures and masks have each their own. */
const folder = (name) => spelled(name.split("/").slice(1, -1).join("/"));
