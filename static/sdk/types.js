// The shapes of docs/protocol.md, as types. Nothing here runs.
/** @typedef {{ id: string, handle: string, display_name: string, email?: string, email_verified?: boolean }} User */
/** @typedef {'owner' | 'admin' | 'member'} Role */
/** @typedef {{ user: User, role: string, read_seq: number, delivered_seq?: number }} Member */
/** @typedef {{ from: string, to: string, amount: string, currency: string, note: string | null, state: string, refunded?: string | null, expires_at?: string | null }} TransferCardData */
/** @typedef {{ user: string, state: string, amount: string }} Party `open`, `paid`, `declined` or `own` */
/** @typedef {{ from: string, amount: string, currency: string, note: string, state: string, payers: Party[], expires_at: string | null }} RequestCardData */
/** @typedef {{ from: string, kind: string, total: string, currency: string, count: number, claimed: number, greeting: string, state: string, commitment: string, seed?: string, expires_at: string | null }} PacketCardData */
/** @typedef {{ from: string, total: string, paid: string, currency: string, split: string, note: string, state: string, shares: Party[], expires_at: string | null }} BillCardData */
/** @typedef {{ from: string, to: string, amount: string, currency: string, note: string, every: string, state: string, next_at: string | null, times: number | null, until: string | null, paid: number, skipped: number, failed: number, last: string }} ScheduleCardData */
/** @typedef {{ from: string, to: string, transfer: string, amount: string, currency: string, reason: string, answer: string, decision: string, state: string }} DisputeCardData `from` paid, `to` was paid */
/** @typedef {{ kind: string, of: string, seq: number, people: string[] }} ReminderCardData */
/** @typedef {{ id: string, kind: string, state: string, conversation: string, seq: number, data: any }} FlowView */
/** @typedef {{ id: string, amount: string, currency: string, balance: string, fee: string | null, at: string }} Moved what moved in the own account */
/** @typedef {{ id: string, of: string, amount: string, currency: string, balance: string, conversation: string | null, seq: number | null, at: string, duplicate: boolean }} RefundDone */
/** @typedef {{ flow: FlowView, transfer: Moved | null, duplicate: boolean }} FlowDone */
/** @typedef {{ kind: string, id: string, data: any }} Card */
/**
 * @typedef {object} Attachment
 * @property {string} id
 * @property {'image' | 'file' | 'voice'} kind
 * @property {string} name
 * @property {string} media_type
 * @property {number} bytes
 * @property {number} [width] @property {number} [height] @property {number} [duration_ms]
 * @property {Array<'small' | 'medium'>} [sizes]
 */
/** @typedef {{ emoji: string, count: number, users: string[] }} Reaction the first few of its users, in the order in which they came */
/**
 * What a system row tells.
 * @typedef {object} SystemFact
 * @property {string} what `created`, `members_added`, `member_removed`, `member_left`, `role_changed`, `title_changed`, `avatar_changed`, `history_changed`, `slow_mode_changed`, `message_pinned`
 * @property {string} [by]
 * @property {string[]} [users]
 * @property {string} [title] @property {string} [role] @property {number} [seq] @property {boolean} [on] @property {number} [seconds]
 * @property {'all' | 'from_join'} [history]
 */
/**
 * What has nothing to say is absent.
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
 * @property {number} [reply_to] a seq in the same conversation
 * @property {{ sender: string, at: string }} [forwarded] whose words they were, and when
 * @property {string} [edited_at]
 * @property {{ by: string, at: string }} [recalled] then text, card, mentions, attachments and reactions are gone
 * @property {boolean} [pinned]
 * @property {string[]} [mentions]
 * @property {Attachment[]} [attachments]
 * @property {Reaction[]} [reactions]
 * @property {SystemFact} [system]
 * @property {boolean} [local] made here from an answer: what the server pushes at the same rev replaces it
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
 * @property {number} [mentions] unread messages that mention oneself
 * @property {'all' | 'from_join'} [history]
 * @property {number} [slow_mode_seconds]
 * @property {string | null} [avatar] an attachment
 * @property {string} [my_role]
 * @property {number} [from_seq] what stands up to it may not be read
 * @property {'none' | 'by_me' | 'by_them' | 'both'} [blocked] direct only
 */
/** @typedef {{ conversation: string, seq: number, rev: number, n?: number | null, at?: string, duplicate?: boolean, added?: string[] }} Ack what an operation with a client_id is answered */
/** @typedef {{ muted_until: string | null, archived: boolean, pinned: boolean }} Preferences */
/** @typedef {{ text: string, reply_to?: number | null, at?: string }} Draft */
/** @typedef {{ user: User, state?: 'accepted' | 'requested' | 'pending', since: string }} Contact `requested`: I asked; `pending`: they asked me */
/** @typedef {{ user: string, state: 'online' | 'offline' | 'hidden', last_seen: string | null }} Presence */
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
/** @typedef {{ log: string, rev: number, mark_rev?: number }} Position */
/** @typedef {{ user: string, seq: number, delivered_seq?: number }} Mark */
/** @typedef {{ log: string, through: number, more: boolean, messages?: Message[], account?: Account, items?: Item[], marks?: Mark[], mark_rev?: number, floor?: number }} SyncedLog what stands at or below `floor` is to be forgotten */
/** @typedef {{ logs: SyncedLog[], gone: string[] }} SyncAnswer */
/** @typedef {Record<string, number>} Limits */
/**
 * @typedef {object} Hello
 * @property {User} user
 * @property {any} session
 * @property {string} now
 * @property {Limits} limits
 * @property {number} heartbeat_ms
 * @property {{ name: string, version: string, min_client: string, min_pay?: string }} server
 * @property {{ currencies: Array<{ code: string, exponent: number, accept_first_above?: string | null }>, default_currency: string, fee_basis_points: number }} wallet
 * @property {SyncAnswer} [resume]
 */
/** @typedef {{ id: string, state: string, at: string, balance: string, fee?: string | null, conversation: string | null, seq: number | null, duplicate?: boolean, error?: any }} TransferAnswer */
/** @typedef {{ client_id: string, conversation?: string, to: string, amount: string, currency: string, note?: string, fee?: string, not_after?: string, accept_first?: boolean, step_up?: string }} TransferOrder */
/** @typedef {{ kind: string, direction: 'in' | 'out', returned: boolean, amount: string, count: number }} SummarySum */
/** @typedef {{ currency: string, month: string, complete: boolean, opening: string | null, closing: string | null, in: string, out: string, count: number, sums: SummarySum[] }} Summary what is not complete is not yet all */
/** @typedef {{ month: string, percent: number, spent: string, at: string }} BudgetNotice */
/** @typedef {{ currency: string, kind: string, month: string | null, amount: string, notice: BudgetNotice | null }} BudgetItem as the own log has it; without a month it is of each */
/** @typedef {BudgetItem & { in_month: string, spent: string | null }} Budget spent is null while it is being counted */
/** @typedef {{ id: string, device: string, created_at: string, last_seen_at: string, current: boolean }} Session */
/**
 * A card or a bank account: `brand` is the card's, or the country of the account; `expires` is such as `2027-01`.
 * @typedef {object} Method
 * @property {string} id
 * @property {'card' | 'bank'} kind
 * @property {string} brand
 * @property {'credit' | 'debit' | null} funding
 * @property {string} last_four
 * @property {string} holder
 * @property {string} label
 * @property {string | null} expires
 * @property {'active' | 'expiring' | 'expired'} state
 * @property {boolean} default
 * @property {boolean} top_up @property {boolean} withdraw which way money can go
 * @property {string | null} withdraw_from before it, none goes to it
 * @property {number} unfinished what is under way with it
 * @property {string} added_at
 */
/** @typedef {{ methods: Method[], sandbox: boolean, next: string | null }} Methods in the sandbox money is play money */
/** @typedef {{ method: Method, duplicate: boolean }} MethodDone */
/** @typedef {{ number: string, expires: string, code: string, holder: string }} CardDetails */
/** @typedef {{ iban: string, holder: string }} BankDetails */
/** @typedef {{ card?: CardDetails | undefined, bank?: BankDetails | undefined, label?: string | undefined }} WantedMethod either a card or a bank account */
/** @typedef {{ label?: string | undefined, expires?: string | undefined, code?: string | undefined }} MethodChange expiry and code are those of the card that came in its place */
/** @typedef {{ method: string, amount: string, currency: string, not_after?: string | undefined }} WantedFunding */
/**
 * A top-up or a withdrawal as it stands.
 * @typedef {object} Funding
 * @property {string} id
 * @property {string} client_id
 * @property {'topup' | 'withdrawal'} kind
 * @property {string} state `created`, `requires_action`, `processing`, `settled`, `failed`, `reversed`; `held`, `submitted`, `paid`, `failed`, `returned`
 * @property {string} method
 * @property {string} brand @property {string} last_four of the method
 * @property {string} amount @property {string} currency
 * @property {string | null} reason why it failed or came back
 * @property {string | null} action what its owner opens, in the state `requires_action`
 * @property {boolean} late the money came after it had failed
 * @property {boolean} review somebody of the operator looks at it
 * @property {string} at @property {string} changed_at
 */
/** @typedef {Funding & { duplicate: boolean }} FundingDone */
/** @typedef {{ fundings: Funding[], next: string | null }} Fundings */
/** @typedef {{ log?: string, prev?: number, rev?: number, ev: string, d?: any }} Push */
export {};
