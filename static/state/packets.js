// What somebody took of red packets, and who took what. It is not on the card, which is the same for everybody: each asks
// for their own.
/** @typedef {import('../sdk/money.js').Claim} Claim */
/** @typedef {{ mine: Claim | null | undefined, claims: Claim[], next: string | null, status: 'idle' | 'loading' | 'ready' | 'failed', error: any, claimed: number }} PacketView `mine` is undefined while it is not known; `claimed` is the highest number that was told */
/** @typedef {Record<string, PacketView>} PacketsState */

/** @returns {PacketView} */
export function unseenPacket() {
  return { mine: undefined, claims: [], next: null, status: 'idle', error: null, claimed: 0 };
}

/** @param {PacketsState} state @param {{ type: string } & Record<string, any>} event @returns {PacketsState} */
export function packets(state, event) {
  switch (event.type) {
    case 'session.in':
    case 'session.out':
      return {};
    case 'packet.loading':
      return withPacket(state, event['id'], (old) => ({ ...old, status: 'loading', error: null }));
    case 'packet.failed':
      return withPacket(state, event['id'], (old) => ({ ...old, status: 'failed', error: event['error'] }));
    case 'packet.shown': {
      const { mine, claims, next, flow } = event['shown'];
      return withPacket(state, event['id'], (old) => ({
        ...old, status: 'ready', error: null, mine: mine ?? old.mine ?? null, next,
        claims: event['more'] ? merged(old.claims, claims) : claims, claimed: Math.max(old.claimed, flow?.data?.claimed ?? 0, claims.length),
      }));
    }
    case 'hello':
      // Another device may have taken a share meanwhile: who had none asks again.
      return event['first'] ? state : Object.fromEntries(Object.entries(state).map(([id, one]) => [id, one.mine ? one : { ...one, mine: undefined, status: 'idle' }]));
    case 'flow': {
      // Told to whoever made it or took a share, so it may be of the own share.
      const { flow } = event;
      if (flow.kind !== 'packet') return state;
      return withPacket(told(state, flow), flow.id, (old) => (old.mine ? old : { ...old, mine: undefined, status: old.status === 'loading' ? 'loading' : 'idle' }));
    }
    case 'act': {
      if (event['outcome'].kind !== 'done' || event['act'].op !== 'packet.claim') return state;
      const { flow, transfer } = event['outcome'].answer;
      if (!transfer) return told(state, flow);
      const mine = { user: event['me'], amount: transfer.amount, place: -1, at: transfer.at };
      return withPacket(told(state, flow), flow.id, (old) => ({ ...old, mine: old.mine ?? mine }));
    }
    default:
      return state;
  }
}

/** @param {PacketsState} state @param {import('../sdk/types.js').FlowView} flow @returns {PacketsState} */
function told(state, flow) {
  return withPacket(state, flow.id, (old) => ({ ...old, claimed: Math.max(old.claimed, flow.data?.claimed ?? 0) }));
}

/** @param {PacketsState} state @param {string} id @param {(old: PacketView) => PacketView} change @returns {PacketsState} */
function withPacket(state, id, change) {
  return { ...state, [id]: change(state[id] ?? unseenPacket()) };
}

/** @param {Claim[]} old @param {Claim[]} fresh @returns {Claim[]} */
function merged(old, fresh) {
  const byPlace = new Map(old.map((one) => [one.place, one]));
  for (const one of fresh) byPlace.set(one.place, one);
  return [...byPlace.values()].sort((a, b) => a.place - b.place);
}
