// What a person has chosen for all their devices.
/** @typedef {{ presence: 'everybody' | 'contacts' | 'nobody' | null, receiptMail: boolean | null }} SettingsState null before it is known: nothing is shown as chosen that may not be */

/** @returns {SettingsState} */
export function noSettings() {
  return { presence: null, receiptMail: null };
}

/** @param {SettingsState} state @param {{ type: string } & Record<string, any>} event @returns {SettingsState} */
export function settings(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return noSettings();
    case 'learned':
      return { presence: state.presence ?? 'everybody', receiptMail: state.receiptMail ?? true };
    case 'settings.wished':
      return { presence: event['presence'] ?? state.presence, receiptMail: event['receiptMail'] ?? state.receiptMail };
    case 'items': {
      const last = (/** @type {string} */ key) => event['items'].findLast((/** @type {import('../sdk/types.js').Item} */ one) => one.kind === 'settings' && one.key === key)?.value;
      const [presence, mail] = [last('presence')?.presence, last('receipt_mail')?.receipt_mail];
      return presence || typeof mail === 'boolean' ? { presence: presence ?? state.presence, receiptMail: mail ?? state.receiptMail } : state;
    }
    default:
      return state;
  }
}
