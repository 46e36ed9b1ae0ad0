// Generated from the server's own types: do not edit. `scripts/api-docs` writes it anew, a test compares.

/** The answer to `about`. */
export interface About {
  /** The program. */
  server: Server;
  /** The oldest web client that is served. */
  min_web_version: string;
  /** The people of the demonstration; empty otherwise. */
  demo: Array<DemoPerson>;
  /** `never`, `before_payment` or `before_sign_in`. */
  verify_email: 'never' | 'before_payment' | 'before_sign_in';
}

/** An account, as its owner sees it. Amounts are decimal strings. */
export interface Account {
  /** The id; none before the first credit. */
  id: AccountId | null;
  /** Its log. */
  log: LogId | null;
  /** Its log's position. */
  rev: number;
  /** ISO 4217. */
  currency: string;
  /** Everything posted. */
  balance: string;
  /** What can be spent. */
  available: string;
  /** What is held for payments under way. */
  held: string;
  /** `open`, `frozen` or `closed`. */
  status: 'open' | 'frozen' | 'closed';
}

/** `account.changed`. */
export interface AccountChanged {
  /** The account after the movement. */
  account: Account;
  /** The movement; none when something happened to the account itself. */
  transfer: Transfer | null;
}

/** A balance of one owner in one currency. */
export type AccountId = string;

/** The answer to `wallet.accounts`. */
export interface Accounts {
  /** All of them, the default currency first. */
  accounts: Array<Account>;
  /** The next page. */
  next: string | null;
}

/** Something that the server alone writes into a conversation. */
export interface Card {
  /** What it is, such as `transfer`. */
  kind: string;
  /** Its opaque id. */
  id: string;
  /** What every member may see of it. */
  data: unknown;
}

/** The caller's own id of an effect, a UUID of version 7: sent again with the same content it has the same effect once. What the server does by itself, such as the end of a hold, has an id of another version. */
export type ClientId = string;

/** A client program. */
export interface ClientInfo {
  /** Its name, such as `quipu-web`. */
  name: string;
  /** Its version, `major.minor.patch`. */
  version: string;
}

/** A contact. */
export interface Contact {
  /** Who. */
  user: User;
  /** Since when. */
  since: Time;
}

/** The answer to `contact.list`. */
export interface Contacts {
  /** All of them, by name. */
  contacts: Array<Contact>;
  /** The next page. */
  next: string | null;
}

/** A conversation, as one member sees it. */
export interface Conversation {
  /** The id. */
  id: ConversationId;
  /** `direct`, `group` or `support`. */
  kind: 'direct' | 'group' | 'support';
  /** A group's title. */
  title: string | null;
  /** When it began. */
  created_at: Time;
  /** Its log's position. */
  rev: number;
  /** The number of its last countable message. */
  n: number;
  /** Up to 100 of them. */
  members: Array<Member>;
  /** How many there are. */
  member_count: number;
  /** The newest message. */
  last_message: Message | null;
  /** Unread messages, at most 100 (shown as 99+). */
  unread: number;
  /** The own read mark. */
  read_seq: number;
}

/** A conversation. */
export type ConversationId = string;

/** The answer to `conversation.list`. */
export interface Conversations {
  /** The page. */
  conversations: Array<Conversation>;
  /** The next page. */
  next: string | null;
}

/** `conversation.create`. */
export interface CreateConversation {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Direct or group. */
  kind: NewConversationKind;
  /** The others. */
  members: Array<UserId>;
  /** A group's title. */
  title?: string | null;
}

/** The answer to `conversation.create`. */
export interface Created {
  /** The conversation. */
  conversation: Conversation;
  /** It was there before. */
  duplicate: boolean;
}

/** A currency. */
export interface Currency {
  /** ISO 4217. */
  code: string;
  /** Decimals of an amount. */
  exponent: number;
}

/** `POST /api/v1/demo/login`. */
export interface DemoLogin {
  /** One of the people of the demonstration. */
  handle: string;
  /** What the person calls the device. */
  device?: string;
}

/** Somebody whom the demonstration signs in by one click. */
export interface DemoPerson {
  /** The unique name. */
  handle: string;
  /** The name to show. */
  display_name: string;
}

/** `drain`. */
export interface Drain {
  /** Come back after this many milliseconds. */
  reconnect_after_ms: number;
}

/** What went wrong, as a word that never changes. */
export type ErrorCode = 'malformed_frame' | 'frame_too_large' | 'unknown_op' | 'invalid_field' | 'hello_required' | 'unauthenticated' | 'forbidden_origin' | 'client_too_old' | 'rate_limited' | 'too_many_connections' | 'busy' | 'outcome_lost' | 'storage_unavailable' | 'internal' | 'not_found' | 'idempotency_conflict' | 'handle_invalid' | 'handle_taken' | 'email_invalid' | 'email_taken' | 'email_unverified' | 'password_weak' | 'display_name_invalid' | 'credentials_invalid' | 'token_invalid' | 'session_not_found' | 'user_not_found' | 'not_a_member' | 'members_invalid' | 'title_invalid' | 'text_empty' | 'text_too_long' | 'amount_invalid' | 'currency_unsupported' | 'note_too_long' | 'self_transfer' | 'payee_unavailable' | 'insufficient_funds' | 'limit_exceeded' | 'currency_mismatch' | 'account_frozen' | 'account_closed' | 'not_after_passed' | 'fee_changed' | 'wallet_busy' | 'outcome_unknown' | 'legs_invalid' | 'expiry_passed' | 'not_a_hold' | 'hold_resolved' | 'hold_not_expired' | 'capture_exceeds' | 'not_reversible' | 'refund_exceeds' | 'account_not_found' | 'account_not_empty' | 'account_unchanged' | 'transfer_not_found';

/** `user.find`. */
export interface FindUser {
  /** The handle, in any case, with or without a leading `@`. */
  handle: string;
}

/** The answer to `user.find`. */
export interface FoundUser {
  /** Who. */
  user: User;
}

/** `conversation.get`. */
export interface GetConversation {
  /** Which one. */
  conversation: ConversationId;
}

/** The answer to `conversation.get`. */
export interface GotConversation {
  /** The conversation. */
  conversation: Conversation;
}

/** The answer to `/healthz`. */
export interface Health {
  /** `ok`: the process answers. */
  status: 'ok';
}

/** `hello`: who is there. */
export interface Hello {
  /** The program. */
  client: ClientInfo;
  /** What the person calls the device. */
  device?: string;
  /** Cursors to synchronise at once. */
  resume?: Sync | null;
  /** The session's token, unless the upgrade carried the cookie; it wins over the cookie. */
  token?: string | null;
}

/** The server, as `hello` tells of it. */
export interface HelloServer {
  /** Its name. */
  name: string;
  /** Its version. */
  version: string;
  /** The oldest web client that it serves. */
  min_client: string;
}

/** `message.history`. */
export interface History {
  /** Which conversation. */
  conversation: ConversationId;
  /** Messages with a larger `seq`. */
  after?: number | null;
  /** Messages with a smaller `seq`. */
  before?: number | null;
  /** Rows wanted at most. */
  limit?: number | null;
}

/** A row of the user's log. */
export interface Item {
  /** `conversation` or `contact`. */
  kind: string;
  /** What it is about. */
  key: string;
  /** The position of its last change. */
  rev: number;
  /** What is known of it. */
  value: unknown;
}

/** `item.changed`. */
export interface ItemsChanged {
  /** The rows. */
  items: Array<Item>;
}

/** What the server holds a client to. A rate of 0 is unlimited. */
export interface Limits {
  /** Bytes of a frame. */
  frame_bytes: number;
  /** Bytes of a message's text. */
  text_bytes: number;
  /** Sockets of a user on one node. */
  connections_per_user: number;
  /** Messages and payments a second. */
  sends_per_second: number;
  /** As many at once. */
  sends_burst: number;
  /** Operations a second. */
  ops_per_second: number;
  /** As many at once. */
  ops_burst: number;
  /** Rows of a page. */
  history_page: number;
  /** Positions of a `sync`. */
  sync_positions: number;
  /** Members of a group. */
  group_members: number;
  /** Characters of a payment's note. */
  note_chars: number;
  /** Requests without an answer on one socket. */
  in_flight: number;
}

/** A log: `c:` and a conversation, `a:` and an account, `u:` and a user. */
export type LogId = string;

/** The answer to a login. */
export interface LoggedIn {
  /** The session's token. */
  token: string;
  /** The person. */
  user: Me;
}

/** `POST /api/v1/login`. */
export interface Login {
  /** The handle or the e-mail address. */
  login: string;
  /** The password. */
  password: string;
  /** What the person calls the device. */
  device?: string;
}

/** `read.mark`. */
export interface MarkRead {
  /** Which conversation. */
  conversation: ConversationId;
  /** The last message that was seen. */
  seq: number;
}

/** The answer to `read.mark`. */
export interface Marked {
  /** Where. */
  conversation: ConversationId;
  /** How far the mark is now. */
  seq: number;
}

/** A person, as they see themselves. */
export interface Me {
  /** The id. */
  id: UserId;
  /** The unique name. */
  handle: string;
  /** The name to show. */
  display_name: string;
  /** Where mail reaches them. */
  email: string;
  /** Whether that address was confirmed. */
  email_verified: boolean;
}

/** A member of a conversation. */
export interface Member {
  /** Who. */
  user: User;
  /** `owner`, `admin` or `member`. */
  role: 'owner' | 'admin' | 'member';
  /** The last message that they have read. */
  read_seq: number;
}

/** A message, the same for every reader. */
export interface Message {
  /** Its conversation. */
  conversation: ConversationId;
  /** The position at which it was posted: its name within the conversation. */
  seq: number;
  /** The position of its last change; `seq` when new. */
  rev: number;
  /** Its number among the countable messages, without gaps; none for system rows. */
  n: number | null;
  /** Who posted it. */
  sender: UserId;
  /** The sender's own id of it. */
  client_id: ClientId;
  /** When the server accepted it. */
  at: Time;
  /** `text`, `system` or `card`. */
  kind: 'text' | 'system' | 'card';
  /** What it says. */
  text: string | null;
  /** The card, for `card`. */
  card: Card | null;
}

/** The answer to `message.send`. */
export interface MessageSent {
  /** Where. */
  conversation: ConversationId;
  /** The message's name there. */
  seq: number;
  /** The position of its last change. */
  rev: number;
  /** Its number among the countable messages. */
  n: number | null;
  /** When the server accepted it. */
  at: Time;
  /** It had been sent before with this id. */
  duplicate: boolean;
}

/** The answer to `message.history`. */
export interface Messages {
  /** The page, ascending by `seq`. */
  messages: Array<Message>;
  /** The next page. */
  next: number | null;
}

/** What kind of conversation is wanted. */
export type NewConversationKind = 'direct' | 'group';

/** Operations without a content. */
export type Nothing = {};

/** The answer to `register` and `me`. */
export interface OwnUser {
  /** The person. */
  user: Me;
}

/** `conversation.list`, `contact.list` and other lists in pages. */
export interface Page {
  /** The `next` of the page before. */
  cursor?: string | null;
  /** Rows wanted at most. */
  limit?: number | null;
}

/** The answer to `ping`. */
export interface Pong {
  /** The server's time. */
  now: Time;
}

/** How far a client is in a log. */
export interface Position {
  /** The log. */
  log: LogId;
  /** Its cursor. */
  rev: number;
}

/** A refusal over HTTP, `application/problem+json` (RFC 9457). The facts of the code stand beside the standard's own members, such as `setting` for `rate_limited`. */
export interface Problem {
  /** `urn:quipu:error:` and the code. */
  type: string;
  /** The code's sentence for a person. */
  title: string;
  /** The status of the answer. */
  status: number;
  /** The word that clients act on. */
  code: ErrorCode;
  /** The sentence for a person, of this case. */
  detail: string;
  /** Whether the same request may succeed later with nothing else changed. */
  retryable: boolean;
  /** When it may, in milliseconds from now. */
  retry_after_ms: number | null;
  /** The field that is meant. */
  param: string | null;
  /** The line of the server's log that has the cause. */
  reference: string;
  [fact: string]: unknown;
}

/** `read.marked`, and the marks in a `sync`. */
export interface ReadMarked {
  /** Where. */
  conversation: ConversationId;
  /** Who read. */
  user: UserId;
  /** How far. */
  seq: number;
}

/** The answer to `/readyz`: whether this node should get traffic, and why not. */
export interface Readiness {
  /** All of what follows is well. */
  ready: boolean;
  /** `ok`, `storage_refused` (it answers, and its disk took the last write not), or `unreachable`. */
  database: 'ok' | 'storage_refused' | 'unreachable';
  /** `in_process`, `connected`, or `reconnecting`: then events between nodes come late, and nothing is lost. */
  bus: 'in_process' | 'connected' | 'reconnecting';
  /** This node is stopping. */
  draining: boolean;
  /** Every rate limit is off. */
  load_test: boolean;
  /** What an operator should know although the node serves, such as `clock_jump`. */
  warnings: Array<string>;
  /** The node's name, when it was given one. */
  node?: string;
}

/** A refusal as it is told: a code with what this case adds to it. */
export interface Refusal {
  /** The word. */
  code: ErrorCode;
  /** The sentence for a person. */
  message: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** When it may, in milliseconds from now. */
  retry_after_ms: number | null;
  /** The field that is meant, as a path in `d`. */
  param: string | null;
  /** What the code's documentation says of it: the setting behind a limit, what is available, whether money moved. */
  detail: unknown;
}

/** `POST /api/v1/register`. */
export interface Register {
  /** The unique name that is wanted. */
  handle: string;
  /** Where mail reaches the person. */
  email: string;
  /** The password. */
  password: string;
  /** The name to show. */
  display_name: string;
}

/** `message.send`. */
export interface SendMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it goes. */
  conversation: ConversationId;
  /** What it says. */
  text: string;
}

/** `transfer.send`. */
export interface SendTransfer {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Who is paid. */
  to: UserId;
  /** How much: a decimal string. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** Where the card goes; without it, the direct conversation of payer and payee. */
  conversation?: ConversationId | null;
  /** The fee that the payer agreed to, a decimal string; without it, whatever it is. */
  fee?: string | null;
  /** Refuse the payment after this time. */
  not_after?: Time | null;
  /** What for. */
  note?: string;
}

/** The server's program. */
export interface Server {
  /** `quipu`. */
  name: string;
  /** `major.minor.patch`. */
  version: string;
}

/** A login of a person on a device. */
export interface Session {
  /** The id. */
  id: SessionId;
  /** What the person calls the device. */
  device: string;
  /** When it began. */
  created_at: Time;
  /** When it was last used, to about a minute. */
  last_seen_at: Time;
  /** Whether it is the session of this very request. */
  current: boolean;
}

/** A login of a person on a device. */
export type SessionId = string;

/** The answer to `sessions`. */
export interface Sessions {
  /** Those that can still be used, the last used first. */
  sessions: Array<Session>;
  /** Always `null`: a person has few. */
  next: string | null;
}

/** `sync`. */
export interface Sync {
  /** The cursor of each log. */
  positions: Array<Position>;
  /** Rows of each log wanted at most. */
  limit?: number | null;
}

/** The answer to `sync`. */
export interface Synced {
  /** Each log that was asked for and may be read. */
  logs: Array<SyncedLog>;
  /** The logs that may not be read, or are not there. */
  gone: Array<LogId>;
}

/** One log in the answer to `sync`. */
export interface SyncedLog {
  /** The log. */
  log: LogId;
  /** The new cursor, whatever rows came. */
  through: number;
  /** There is more: ask again from `through`. */
  more: boolean;
  /** Of an account: how it stands. */
  account?: Account;
  /** Of a user: what changed, ascending by `rev`. */
  items?: Array<Item>;
  /** Of a conversation: everybody's read marks. */
  marks?: Array<ReadMarked>;
  /** Of a conversation: what was posted or changed, ascending by `rev`. */
  messages?: Array<Message>;
}

/** RFC 3339, in UTC with milliseconds where the server writes it. */
export type Time = string;

/** A movement of an account, as its owner sees it. */
export interface Transfer {
  /** The opaque id. */
  id: string;
  /** `payment`, `funding`, `fee`, `claim` or `correction`. */
  kind: 'payment' | 'funding' | 'fee' | 'claim' | 'correction';
  /** `in` or `out`. */
  direction: 'in' | 'out';
  /** `posted`, `held`, `captured`, `voided`, `expired` or `reversed`. */
  state: 'posted' | 'held' | 'captured' | 'voided' | 'expired' | 'reversed';
  /** A decimal string, without a sign. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** The balance after it. */
  balance: string;
  /** The other person; none for the system. */
  counterparty: User | null;
  /** What for. */
  note: string;
  /** Where its card stands. */
  conversation: ConversationId | null;
  /** When it was posted. */
  at: Time;
  /** When a hold ends by itself. */
  expires_at?: Time;
}

/** A transfer's card: what every member of its conversation sees. */
export interface TransferCard {
  /** Who paid. */
  from: UserId;
  /** Who was paid. */
  to: UserId;
  /** A decimal string. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** What for. */
  note: string;
  /** `posted`, or `reversed` for money that went back. */
  state: 'posted' | 'reversed';
}

/** `transfer.changed`, to both parties. */
export interface TransferChanged {
  /** The opaque id. */
  id: string;
  /** The payer's own id of it. */
  client_id: ClientId;
  /** As in a movement. */
  state: 'posted' | 'held' | 'captured' | 'voided' | 'expired' | 'reversed';
  /** Who paid. */
  from: UserId;
  /** Who was paid. */
  to: UserId;
  /** A decimal string. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** Where its card stands. */
  conversation: ConversationId | null;
}

/** The answer to `transfer.status`. */
export type TransferOutcome = TransferSent | { state: 'refused'; error: Refusal };

/** The answer to `transfer.send` and `transfer.status`. */
export interface TransferSent {
  /** The opaque id. */
  id: string;
  /** `posted`. */
  state: 'posted';
  /** When it was posted. */
  at: Time;
  /** The payer's balance after it. */
  balance: string;
  /** What it cost the payer on top; none when it cost nothing. */
  fee: string | null;
  /** Where its card stands. */
  conversation: ConversationId | null;
  /** The card's name there. */
  seq: number | null;
  /** It had been sent before with this id. */
  duplicate: boolean;
}

/** `transfer.status`. */
export interface TransferStatus {
  /** The id that the payment was sent with. */
  client_id: ClientId;
}

/** The answer to `wallet.history`. */
export interface Transfers {
  /** The page, newest first. */
  transfers: Array<Transfer>;
  /** The next page. */
  next: string | null;
}

/** A person, as others see them. */
export interface User {
  /** The id. */
  id: UserId;
  /** The unique name. */
  handle: string;
  /** The name to show. */
  display_name: string;
}

/** A person. */
export type UserId = string;

/** `POST /api/v1/email/verify`. */
export interface VerifyEmail {
  /** The token from the mail. */
  token: string;
}

/** What the wallet offers. */
export interface Wallet {
  /** All currencies. */
  currencies: Array<Currency>;
  /** The one that a new wallet shows. */
  default_currency: string;
  /** What a payment costs its payer on top, in hundredths of a per cent of the amount, rounded down to whole minor units. */
  fee_basis_points: number;
}

/** `wallet.history`. */
export interface WalletHistory {
  /** One currency; the default one when missing. */
  currency?: string | null;
  /** The `next` of the page before. */
  cursor?: string | null;
  /** Rows wanted at most. */
  limit?: number | null;
}

/** The answer to `hello`. */
export interface Welcome {
  /** Who is signed in. */
  user: Me;
  /** The login. */
  session: SessionId;
  /** The server's time. */
  now: Time;
  /** What the server holds the client to. */
  limits: Limits;
  /** Milliseconds between two pings. */
  heartbeat_ms: number;
  /** The server. */
  server: HelloServer;
  /** What the wallet offers. */
  wallet: Wallet;
  /** The answer to `resume`. */
  resume?: Synced;
}

/** Every operation: what is asked with, and what a good answer holds. */
export interface Ops {
  /** Says who is there. The first frame of every connection. */
  'hello': { d: Hello; ok: Welcome };
  /** Asks for a sign of life. */
  'ping': { d: Nothing; ok: Pong };
  /** Finds a person by their handle. */
  'user.find': { d: FindUser; ok: FoundUser };
  /** The own contacts, by name. */
  'contact.list': { d: Page; ok: Contacts };
  /** Opens the direct conversation with somebody, or a group. */
  'conversation.create': { d: CreateConversation; ok: Created };
  /** The own conversations, latest activity first. */
  'conversation.list': { d: Page; ok: Conversations };
  /** One conversation. */
  'conversation.get': { d: GetConversation; ok: GotConversation };
  /** Posts a message. */
  'message.send': { d: SendMessage; ok: MessageSent };
  /** Messages of a conversation in pages. */
  'message.history': { d: History; ok: Messages };
  /** What changed in each log since the caller's cursor. */
  'sync': { d: Sync; ok: Synced };
  /** Says how far the caller has read. The mark only grows. */
  'read.mark': { d: MarkRead; ok: Marked };
  /** The own accounts, the default currency first. */
  'wallet.accounts': { d: Nothing; ok: Accounts };
  /** Movements of an own account, newest first. */
  'wallet.history': { d: WalletHistory; ok: Transfers };
  /** Pays somebody, with a card in a conversation. */
  'transfer.send': { d: SendTransfer; ok: TransferSent };
  /** What became of an own payment, by its client_id. */
  'transfer.status': { d: TransferStatus; ok: TransferOutcome };
}

/** Every push, without its `ev`. */
export interface Pushes {
  /** A message was posted. */
  'message.posted': { log: LogId; prev: number; rev: number; d: Message };
  /** A message was changed: its rev is above its seq. */
  'message.changed': { log: LogId; prev: number; rev: number; d: Message };
  /** Rows of the own user's log changed. */
  'item.changed': { log: LogId; prev: number; rev: number; d: ItemsChanged };
  /** Money of an own account moved, or the account itself changed. */
  'account.changed': { log: LogId; prev: number; rev: number; d: AccountChanged };
  /** A payment of which one is a party came to this state. */
  'transfer.changed': { d: TransferChanged };
  /** A member has read up to here. */
  'read.marked': { d: ReadMarked };
  /** The log has reached this position: sync if that is beyond the cursor. */
  'head': { log: LogId; rev: number };
  /** This node stops: come back after that time. */
  'drain': { d: Drain };
}

/** Every path of HTTP that takes or gives JSON: its body and its good answer. */
export interface Http {
  /** Makes a person. They sign in by another call. */
  'POST /api/v1/register': { body: Register; ok: OwnUser };
  /** Signs a person in: the token for programs, the session cookie for browsers. */
  'POST /api/v1/login': { body: Login; ok: LoggedIn };
  /** Ends the own session on every node. */
  'POST /api/v1/logout': { body: undefined; ok: undefined };
  /** Who is signed in. */
  'GET /api/v1/me': { body: undefined; ok: OwnUser };
  /** Where the person is signed in, the session used last first. */
  'GET /api/v1/sessions': { body: undefined; ok: Sessions };
  /** Signs one device out, the own one too. */
  'DELETE /api/v1/sessions/{id}': { body: undefined; ok: undefined };
  /** Confirms an address by the token from the mail. Nobody need be signed in. */
  'POST /api/v1/email/verify': { body: VerifyEmail; ok: undefined };
  /** Mails another link, if there is something left to confirm. */
  'POST /api/v1/email/resend': { body: undefined; ok: undefined };
  /** What a client needs to know before anybody signs in. */
  'GET /api/v1/about': { body: undefined; ok: About };
  /** Signs in one of the people of the demonstration: under --demo alone, from the same machine. */
  'POST /api/v1/demo/login': { body: DemoLogin; ok: LoggedIn };
  /** The process answers. */
  'GET /healthz': { body: undefined; ok: Health };
  /** Whether this node should get traffic; 503 and the reason when not. */
  'GET /readyz': { body: undefined; ok: Readiness };
}

/** A push as it comes. */
export type PushFrame = { [E in keyof Pushes]: { ev: E } & Pushes[E] }[keyof Pushes];

/** Why the server closes a socket. */
export type CloseCode = 1009 | 4000 | 4001 | 4002 | 4003 | 4004 | 4500 | 4501 | 4502 | 4503;
