// What else can be sent: money, pictures, files.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { openPay } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { icon } from '../icons.js';
import { openMenu } from '../menu.js';

const openRequestForm = later(() => import('../flows/request-form.js'), 'openRequestForm');
const openPacketForm = later(() => import('../flows/packet-form.js'), 'openPacketForm');
const openBillForm = later(() => import('../flows/bill-form.js'), 'openBillForm');
const openScheduleForm = later(() => import('../flows/schedule-form.js'), 'openScheduleForm');

/** @param {string} id @param {(files: FileList | undefined) => void} take */
export function plusMenu(id, take) {
  const open = signal(false);
  const chooser = el('input', { type: 'file', multiple: true, hidden: true, 'aria-label': t('composer.file'), 'data-testid': 'file-input', onchange: () => {
    take(chooser.files ?? undefined);
    chooser.value = '';
  } });
  const choose = (/** @type {string} */ accept) => {
    chooser.accept = accept;
    chooser.click();
  };
  const show = () => {
    open.value = true;
    openMenu({
      label: t('composer.more'), at: button, back: button, onClose: () => (open.value = false),
      items: [
        { icon: 'transfer', label: t('pay.transfer'), act: () => openPay(id) },
        { icon: 'in', label: t('request.menu'), act: () => openRequestForm(id) },
        { icon: 'packet', label: t('packet.menu'), act: () => openPacketForm(id) },
        { icon: 'bill', label: t('bill.menu'), act: () => openBillForm(id) },
        { icon: 'repeat', label: t('schedule.menu'), act: () => openScheduleForm(id) },
        { icon: 'image', label: t('composer.photo'), act: () => choose('image/*') },
        { icon: 'file', label: t('composer.file'), act: () => choose('') },
      ],
    });
  };
  const button = el('button', { type: 'button', class: 'icon-button plus', 'aria-label': t('composer.more'), 'aria-haspopup': 'menu', 'aria-expanded': () => String(open.value), onclick: show }, icon('plus'));
  return [button, chooser];
}
