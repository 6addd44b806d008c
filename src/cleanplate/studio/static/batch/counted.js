/** How far many pictures are. */

/** How many there are of each state. @param {readonly import("../types.js").BatchItem[]} items */
export function counted(items) {
  const of = (state) => items.filter((item) => item.state === state).length;
  const [done, failed] = [of("done"), of("failed")];
  return { all: items.length, done, failed, left: items.length - done - failed };
}
