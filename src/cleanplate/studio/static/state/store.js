/** One place for what the page shows: read by `get`, changed by `dispatch` alone. */

/**
 * @template S, A
 * @param {(state: S, action: A) => S} reduce Pure.
 * @param {S} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  /** @type {Set<(now: S, before: S) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {A} action */
    dispatch(action) {
      const before = state;
      state = reduce(state, action);
      if (state !== before) for (const listener of [...listeners]) listener(state, before);
    },
    /** @param {(now: S, before: S) => void} listener @returns {() => void} ends it */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
