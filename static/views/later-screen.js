// A screen whose module is fetched when it is first looked at. Once it is here it is drawn at once.
import { signal, untracked } from '../kernel/signals.js';
import { errorState, skeleton } from './screen-states.js';

/** @typedef {import('../kernel/el.js').Child} Child */

/**
 * @template {Record<string, any>} M @template {keyof M} K
 * @param {() => Promise<M>} load @param {K} name @param {() => Child} [meanwhile]
 * @returns {(...args: Parameters<M[K]>) => Child}
 */
export function laterScreen(load, name, meanwhile = () => skeleton()) {
  let here = /** @type {M | null} */ (null);
  return (...args) => {
    if (here) return here[name](...args);
    const status = signal(/** @type {'waiting' | 'here' | 'failed'} */ ('waiting'));
    const fetch = async () => {
      status.value = 'waiting';
      try {
        here = await load();
        status.value = 'here';
      } catch {
        status.value = 'failed';
      }
    };
    fetch();
    return () => {
      if (status.value === 'failed') return errorState({ code: 'offline' }, fetch);
      return status.value === 'here' && here ? untracked(() => here?.[name](...args)) : meanwhile();
    };
  };
}
