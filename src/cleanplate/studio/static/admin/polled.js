/** What is asked for again and again while it is looked at. */

import { noticeOf } from "../api/words.js";
import { useEffect, useRef, useState } from "../vendor/preact-hooks.js";

/**
 * @template T
 * @param {() => Promise<T>} load
 * @param {(found: T | null) => number} pause Milliseconds until it is asked for again.
 * @param {readonly unknown[]} of What it depends on: where that changes it is asked for at once.
 * @returns {{found: T | null, trouble: string, again: () => void}} `trouble`: why the last answer is not there.
 */
export function usePolled(load, pause, of = []) {
  const [found, setFound] = useState(/** @type {T | null} */ (null));
  const [trouble, setTrouble] = useState("");
  const again = useRef(() => {});
  useEffect(() => {
    let [open, timer, turn] = [true, 0, 0];
    const look = async () => {
      clearTimeout(timer);
      const mine = ++turn;
      /** @type {T | null} */
      let now = null;
      try {
        now = await load();
        if (open && mine === turn) setFound(() => now), setTrouble("");
      } catch (error) {
        if (open && mine === turn) setTrouble(noticeOf(error).text);
      }
      if (open && mine === turn) timer = window.setTimeout(look, pause(now));
    };
    again.current = look;
    look();
    return () => { open = false; clearTimeout(timer); };
  }, of);
  return { found, trouble, again: () => again.current() };
}
