// A voice note: recorded here, sent when it is up. Only where the browser can record at all.
import { el } from '../../kernel/el.js';
import { onCleanup, signal } from '../../kernel/signals.js';
import { attach } from '../../app/actions.js';
import { announce, notice } from '../../app/announcer.js';
import { duration } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { icon } from '../icons.js';

/** What both the browser and the server may know, the smallest first. */
const FORMS = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
/** Long enough for a story; a forgotten microphone ends by itself. */
const LONGEST_MS = 10 * 60_000;
/** A slip of the finger is no note. */
const SHORTEST_MS = 500;

export function canRecord() {
  return typeof MediaRecorder === 'function' && navigator.mediaDevices !== undefined;
}

/** @param {string} id @param {(upload: string) => void} done */
export function recorder(id, done) {
  const started = signal(0);
  const now = signal(0);
  let stop = /** @type {((keep: boolean) => void) | null} */ (null);
  const start = async () => {
    if (started.peek() > 0) return;
    /** @type {MediaStream} */
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      notice(t('voice.no_microphone'), 'bad');
      return;
    }
    const form = FORMS.find((one) => MediaRecorder.isTypeSupported(one));
    const machine = new MediaRecorder(stream, form ? { mimeType: form } : {});
    /** @type {Blob[]} */
    const parts = [];
    let keep = false;
    machine.addEventListener('dataavailable', (event) => parts.push(event.data));
    machine.addEventListener('stop', () => {
      const length = Date.now() - started.peek();
      stream.getTracks().forEach((track) => track.stop());
      clearInterval(ticking);
      started.value = 0;
      stop = null;
      if (!keep || length < SHORTEST_MS) return;
      const type = (machine.mimeType || 'audio/webm').split(';')[0] ?? 'audio/webm';
      done(attach(id, new Blob(parts, { type }), { kind: 'voice', duration_ms: length, name: `voice.${type.split('/')[1]}` }));
    });
    stop = (wanted) => ([keep] = [wanted], machine.state !== 'inactive' && machine.stop());
    const ticking = setInterval(() => {
      now.value = Date.now();
      if (now.peek() - started.peek() > LONGEST_MS) stop?.(true);
    }, 200);
    [started.value, now.value] = [Date.now(), Date.now()];
    machine.start();
    announce(t('voice.recording'));
  };
  onCleanup(() => stop?.(false));
  const node = () => (started.value > 0 ? el('div', { class: 'recording', role: 'group', 'aria-label': t('voice.recording'), 'data-testid': 'recording' },
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('voice.cancel'), onclick: () => stop?.(false) }, icon('trash')),
    el('span', { class: 'recording-dot', 'aria-hidden': 'true' }), el('span', { class: 'recording-time' }, () => duration(Math.max(0, now.value - started.value))),
    el('button', { type: 'button', class: 'icon-button send', 'aria-label': t('voice.send'), autofocus: true, onclick: () => stop?.(true) }, icon('send', { size: 22 }))) : null);
  return { start, node, on: () => started.value > 0 };
}
