// Text to the clipboard, and whether that went well, said.
import { announce, notice } from './announcer.js';
import { t } from './i18n.js';

/** @param {string} text @param {string} done the words when it did */
export async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    announce(done);
    return true;
  } catch {
    notice(t('message.not_copied'), 'bad');
    return false;
  }
}
