// What a person has deleted for themselves: seqs by conversation, from the items of their own log.
/** @typedef {Record<string, Record<number, true>>} HiddenState */

/** @param {HiddenState} state @param {import('../sdk/types.js').Item[]} items @returns {{ hidden: HiddenState, fresh: Map<string, number[]>, back: Set<string> }} what is hidden now, what of it was not before, and where something is seen again */
export function withHiddenItems(state, items) {
  let hidden = state;
  /** @type {Map<string, number[]>} */
  const fresh = new Map();
  /** @type {Set<string>} */
  const back = new Set();
  for (const { kind, key, value } of items) {
    if (kind !== 'hidden') continue;
    const [id = '', at = ''] = key.split(':');
    const seq = Number(at);
    const { [seq]: was, ...others } = hidden[id] ?? {};
    if (value === null) {
      if (!was) continue;
      hidden = { ...hidden, [id]: others };
      back.add(id);
      continue;
    }
    if (was) continue;
    hidden = { ...hidden, [id]: { ...others, [seq]: true } };
    fresh.set(id, [...(fresh.get(id) ?? []), seq]);
  }
  return { hidden, fresh, back };
}
