// What a person has chosen for all their devices.
/** @typedef {{ presence: 'everybody' | 'contacts' | 'nobody' | null }} SettingsState null before it is known: nothing is shown as chosen that may not be */

/** @returns {SettingsState} */
export function noSettings() {
  return { presence: null };
}

/** @param {SettingsState} state @param {{ type: string } & Record<string, any>} event @returns {SettingsState} */
export function settings(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return noSettings();
    case 'learned':
      return { ...state, presence: state.presence ?? 'everybody' };
    case 'settings.wished':
      return { ...state, presence: event['presence'] };
    case 'items': {
      const item = event['items'].findLast((/** @type {import('../sdk/types.js').Item} */ one) => one.kind === 'settings' && one.key === 'presence');
      return item?.value?.presence ? { ...state, presence: item.value.presence } : state;
    }
    default:
      return state;
  }
}
