// What was done outside of a form and refused: said in a notice, with a way to try again where that may help.
import { notice } from '../app/announcer.js';
import { helpPath, sentence } from '../app/fault.js';
import { t } from '../app/i18n.js';
import { asQuipuError } from '../sdk/errors.js';

/** @template T @param {() => Promise<T> | T} work @returns {Promise<T | undefined>} */
export async function acting(work) {
  try {
    return await work();
  } catch (thrown) {
    refused(thrown, () => acting(work));
    return undefined;
  }
}

/** @param {unknown} thrown @param {() => void} [again] */
export function refused(thrown, again) {
  const error = asQuipuError(thrown);
  notice(sentence(error), 'bad', again && error.again ? { label: t('state.retry'), act: again } : undefined, helpPath(error));
}
