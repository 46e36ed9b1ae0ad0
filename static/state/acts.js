// What is asked of flows and not answered yet, by its id. Nothing here says what became of the money: the cards do.
/** @typedef {import('../sdk/flows.js').Act} Act */
/** @typedef {import('../sdk/flows.js').ActOutcome} ActOutcome */
/** @typedef {Record<string, { act: Act, outcome: ActOutcome, watched: boolean }>} ActsState a watched one is kept after its end, until whoever watches it has gone */

/** @param {ActsState} state @param {{ type: string } & Record<string, any>} event @returns {ActsState} */
export function acts(state, event) {
  switch (event.type) {
    case 'session.in':
    case 'session.out':
      return {};
    case 'act': {
      const { act, outcome } = /** @type {{ act: Act, outcome: ActOutcome }} */ (/** @type {unknown} */ (event));
      // What an earlier page began nobody watches here.
      const watched = state[act.client_id]?.watched ?? (outcome.kind === 'sending' && act.show?.watched === true);
      if (!watched && isOver(outcome)) return without(state, act.client_id);
      return { ...state, [act.client_id]: { act, outcome, watched } };
    }
    case 'act.left': {
      const one = state[event['clientId']];
      if (!one) return state;
      if (isOver(one.outcome)) return without(state, event['clientId']);
      return { ...state, [event['clientId']]: { ...one, watched: false } };
    }
    default:
      return state;
  }
}

/** @param {ActOutcome} outcome */
function isOver(outcome) {
  return outcome.kind === 'done' || outcome.kind === 'refused';
}

/** @param {ActsState} state @param {string} id @returns {ActsState} */
function without(state, id) {
  if (!(id in state)) return state;
  const { [id]: _, ...rest } = state;
  return rest;
}

/** How it stands with what is asked of a flow right now. @param {ActsState} state @param {string} flow @returns {'sending' | 'checking' | null} */
export function underWay(state, flow) {
  let found = /** @type {'sending' | 'checking' | null} */ (null);
  for (const { act, outcome } of Object.values(state)) {
    if (act.about !== flow) continue;
    if (outcome.kind === 'checking') return 'checking';
    if (outcome.kind === 'sending') found = 'sending';
  }
  return found;
}
