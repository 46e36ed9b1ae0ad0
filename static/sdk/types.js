// The shapes of docs/protocol.md, as types. Nothing here runs.
/** @typedef {{ id: string, handle: string, display_name: string, email?: string, email_verified?: boolean }} User */
/** @typedef {{ user: User, role: string, read_seq: number }} Member */
/** @typedef {{ from: string, to: string, amount: string, currency: string, note: string | null, state: string }} TransferCardData */
/** @typedef {{ kind: string, id: string, data: any }} Card */
/**
 * @typedef {object} Message
 * @property {string} conversation
 * @property {number} seq
 * @property {number} rev
 * @property {number | null} n
 * @property {string | null} sender
 * @property {string | null} [client_id]
 * @property {string} at
 * @property {'text' | 'system' | 'card'} kind
 * @property {string | null} text
 * @property {Card | null} card
 */
/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {'direct' | 'group'} kind
 * @property {string | null} title
 * @property {string} created_at
 * @property {number} rev
 * @property {number} n
 * @property {Member[]} members
 * @property {number} member_count
 * @property {Message | null} last_message
 * @property {number} unread
 * @property {number} read_seq
 */
/** @typedef {{ id: string | null, log: string | null, rev: number, currency: string, balance: string, available: string, held: string, status: string }} Account */
/**
 * @typedef {object} Transfer
 * @property {string} id
 * @property {string} kind
 * @property {'in' | 'out'} direction
 * @property {string} state
 * @property {string} amount
 * @property {string} currency
 * @property {string} balance
 * @property {{ id: string, handle: string, display_name: string } | null} counterparty
 * @property {string | null} note
 * @property {string | null} conversation
 * @property {string} [expires_at]
 * @property {string} at
 */
/** @typedef {{ kind: string, key: string, rev: number, value: any }} Item */
/** @typedef {{ log: string, rev: number }} Position */
/** @typedef {{ log: string, through: number, more: boolean, messages?: Message[], account?: Account, items?: Item[], marks?: Array<{ user: string, seq: number }> }} SyncedLog */
/** @typedef {{ logs: SyncedLog[], gone: string[] }} SyncAnswer */
/** @typedef {Record<string, number>} Limits */
/**
 * @typedef {object} Hello
 * @property {User} user
 * @property {any} session
 * @property {string} now
 * @property {Limits} limits
 * @property {number} heartbeat_ms
 * @property {{ name: string, version: string, min_client: string }} server
 * @property {{ currencies: Array<{ code: string, exponent: number }>, default_currency: string, fee_basis_points: number }} wallet
 * @property {SyncAnswer} [resume]
 */
/** @typedef {{ id: string, state: string, at: string, balance: string, fee?: string | null, conversation: string | null, seq: number | null, duplicate?: boolean, error?: any }} TransferAnswer */
/** @typedef {{ client_id: string, conversation?: string, to: string, amount: string, currency: string, note?: string, fee?: string, not_after?: string }} TransferOrder */
/** @typedef {{ id: string, device: string, created_at: string, last_seen_at: string, current: boolean }} Session */
/** @typedef {{ log?: string, prev?: number, rev?: number, ev: string, d?: any }} Push */
export {};
