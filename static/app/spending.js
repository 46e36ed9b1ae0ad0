// What came and went in a month, and what one means to spend. The server counts behind the account; until all is counted,
// asking again goes on with it.
import { asQuipuError } from '../sdk/errors.js';
import { plainError } from './fault.js';
import { ask, interrupted } from './link.js';
import { dispatch, state } from './store.js';

/** @typedef {import('../sdk/types.js').Summary} Summary */
/** @typedef {import('../sdk/types.js').Budget} Budget */

/** Asked too fast for the server, a question waits as long as it is told to. @param {string} op @param {Record<string, any>} d @returns {Promise<any>} */
async function patiently(op, d) {
  for (;;) {
    try {
      return await ask(op, d);
    } catch (thrown) {
      const { code, retryAfterMs } = asQuipuError(thrown);
      if (code !== 'rate_limited') throw thrown;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs ?? 1000));
    }
  }
}

/**
 * Asks for some months until all of each is counted.
 * @param {string} currency @param {readonly string[]} months the last of them is asked for until all is counted, then the others
 * @param {{ show: (one: Summary) => void, wanted: () => boolean }} how what is told of each answer, and whether anybody still wants to know
 */
export async function loadMonths(currency, months, { show, wanted }) {
  const one = async (/** @type {string} */ month) => {
    const got = /** @type {Summary} */ (await patiently('wallet.summary', { currency, month }));
    if (wanted()) show(got);
    return got.complete;
  };
  while (wanted()) {
    if (!(await one(months.at(-1) ?? ''))) continue;
    const done = await Promise.all(months.slice(0, -1).map(one));
    if (done.every(Boolean)) return;
  }
}

export async function loadBudgets() {
  if (state.budgets.peek().loading) return;
  dispatch({ type: 'budgets.loading' });
  try {
    for (let counted = false; !counted; ) {
      const { budgets } = /** @type {{ budgets: Budget[] }} */ (await patiently('budget.list', {}));
      dispatch({ type: 'budgets.list', budgets });
      counted = budgets.every((one) => one.spent !== null);
    }
    dispatch({ type: 'budgets.loaded' });
  } catch (thrown) {
    dispatch({ type: 'budgets.failed', error: interrupted(thrown) ? null : plainError(thrown) });
  }
}

/** @param {{ currency: string, kind: string, month: string | null }} of @param {string | null} amount null takes it away @param {string} clientId the same again is answered with what it did */
export async function setBudget({ currency, kind, month }, amount, clientId) {
  await ask('budget.set', { client_id: clientId, currency, kind, amount, ...(month ? { month } : {}) });
  await loadBudgets();
}
