// A voice note: play, where it stands, how long it is. One at a time is heard.
import { el } from '../../kernel/el.js';
import { onCleanup, signal } from '../../kernel/signals.js';
import { attachmentUrl } from '../../app/actions.js';
import { notice } from '../../app/announcer.js';
import { duration } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { icon } from '../icons.js';

/** @type {HTMLAudioElement | null} */
let heard = null;

/** @param {import('../../sdk/types.js').Attachment} one */
export function VoicePlayer(one) {
  const playing = signal(false);
  const at = signal(0);
  const length = one.duration_ms ?? 0;
  const audio = new Audio();
  audio.preload = 'none';
  audio.addEventListener('timeupdate', () => (at.value = audio.currentTime * 1000));
  audio.addEventListener('ended', () => ([playing.value, at.value] = [false, 0]));
  audio.addEventListener('pause', () => (playing.value = false));
  audio.addEventListener('play', () => (playing.value = true));
  onCleanup(() => audio.pause());
  const toggle = async () => {
    if (playing.peek()) return audio.pause();
    if (heard !== audio) heard?.pause();
    heard = audio;
    if (!audio.src) audio.src = attachmentUrl(one.id);
    try {
      await audio.play();
    } catch {
      notice(t('file.not_played'), 'bad', { label: t('state.retry'), act: toggle });
    }
  };
  const slider = el('input', { type: 'range', min: 0, max: Math.max(1, length), step: 100, value: () => at.value, 'aria-label': t('file.position'), oninput: () => (audio.currentTime = Number(slider.value) / 1000) });
  return el('div', { class: 'voice', 'data-testid': 'voice' },
    el('button', { type: 'button', class: 'voice-button', 'aria-label': () => (playing.value ? t('file.pause') : t('file.play')), onclick: toggle }, () => icon(playing.value ? 'pause' : 'play', { size: 22 })),
    slider, el('span', { class: 'voice-time' }, () => duration(at.value > 0 ? at.value : length)));
}
