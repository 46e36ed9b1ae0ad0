// Something fetched for one screen: loading, here, or failed, with a way to ask again.
import { signal } from '../kernel/signals.js';
import { asQuipuError } from '../sdk/errors.js';

/** @template T @typedef {{ status: 'loading' | 'ready' | 'error', data: T | null, error: import('../sdk/errors.js').QuipuError | null }} Resource */

/** @template T @param {() => Promise<T>} load */
export function resource(load) {
  /** @type {import('../kernel/signals.js').Signal<Resource<T>>} */
  const state = signal(/** @type {Resource<T>} */ ({ status: 'loading', data: null, error: null }));
  let turn = 0;
  async function reload() {
    const mine = ++turn;
    if (state.peek().status !== 'ready') state.value = { status: 'loading', data: null, error: null };
    try {
      const data = await load();
      if (mine === turn) state.value = { status: 'ready', data, error: null };
    } catch (thrown) {
      if (mine === turn) state.update((old) => ({ status: old.data === null ? 'error' : 'ready', data: old.data, error: asQuipuError(thrown) }));
    }
  }
  reload();
  return { state, reload };
}
