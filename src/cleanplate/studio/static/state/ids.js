/** Names that no two things share. `crypto.randomUUID` is missing where a page came by plain http. */

/** @returns {string} 24 hexadecimal digits */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
