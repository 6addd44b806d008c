/** Pictures out of what was dropped or picked: files, and folders with all that is in them. */

const PICTURE = /\.(jpe?g|jfif|png|webp|avif|gif|bmp|tiff?|hei[cf])$/i;

/** @param {File} file @returns {boolean} */
export const isPicture = (file) =>
  !file.name.startsWith(".") && (file.type.startsWith("image/") || PICTURE.test(file.name));

/** @param {(files: File[]) => void} add @param {boolean} folder */
export function pickMany(add, folder) {
  const about = folder ? { webkitdirectory: true } : { multiple: true, accept: "image/*" };
  const input = Object.assign(document.createElement("input"), { type: "file", ...about });
  input.addEventListener("change", () => add([...(input.files ?? [])].filter(isPicture)));
  input.click();
}

/**
 * All pictures of what was dropped; null where it is at most one file, which is opened. Asked in the event itself: what
 * was dropped is gone after it.
 * @param {DataTransfer | null} given @returns {Promise<File[]> | null}
 */
export function manyOf(given) {
  const entries = [...(given?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.some((entry) => entry.isDirectory)) {
    return Promise.all(entries.map((entry) => walk(entry, ""))).then((all) => all.flat().filter(isPicture));
  }
  const files = [...(given?.files ?? [])].filter(isPicture);
  return files.length > 1 ? Promise.resolve(files) : null;
}

async function walk(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [named(file, path + file.name)];
  }
  const reader = entry.createReader();
  const found = [];
  // Browsers give some at a time
  for (let some = await read(reader); some.length > 0; some = await read(reader)) found.push(...some);
  return (await Promise.all(found.map((one) => walk(one, `${path}${entry.name}/`)))).flat();
}

const read = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

/** A file that knows its folder, as those of a picked folder do. */
const named = (file, path) => Object.defineProperty(file, "webkitRelativePath", { value: path.includes("/") ? path : "" });
