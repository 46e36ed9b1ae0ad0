// The page's beginning: words, looks, who is here, then the one view that follows all of it.
import { boot } from './app/actions.js';
import { confirmWith } from './app/confirming.js';
import { plainError } from './app/fault.js';
import { language, preferredLanguage, setLanguage, t } from './app/i18n.js';
import { wakeUp } from './app/link.js';
import { startNow } from './app/now.js';
import { isOpen, route, startRouter } from './app/router.js';
import { state } from './app/store.js';
import { restoreTheme } from './app/theme.js';
import { el, mount } from './kernel/el.js';
import { computed, effect, signal, untracked } from './kernel/signals.js';
import { conversationName } from './app/format.js';
import { unreadTotal } from './state/conversations.js';
import { laterScreen } from './views/later-screen.js';
import { Notices } from './views/notices.js';
import { startShortcuts } from './views/shortcuts.js';
import { rememberPeople } from './views/people/names.js';
import { startPresence } from './views/people/presence.js';
import { watchPay } from './views/pay-watch.js';
import { errorState, missing } from './views/screen-states.js';
import { Shell } from './views/shell.js';
import { SignIn } from './views/sign-in.js';

const Demo = laterScreen(() => import('./views/demo.js'), 'Demo', () => null);
const Register = laterScreen(() => import('./views/register.js'), 'Register', () => null);
const Verify = laterScreen(() => import('./views/verify.js'), 'Verify', () => null);

confirmWith(async (op, d) => (await import('./views/security/ask-pin.js')).askPin(op, d));

const bootError = signal(/** @type {ReturnType<typeof plainError> | null} */ (null));

async function begin() {
  bootError.value = null;
  try {
    await boot();
  } catch (thrown) {
    bootError.value = plainError(thrown);
  }
}

/** Which of the page's faces is shown; within the shell, the shell itself follows the route. */
const face = computed(() => {
  const { name } = route.value;
  if (isOpen(name)) return name;
  if (bootError.value) return 'fault';
  return { in: 'shell', out: 'out', unknown: 'waiting' }[state.session.value.status];
});

function view() {
  void language.value; // another language draws the page anew
  const now = face.value;
  return untracked(() => {
    switch (now) {
      case 'signin':
        return SignIn();
      case 'register':
        return Register();
      case 'demo':
        return Demo(route.peek().params['handle'] ?? '');
      case 'verify':
        return Verify(route.peek().params['token'] ?? new URLSearchParams(location.search).get('token') ?? '');
      case 'fault':
        return el('main', { class: 'whole' }, errorState(bootError.peek(), begin));
      case 'shell':
        return Shell();
      case 'out':
        return el('main', { class: 'whole' }, missing());
      default:
        return null;
    }
  });
}

/** @returns {string} */
function pageTitle() {
  void language.value;
  const { name, params } = route.value;
  const { byId } = state.conversations.value;
  const one = byId[params['id'] ?? ''];
  const place = name === 'conversation' ? (one ? conversationName(one, state.session.value.user?.id ?? '') : t('nav.chats')) : t(`title.${name}`);
  const unread = unreadTotal(state.conversations.value);
  return `${unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : ''}${place} · Quipu`;
}

restoreTheme();
effect(rememberPeople); // before the views, which ask for names
startRouter();
wakeUp();
await Promise.all([setLanguage(preferredLanguage()), begin()]);
const root = document.getElementById('app');
if (root) mount(root, () => [el('div', { class: 'face' }, view), Notices()]);
effect(() => {
  document.title = pageTitle();
});
startNow();
startPresence();
watchPay();
startShortcuts();
