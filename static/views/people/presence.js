// Who is there: one set of watched people for the whole page, made from what each part of it shows.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { watchPresence } from '../../app/actions.js';
import { lastSeen } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { minute } from '../../app/now.js';
import { state } from '../../app/store.js';
import { presenceOf } from '../../state/moment.js';

/** As many as the server watches for one page. */
const MOST = 200;
const PAUSE_MS = 150;

/** @type {import('../../kernel/signals.js').Signal<ReadonlyMap<object, readonly string[]>>} */
const wanted = signal(/** @type {ReadonlyMap<object, readonly string[]>} */ (new Map()));
/** Counts wishes to ask again about the same people. */
const anew = signal(0);

/** Watched for as long as the part of the page lives that asks. @param {() => readonly string[]} ids */
export function watching(ids) {
  const key = {};
  // Who was hidden may be seen by now, and is not told of unasked.
  untracked(() => ids().some((id) => presenceOf(state.presence.peek(), id)?.state === 'hidden') && anew.update((n) => n + 1));
  effect(() => {
    const list = ids();
    untracked(() => wanted.update((old) => new Map([...old, [key, list]])));
  });
  onCleanup(() => wanted.update((old) => new Map([...old].filter(([other]) => other !== key))));
}

/** Started once: tells the server of every change, after a short pause. */
export function startPresence() {
  const all = computed(() => [...new Set([...wanted.value.values()].flat())].slice(0, MOST).sort().join(' '));
  let pause = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  let answered = 0;
  effect(() => {
    const [ids, turn] = [all.value, anew.value];
    if (state.session.value.link !== 'online') return;
    clearTimeout(pause);
    pause = setTimeout(() => {
      watchPresence(ids === '' ? [] : ids.split(' '), turn > answered);
      answered = turn;
    }, PAUSE_MS);
  });
}

/** @param {string} user */
export function isOnline(user) {
  return presenceOf(state.presence.value, user)?.state === 'online';
}

/** In words; nothing where nothing may be known. @param {string} user @returns {string | null} */
export function presenceWords(user) {
  void minute.value;
  const now = presenceOf(state.presence.value, user);
  if (!now || now.state === 'hidden') return null;
  if (now.state === 'online') return t('presence.online');
  return now.last_seen ? lastSeen(now.last_seen) : t('presence.offline');
}

/** A dot on the avatar; the words beside it say the same to who cannot see it. @param {string} user */
export function presenceDot(user) {
  const on = computed(() => isOnline(user));
  return () => (on.value ? el('span', { class: 'dot', 'data-testid': 'online' }, el('span', { class: 'unseen' }, t('presence.online'))) : null);
}
