/** A picture by its address: the server fetches it, since a page may ask nobody but its own server. */

import { send } from "./client.js";

const LONGEST_NAME = 80;

/** An address that may lead to a picture, or null. @param {string} text */
export function pictureAddress(text) {
  const trimmed = text.trim();
  if (/\s/.test(trimmed) || !URL.canParse(trimmed)) return null;
  return /^https?:$/.test(new URL(trimmed).protocol) ? trimmed : null;
}

/** @param {string} url @returns {Promise<File>} */
export async function fetchPicture(url) {
  const headers = { "Content-Type": "application/json" };
  const reply = await send("v1/pictures", { method: "POST", headers, body: JSON.stringify({ url }) });
  const data = await reply.blob();
  return new File([data], nameOf(url), { type: await typeOf(data) });
}

function nameOf(url) {
  const last = new URL(url).pathname.split("/").pop() ?? "";
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // Not every address is UTF-8
  }
  return name.replace(/[/\\\u0000-\u001f]/g, "").slice(-LONGEST_NAME) || "picture";
}

/** By the first bytes: what a stranger's server says of its file is not passed on. @param {Blob} data */
async function typeOf(data) {
  const head = String.fromCharCode(...new Uint8Array(await data.slice(0, 16).arrayBuffer()));
  const found = [
    ["image/jpeg", /^\xff\xd8\xff/], ["image/png", /^\x89PNG/], ["image/gif", /^GIF8/], ["image/bmp", /^BM/],
    ["image/webp", /^RIFF[^]{4}WEBP/], ["image/tiff", /^(?:II\*\0|MM\0\*)/], ["image/avif", /^[^]{4}ftypavi/],
    ["image/heic", /^[^]{4}ftyp(?:hei|hev|mif)/],
  ].find(([, mark]) => /** @type {RegExp} */ (mark).test(head));
  return found ? String(found[0]) : "";
}
