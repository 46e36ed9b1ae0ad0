// What was done outside of a form and refused: said in a notice, with a way to try again where that may help.
import { notice } from '../app/announcer.js';
import { sentence } from '../app/fault.js';
import { t } from '../app/i18n.js';
import { asQuipuError } from '../sdk/errors.js';

/** @template T @param {() => Promise<T> | T} work @returns {Promise<T | undefined>} */
export async function acting(work) {
  try {
    return await work();
  } catch (thrown) {
    const error = asQuipuError(thrown);
    notice(sentence(error), 'bad', error.again ? { label: t('state.retry'), act: () => acting(work) } : undefined);
    return undefined;
  }
}
