// What a person has chosen for all their devices.
/** @typedef {{ presence: 'everybody' | 'contacts' | 'nobody' }} SettingsState */

/** @returns {SettingsState} */
export function noSettings() {
  return { presence: 'everybody' };
}

/** @param {SettingsState} state @param {{ type: string } & Record<string, any>} event @returns {SettingsState} */
export function settings(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return noSettings();
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
