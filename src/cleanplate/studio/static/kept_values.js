/** Words that the browser keeps for the page; where it may keep nothing, they hold for as long as the page is open. */

/** @type {Map<string, string>} */
const memory = new Map();

/** @param {() => Storage} find Throws where the browser keeps nothing for pages. */
const keeper = (find) => ({
  /** @param {string} name @returns {string | null} */
  get(name) {
    try {
      return find().getItem(name);
    } catch {
      return memory.get(name) ?? null;
    }
  },

  /** @param {string} name @param {string} value */
  set(name, value) {
    try {
      find().setItem(name, value);
    } catch {
      memory.set(name, value);
    }
  },

  /** @param {string} name */
  remove(name) {
    memory.delete(name);
    try {
      find().removeItem(name);
    } catch {
      // There is nothing to remove
    }
  },
});

/** As long as the tab is open. */
export const ofTab = keeper(() => sessionStorage);
/** Until somebody clears it. */
export const ofBrowser = keeper(() => localStorage);
