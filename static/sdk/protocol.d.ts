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

/** `contact.request` and `contact.remove`. */
export interface AboutUser {
  /** Whom. */
  user: UserId;
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

/** `bill.cancel`. */
export interface ActOnBill {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  bill: FlowId;
}

/** `dispute.withdraw`. */
export interface ActOnDispute {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  dispute: FlowId;
}

/** `request.decline`, `request.cancel`. */
export interface ActOnRequest {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  request: FlowId;
}

/** `schedule.cancel`. */
export interface ActOnSchedule {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  schedule: FlowId;
}

/** `transfer.accept`, `transfer.decline`, `transfer.cancel`. */
export interface ActOnTransfer {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** The payment's opaque id. */
  transfer: string;
}

/** `member.add`. */
export interface AddMembers {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** To which group. */
  conversation: ConversationId;
  /** Whom, 1 to 100, each once. */
  users: Array<UserId>;
}

/** `method.add`: either a card or a bank account. */
export interface AddMethod {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** A bank account. */
  bank?: BankDetails | null;
  /** A card. */
  card?: CardDetails | null;
  /** What its owner calls it, 40 characters at most. */
  label?: string;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** `contact.answer`. */
export interface AnswerContact {
  /** Who asked. */
  user: UserId;
  /** Yes or no. */
  accept: boolean;
}

/** `dispute.answer`. */
export interface AnswerDispute {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  dispute: FlowId;
  /** What there is to say; 1 to as many characters as a note has. */
  text: string;
}

/** An attachment, the same for everybody who may see it. */
export interface Attachment {
  /** The id. */
  id: AttachmentId;
  /** `image`, `file` or `voice`. */
  kind: string;
  /** What the file is called. */
  name: string;
  /** What it is, by its content. */
  media_type: string;
  /** How large it is. */
  bytes: number;
  /** Of a voice message, as its sender said. */
  duration_ms?: number;
  /** Of an image, in pixels. */
  height?: number;
  /** The sizes that an image has beside its own: `small` and `medium`. */
  sizes?: Array<string>;
  /** Of an image, in pixels. */
  width?: number;
}

/** Something attached to a message. */
export type AttachmentId = string;

/** A bank account as it is typed. */
export interface BankDetails {
  /** The IBAN; spaces in it say nothing. */
  iban: string;
  /** Whose it is, 1 to 64 characters. */
  holder: string;
}

/** `step_up.begin`. */
export interface BeginStepUp {
  /** The operation that is to be confirmed. */
  op: string;
  /** What it will be sent with, but for `step_up`. */
  d: {};
}

/** The answer to `bill.netting`. */
export interface BillsNetted {
  /** For each currency in which something is open, in the order of their codes. */
  currencies: Array<Netting>;
  /** There are more open bills than were looked at. */
  more: boolean;
}

/** `contact.block`. */
export interface BlockUser {
  /** Whom. */
  user: UserId;
  /** Whether they are blocked from now on. */
  on: boolean;
}

/** Somebody whom one has blocked. */
export interface Blocked {
  /** Who. */
  user: User;
  /** Since when. */
  since: Time;
}

/** The answer to `contact.blocked`. */
export interface BlockedPeople {
  /** All of them. */
  users: Array<Blocked>;
}

/** A budget and what was spent of it. */
export interface Budget {
  /** ISO 4217. */
  currency: string;
  /** What for, such as `payment`, or `all`. */
  kind: string;
  /** The month, such as `2026-01`; null for each. */
  month: string | null;
  /** How much: a decimal string. */
  amount: string;
  /** The last notice. */
  notice: BudgetNotice | null;
  /** The month that `spent` is of: its own, or the present one. */
  in_month: string;
  /** What was spent in that month; null while it is being counted. */
  spent: string | null;
}

/** The answer to `budget.list`. */
export interface BudgetList {
  /** All of them. */
  budgets: Array<Budget>;
}

/** That so much of a budget is spent. */
export interface BudgetNotice {
  /** In which month. */
  month: string;
  /** 80 or 100. */
  percent: number;
  /** What was spent then: a decimal string. */
  spent: string;
  /** When it was noticed. */
  at: Time;
}

/** The answer to `budget.set`. */
export interface BudgetSet {
  /** The budget; null when there is none any more. */
  budget: Budget | null;
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

/** A card as it is typed. The server keeps its brand, its last four digits and when it expires. */
export interface CardDetails {
  /** The digits; spaces and hyphens between them say nothing. */
  number: string;
  /** The last month in which it can be used, such as `2027-01`. */
  expires: string;
  /** The security code, which nobody keeps. */
  code: string;
  /** The name on it, 1 to 64 characters. */
  holder: string;
}

/** `pin.change`. */
export interface ChangePin {
  /** The PIN that is set. */
  old: string;
  /** Six digits. */
  pin: string;
}

/** A share that somebody took. */
export interface Claim {
  /** Who. */
  user: UserId;
  /** How much. */
  amount: string;
  /** Its place in the draw, from 0. */
  place: number;
  /** When. */
  at: Time;
}

/** `packet.claim`. */
export interface ClaimPacket {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  packet: FlowId;
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

/** `step_up.confirm`. */
export interface ConfirmStepUp {
  /** What `step_up.begin` gave. */
  challenge: string;
  /** One of its `factors`. */
  factor: string;
  /** The PIN. */
  code: string;
}

/** A contact. */
export interface Contact {
  /** Who. */
  user: User;
  /** `accepted`, `requested` (by oneself) or `pending` (by them). */
  state: ContactState;
  /** Since when. */
  since: Time;
}

/** The answer to `contact.request` and `contact.answer`. */
export interface ContactAsked {
  /** Who. */
  user: UserId;
  /** How one stands to them now; none when they are no contact. */
  state: ContactState | null;
}

/** The answer to `contact.block`. */
export interface ContactBlocked {
  /** Who. */
  user: UserId;
  /** Whether they are blocked now. */
  on: boolean;
}

/** The answer to `contact.remove`. */
export interface ContactRemoved {
  /** Who. */
  user: UserId;
}

/** How two people stand to each other, as one of them sees it. */
export type ContactState = 'accepted' | 'requested' | 'pending';

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
  /** Those of them that mention oneself. */
  mentions: number;
  /** The own read mark. */
  read_seq: number;
  /** What one may do: `owner`, `admin` or `member`. */
  my_role: string;
  /** What stands up to here may not be read by oneself. */
  from_seq: number;
  /** The picture that shows it. */
  avatar: AttachmentId | null;
  /** What new members may read: `all` or `from_join`. */
  history: string;
  /** Seconds between two messages of one member; 0 is no limit. */
  slow_mode_seconds: number;
  /** Of a direct one: `none`, `by_me`, `by_them` or `both`. */
  blocked: string;
}

/** The answer to `conversation.update`, `conversation.leave`, `member.add`, `member.remove` and `member.role`. */
export interface ConversationChanged {
  /** Which one. */
  conversation: ConversationId;
  /** The log's position after it. */
  rev: number;
  /** It had been asked before with this id. */
  duplicate: boolean;
  /** Who was added, for `member.add`. */
  added?: Array<UserId>;
}

/** The answer to `conversation.focus`: what the socket looks at now. */
export interface ConversationFocused {
  /** Which one; none when it is null. */
  conversation: ConversationId | null;
}

/** A conversation. */
export type ConversationId = string;

/** The answer to `conversation.set`, `draft.set` and `typing.set`: what it was about. */
export interface ConversationSet {
  /** Which one. */
  conversation: ConversationId;
}

/** The answer to `conversation.list`. */
export interface Conversations {
  /** The page. */
  conversations: Array<Conversation>;
  /** The next page. */
  next: string | null;
}

/** `bill.create`. */
export interface CreateBill {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where its card goes. */
  conversation: ConversationId;
  /** How much it is, what its maker bears included. */
  total: string;
  /** ISO 4217. */
  currency: string;
  /** `equal`, `exact`, `percent` or `weights`. */
  split: 'equal' | 'exact' | 'percent' | 'weights';
  /** Whose bill it is, 2 to 100 members. */
  shares: Array<WantedShare>;
  /** What for. */
  note?: string;
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

/** `topup.create`, `withdraw.create`. */
export interface CreateFunding {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** From where, or to where. */
  method: MethodId;
  /** How much. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** Refuse it after this time. */
  not_after?: Time | null;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** `packet.create`. */
export interface CreatePacket {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where its card goes. */
  conversation: ConversationId;
  /** How much is in it. */
  total: string;
  /** ISO 4217. */
  currency: string;
  /** Its shares, 1 to 10,000. */
  count: number;
  /** `equal` or `lucky`. */
  kind: 'equal' | 'lucky';
  /** What its maker wishes. */
  greeting?: string;
  /** Refuse it after this time. */
  not_after?: Time | null;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** `request.create`. */
export interface CreateRequest {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where its card goes. */
  conversation: ConversationId;
  /** Who is asked, 1 to 100 members. */
  payers: Array<UserId>;
  /** How much of each. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** What for. */
  note?: string;
}

/** `schedule.create`. */
export interface CreateSchedule {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where its card goes, and those of its payments. */
  conversation: ConversationId;
  /** Who is paid. */
  to: UserId;
  /** How much each time. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** When it is due first; in the future. */
  first_at: Time;
  /** `once`, `day`, `week`, `month` or `year`. */
  every: 'once' | 'day' | 'week' | 'month' | 'year';
  /** Refuse it after this time. */
  not_after?: Time | null;
  /** What for. */
  note?: string;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
  /** How often at most, 1 to 10,000. */
  times?: number | null;
  /** Not after this time; one of `times` and `until` at most. */
  until?: Time | null;
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
  /** A payment of more is held until its payee accepts it; none without such a bound. */
  accept_first_above: string | null;
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

/** The answer to `device.list`. */
export interface Devices {
  /** Where the caller is signed in, the one used last first. */
  devices: Array<Session>;
  /** Always `null`: a person has few. */
  next: string | null;
}

/** The answer to `device.revoke`. */
export interface DevicesRevoked {
  /** The logins that ended with it. */
  devices: Array<SessionId>;
}

/** `drain`. */
export interface Drain {
  /** Come back after this many milliseconds. */
  reconnect_after_ms: number;
}

/** `message.edit`. */
export interface EditMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it stands. */
  conversation: ConversationId;
  /** Which one. */
  seq: number;
  /** What it says from now on. */
  text: string;
  /** Whom it mentions from now on. */
  mentions?: Array<UserId>;
}

/** What went wrong, as a word that never changes. */
export type ErrorCode = 'malformed_frame' | 'frame_too_large' | 'unknown_op' | 'invalid_field' | 'hello_required' | 'unauthenticated' | 'forbidden_origin' | 'client_too_old' | 'rate_limited' | 'too_many_connections' | 'busy' | 'outcome_lost' | 'storage_unavailable' | 'internal' | 'not_found' | 'idempotency_conflict' | 'handle_invalid' | 'handle_taken' | 'email_invalid' | 'email_taken' | 'email_unverified' | 'password_weak' | 'display_name_invalid' | 'credentials_invalid' | 'token_invalid' | 'session_not_found' | 'user_not_found' | 'not_a_member' | 'members_invalid' | 'title_invalid' | 'text_empty' | 'text_too_long' | 'blocked' | 'forbidden_role' | 'message_not_found' | 'not_editable' | 'too_late' | 'recalled' | 'not_forwardable' | 'emoji_invalid' | 'too_many' | 'owner_must_hand_over' | 'person_unavailable' | 'slow_mode' | 'wrong_kind' | 'attachment_not_found' | 'attachment_too_large' | 'attachment_type' | 'upload_conflict' | 'amount_invalid' | 'currency_unsupported' | 'note_too_long' | 'self_transfer' | 'payee_unavailable' | 'insufficient_funds' | 'limit_exceeded' | 'currency_mismatch' | 'account_frozen' | 'account_closed' | 'step_up_required' | 'pin_weak' | 'pin_exists' | 'pin_not_set' | 'pin_wrong' | 'pin_locked' | 'too_many_tries' | 'confirmation_invalid' | 'method_invalid' | 'method_exists' | 'method_not_found' | 'method_expired' | 'method_unusable' | 'method_cooling_off' | 'provider_declined' | 'provider_unavailable' | 'not_after_passed' | 'fee_changed' | 'wallet_busy' | 'outcome_unknown' | 'legs_invalid' | 'expiry_passed' | 'not_a_hold' | 'hold_resolved' | 'hold_not_expired' | 'capture_exceeds' | 'not_reversible' | 'refund_exceeds' | 'account_not_found' | 'account_not_empty' | 'account_unchanged' | 'not_yours' | 'already_resolved' | 'request_not_open' | 'already_claimed' | 'packet_empty' | 'packet_expired' | 'packet_invalid' | 'bill_not_open' | 'share_mismatch' | 'payers_invalid' | 'dispute_exists' | 'dispute_ended' | 'schedule_invalid' | 'schedule_ended' | 'transfer_not_found' | 'statement_too_long';

/** The answer to `factor.list`. */
export interface Factors {
  /** The own PIN. */
  pin: Pin;
  /** Whether payments are confirmed on this server. */
  required: boolean;
}

/** `user.find`. */
export interface FindUser {
  /** The handle, in any case, with or without a leading `@`. */
  handle: string;
}

/** How a flow stands; the push of each change too. */
export interface Flow {
  /** The flow; of a payment that is accepted first, the payment's opaque id. */
  id: string;
  /** `transfer`, `request`, `packet`, `bill`, `schedule` or `dispute`. */
  kind: 'transfer' | 'request' | 'packet' | 'bill' | 'schedule' | 'dispute';
  /** Where it stands. */
  state: string;
  /** Where its card stands. */
  conversation: ConversationId;
  /** The card's name there. */
  seq: number;
  /** What its card shows. */
  data: unknown;
}

/** The answer to whatever is asked of a flow. */
export interface FlowDone {
  /** The flow after it; after a repetition, as it stands now. */
  flow: Flow;
  /** The movement that the caller's account had by it, if it had one. */
  transfer: Moved | null;
  /** It had been asked before with this id. */
  duplicate: boolean;
}

/** A request, a packet, a bill or a plan; a top-up or a withdrawal. */
export type FlowId = string;

/** `conversation.focus`. */
export interface FocusConversation {
  /** What this socket looks at from now on; null for none. */
  conversation?: ConversationId | null;
}

/** `message.forward`. */
export interface ForwardMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it goes. */
  conversation: ConversationId;
  /** Where it stands. */
  from: MessagePlace;
}

/** Whose words a forwarded message repeats. */
export interface Forwarded {
  /** Who wrote them first. */
  sender: UserId;
  /** When. */
  at: Time;
}

/** The answer to `search.conversations`. */
export interface FoundConversations {
  /** Those that fit, the latest activity first. */
  conversations: Array<Conversation>;
}

/** The answer to `search.messages`. */
export interface FoundMessages {
  /** The page, the newest first. It may be shorter than was wanted, or empty, and go on all the same. */
  messages: Array<Message>;
  /** The next page; none when everything was looked through. */
  next: string | null;
  /** Positions of the searched logs that the index does not hold yet: 0 when it holds everything. */
  behind: number;
}

/** The answer to `search.people`. */
export interface FoundPeople {
  /** Contacts and people whom one shares a small conversation with, by name; a stranger by their whole handle. */
  users: Array<User>;
}

/** The answer to `user.find`. */
export interface FoundUser {
  /** Who. */
  user: User;
}

/** `wallet.freeze`. */
export interface FreezeWallet {
  /** The caller's id of this effect. */
  client_id: ClientId;
}

/** A top-up or a withdrawal as it stands. */
export interface Funding {
  /** Which one. */
  id: FlowId;
  /** The caller's id of it. */
  client_id: ClientId;
  /** `topup` or `withdrawal`. */
  kind: 'topup' | 'withdrawal';
  /** Of a top-up `created`, `requires_action`, `processing`, `settled`, `failed`, `reversed`; of a withdrawal `held`, `submitted`, `paid`, `failed`, `returned`. */
  state: string;
  /** From where, or to where. */
  method: MethodId;
  /** The method's brand, or its country. */
  brand: string;
  /** The last four characters of the method's number. */
  last_four: string;
  /** How much. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** Why it failed or came back: `declined`, `insufficient_funds`, `authentication_failed`, `bank_refused`, `called_back`. */
  reason: string | null;
  /** What its owner has to do for it, in the state `requires_action`: a page to open, a path of this server or an https address. */
  action: string | null;
  /** The money came after the top-up had failed; it is in the balance. */
  late: boolean;
  /** Somebody of the operator looks at it. */
  review: boolean;
  /** When it was begun. */
  at: Time;
  /** When it came to this state. */
  changed_at: Time;
}

/** The answer to `topup.create` and `withdraw.create`. */
export interface FundingDone {
  /** Which one. */
  id: FlowId;
  /** The caller's id of it. */
  client_id: ClientId;
  /** `topup` or `withdrawal`. */
  kind: 'topup' | 'withdrawal';
  /** Of a top-up `created`, `requires_action`, `processing`, `settled`, `failed`, `reversed`; of a withdrawal `held`, `submitted`, `paid`, `failed`, `returned`. */
  state: string;
  /** From where, or to where. */
  method: MethodId;
  /** The method's brand, or its country. */
  brand: string;
  /** The last four characters of the method's number. */
  last_four: string;
  /** How much. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** Why it failed or came back: `declined`, `insufficient_funds`, `authentication_failed`, `bank_refused`, `called_back`. */
  reason: string | null;
  /** What its owner has to do for it, in the state `requires_action`: a page to open, a path of this server or an https address. */
  action: string | null;
  /** The money came after the top-up had failed; it is in the balance. */
  late: boolean;
  /** Somebody of the operator looks at it. */
  review: boolean;
  /** When it was begun. */
  at: Time;
  /** When it came to this state. */
  changed_at: Time;
  /** It had been asked before with this id. */
  duplicate: boolean;
}

/** The answer to `funding.list`. */
export interface Fundings {
  /** The own top-ups and withdrawals, the newest first. */
  fundings: Array<Funding>;
  /** The cursor of the next page. */
  next: string | null;
}

/** `conversation.get`. */
export interface GetConversation {
  /** Which one. */
  conversation: ConversationId;
}

/** `wallet.summary`. */
export interface GetSummary {
  /** One currency; the default one when missing. */
  currency?: string | null;
  /** The month (UTC), such as `2026-01`; the present one when missing. */
  month?: string | null;
}

/** `wallet.transaction`. */
export interface GetTransaction {
  /** The id of any row that belongs to it. */
  transfer: string;
}

/** `user.get`. */
export interface GetUsers {
  /** Ids that a message or a list has told, at most 100. */
  users: Array<UserId>;
}

/** A reaction of one person. */
export interface GivenReaction {
  /** Who. */
  user: User;
  /** The emoji. */
  emoji: string;
  /** When. */
  at: Time;
}

/** The answer to `reaction.list`. */
export interface GivenReactions {
  /** The page. */
  reactions: Array<GivenReaction>;
  /** The next page. */
  next: string | null;
}

/** The answer to `conversation.get`. */
export interface GotConversation {
  /** The conversation. */
  conversation: Conversation;
}

/** The answer to `user.get`. */
export interface GotUsers {
  /** Those that there are, in no order. */
  users: Array<User>;
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
  /** The oldest web client that may move money. */
  min_pay: string;
}

/** `message.hide`. */
export interface HideMessages {
  /** Where they stand. */
  conversation: ConversationId;
  /** Which ones, 1 to 100. */
  seqs: Array<number>;
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

/** What of a history is asked for: what fits every field that is there. */
export interface HistoryFilter {
  /** `in` or `out`. */
  direction?: string | null;
  /** From this time on. */
  from?: Time | null;
  /** What it is for, such as `payment`. */
  kind?: string | null;
  /** At most so much: a decimal string. */
  max?: string | null;
  /** At least so much: a decimal string. */
  min?: string | null;
  /** Whom it was exchanged with. */
  person?: UserId | null;
  /** What the row does, such as `posted`. */
  state?: string | null;
  /** Parts of the note, of the other's name or handle, or of the amount, all of which stand there; at most 200 characters. */
  text?: string | null;
  /** Before this time. */
  to?: Time | null;
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

/** `conversation.leave`. */
export interface LeaveConversation {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which group. */
  conversation: ConversationId;
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
  /** Members up to which everybody hears what others have read and who types. */
  receipt_members: number;
  /** Members from which on only a socket that looks at a conversation gets its messages whole. */
  head_mode_members: number;
  /** Seconds in which one's own message may be edited. */
  edit_seconds: number;
  /** Seconds in which one's own message may be recalled. */
  recall_seconds: number;
  /** Characters of a payment's note. */
  note_chars: number;
  /** Requests without an answer on one socket. */
  in_flight: number;
}

/** The answer to `limits.show`: what may be sent. What is null has no limit. */
export interface LimitsShown {
  /** ISO 4217. */
  currency: string;
  /** In one payment: a decimal string. */
  single: string | null;
  /** In a day (UTC). */
  day: SpanLimit | null;
  /** In a year (UTC). */
  year: SpanLimit | null;
}

/** `member.list`. */
export interface ListMembers {
  /** Of which conversation. */
  conversation: ConversationId;
  /** The `next` of the page before. */
  cursor?: string | null;
  /** Rows wanted at most. */
  limit?: number | null;
}

/** `reaction.list`. */
export interface ListReactions {
  /** Where the message stands. */
  conversation: ConversationId;
  /** Which one. */
  seq: number;
  /** The `next` of the page before. */
  cursor?: string | null;
  /** Only this emoji. */
  emoji?: string | null;
  /** Rows wanted at most. */
  limit?: number | null;
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

/** `read.marked` and `delivered.marked`. */
export interface MarkRaised {
  /** Where. */
  conversation: ConversationId;
  /** Whose it is. */
  user: UserId;
  /** How far. */
  seq: number;
}

/** The answer to `read.mark` and `delivered.mark`. */
export interface Marked {
  /** Where. */
  conversation: ConversationId;
  /** How far the mark is now. */
  seq: number;
}

/** Somebody's marks in a `sync`. */
export interface Marks {
  /** Where. */
  conversation: ConversationId;
  /** Whose they are. */
  user: UserId;
  /** The last message that they have read. */
  seq: number;
  /** The last message that reached a device of theirs. */
  delivered_seq: number;
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
  /** The last message that reached a device of theirs. */
  delivered_seq: number;
}

/** The answer to `member.list`. */
export interface Members {
  /** The page. */
  members: Array<Member>;
  /** The next page. */
  next: string | null;
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
  /** What is attached to it. */
  attachments?: Array<Attachment>;
  /** When its text was last changed. */
  edited_at?: Time;
  /** Whose words it repeats. */
  forwarded?: Forwarded;
  /** Whom it mentions. */
  mentions?: Array<UserId>;
  /** It is pinned; absent when it is not. */
  pinned?: boolean;
  /** What stands under it. */
  reactions?: Array<Reaction>;
  /** Who recalled it; nothing else is left of it then. */
  recalled?: Recalled;
  /** The message of this conversation that it answers. */
  reply_to?: number;
  /** What happened, for `system`: `{what, by, …}`. */
  system?: System;
}

/** The answer to `message.edit`, `message.recall` and `message.pin`. */
export interface MessageChanged {
  /** Where. */
  conversation: ConversationId;
  /** Which message. */
  seq: number;
  /** The position that it has now. */
  rev: number;
  /** It had been asked before with this id. */
  duplicate: boolean;
}

/** A message by its place. */
export interface MessagePlace {
  /** Its conversation. */
  conversation: ConversationId;
  /** Its name there. */
  seq: number;
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

/** The answer to `message.hide`. */
export interface MessagesHidden {
  /** Where. */
  conversation: ConversationId;
  /** Which ones. */
  seqs: Array<number>;
}

/** A payment method as its owner sees it. */
export interface Method {
  /** Which one. */
  id: MethodId;
  /** `card` or `bank`. */
  kind: 'card' | 'bank';
  /** The card's brand, such as `visa`; the country of a bank account, such as `DE`. */
  brand: string;
  /** Of a card: `credit` or `debit`. */
  funding: string | null;
  /** The last four characters of its number. */
  last_four: string;
  /** Whose it is. */
  holder: string;
  /** What its owner calls it; may be empty. */
  label: string;
  /** The last month of a card, such as `2027-01`. */
  expires: string | null;
  /** `active`, `expiring` (this month or the next), `expired`. */
  state: 'active' | 'expiring' | 'expired';
  /** It is taken when no other is named. */
  default: boolean;
  /** Money can come from it. */
  top_up: boolean;
  /** Money can go to it. */
  withdraw: boolean;
  /** Before this time none can. */
  withdraw_from: Time | null;
  /** What is under way with it, and is finished even when it is removed. */
  unfinished: number;
  /** When it was added. */
  added_at: Time;
}

/** The answer to `method.add` and `method.update`. */
export interface MethodDone {
  /** How it stands now. */
  method: Method;
  /** It had been asked before with this id. */
  duplicate: boolean;
}

/** A card or a bank account of a person. */
export type MethodId = string;

/** The answer to `method.remove`. */
export interface MethodRemoved {
  /** Which one. */
  method: MethodId;
  /** What is under way with it and will be finished. */
  unfinished: number;
}

/** The answer to `method.list` and `method.default`. */
export interface Methods {
  /** The default one first, then those that were added last. */
  methods: Array<Method>;
  /** The provider moves play money alone, by the test numbers of docs/sandbox.md. */
  sandbox: boolean;
  /** Always `null`: a person has few. */
  next: string | null;
}

/** What moved in the caller's own account. */
export interface Moved {
  /** The movement's opaque id. */
  id: string;
  /** How much. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** The own balance after it. */
  balance: string;
  /** What it cost on top; none when it cost nothing. */
  fee: string | null;
  /** When. */
  at: Time;
}

/** `method.remove`, `method.default`. */
export interface NameMethod {
  /** Which one. */
  method: MethodId;
}

/** `bill.netting`. */
export interface NetBills {
  /** Whose bills. */
  conversation: ConversationId;
}

/** A payment that is proposed. */
export interface NetPayment {
  /** Who would pay. */
  from: UserId;
  /** Whom. */
  to: UserId;
  /** How much. */
  amount: string;
}

/** Few payments that settle what a group owes each other in one currency. */
export interface Netting {
  /** ISO 4217. */
  currency: string;
  /** The open bills that were counted. */
  bills: number;
  /** Shares of them that are open. */
  shares: number;
  /** Who would pay whom; one payment less than there are people at most. */
  payments: Array<NetPayment>;
}

/** `POST /api/v1/attachments`. */
export interface NewAttachment {
  /** What the file is called. */
  name: string;
  /** How large it is. */
  bytes: number;
  /** How long a voice message lasts. */
  duration_ms?: number | null;
  /** `voice`, or absent. */
  kind?: string | null;
}

/** What kind of conversation is wanted. */
export type NewConversationKind = 'direct' | 'group';

/** Operations without a content. */
export type Nothing = {};

/** `dispute.open`. */
export interface OpenDispute {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** The payment's opaque id. */
  transfer: string;
  /** Why; 1 to as many characters as a note has. */
  reason: string;
}

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

/** `bill.pay`. */
export interface PayBill {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  bill: FlowId;
  /** The currency of that fee; the default one without. */
  currency?: string | null;
  /** The fee that the payer agreed to; without it, whatever it is. */
  fee?: string | null;
  /** Refuse the payment after this time. */
  not_after?: Time | null;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** `request.pay`. */
export interface PayRequest {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which one. */
  request: FlowId;
  /** The currency of that fee; the default one without. */
  currency?: string | null;
  /** The fee that the payer agreed to; without it, whatever it is. */
  fee?: string | null;
  /** Refuse the payment after this time. */
  not_after?: Time | null;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** The answer to `pin.set` and `pin.change`, and part of that to `factor.list`. */
export interface Pin {
  /** There is one. */
  set: boolean;
  /** It was wrong too often, and is of no use until it is reset. */
  locked: boolean;
  /** Wrong tries until then. */
  left: number;
}

/** `message.pin`. */
export interface PinMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it stands. */
  conversation: ConversationId;
  /** Which one. */
  seq: number;
  /** Whether it is pinned from now on. */
  on: boolean;
}

/** The answer to `pin.set` and `pin.change`. */
export interface PinSet {
  /** How it stands now. */
  pin: Pin;
}

/** The answer to `message.pinned`. */
export interface PinnedMessages {
  /** What is pinned, the latest first. */
  messages: Array<Message>;
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
  /** Of a conversation: the position of the marks that are known. */
  mark_rev?: number;
}

/** `presence.changed`, and a person in the answer to `presence.watch`. */
export interface Presence {
  /** Who. */
  user: UserId;
  /** `online`, `offline`, or `hidden` when it is not for this reader to know. */
  state: string;
  /** When they last were online, if that is known and they are not. */
  last_seen: Time | null;
}

/** The answer to `presence.count`. */
export interface PresenceCounted {
  /** Members who are online. */
  online: number;
}

/** The answer to `presence.watch`. */
export interface PresenceWatched {
  /** Everybody who was asked about. */
  presence: Array<Presence>;
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

/** `read.mark` and `delivered.mark`. */
export interface RaiseMark {
  /** Which conversation. */
  conversation: ConversationId;
  /** The last message that was seen. */
  seq: number;
}

/** How often an emoji stands under a message. */
export interface Reaction {
  /** The emoji. */
  emoji: string;
  /** How many people gave it. */
  count: number;
  /** Up to 8 of them, those who came first. */
  users: Array<UserId>;
}

/** The answer to `reaction.set`. */
export interface ReactionSet {
  /** Where. */
  conversation: ConversationId;
  /** Under which message. */
  seq: number;
  /** The position that it has now. */
  rev: number;
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

/** `message.recall`. */
export interface RecallMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it stands. */
  conversation: ConversationId;
  /** Which one. */
  seq: number;
}

/** Who recalled a message. */
export interface Recalled {
  /** Who. */
  by: UserId;
  /** When. */
  at: Time;
}

/** The file. Hashes, keys, salts and signatures are in hexadecimal. */
export interface Receipt {
  /** `quipu.receipt.v1`. */
  format: string;
  /** The transfer's id. */
  transfer: string;
  /** What the row says, for people. It follows from the row. */
  says: ReceiptSays;
  /** The columns of the ledger's row that are hashed into its leaf, but for those of the other side. */
  row: ReceiptRow;
  /** The side whose columns are there: `debit` or `credit`. */
  side: 'debit' | 'credit';
  /** What the columns of this side are hashed with. */
  salt: string;
  /** The hash of the columns of the other side. */
  other_side: string;
  /** The Merkle path from the leaf to the block's root (RFC 6962), the lowest hash first. */
  path: Array<string>;
  /** The block that seals the row. */
  block: ReceiptBlock;
  /** The key that signed the block. */
  key: ReceiptKey;
  /** The keys that came after it, each handed over by the one before, up to the present one. */
  handovers: Array<ReceiptHandover>;
  /** How the two were called when the file was made. */
  names: ReceiptNames;
  /** SHA-256 of this file with an empty text here. */
  sha256: string;
  [fact: string]: unknown;
}

/** The header of a block, its hash and its signature. */
export interface ReceiptBlock {
  /** Which ledger. */
  shard: number;
  /** Its place in the chain, from 1. */
  number: number;
  /** The first position that it seals. */
  first_seq: number;
  /** The last one. */
  last_seq: number;
  /** The hash of the block before. */
  prev_hash: string;
  /** The Merkle root of its rows. */
  root: string;
  /** Ledger time, in microseconds since 1970. */
  at: number;
  /** The key that signed. */
  key_id: string;
  /** SHA-256 of the header. */
  hash: string;
  /** Ed25519 of the hash. */
  signature: string;
  [fact: string]: unknown;
}

/** A key that took over from the one before it. */
export interface ReceiptHandover {
  /** What names it. */
  id: string;
  /** Its 32 bytes. */
  public: string;
  /** The first block that it signs. */
  from_block: number;
  /** The hash of the block before that one. */
  head_hash: string;
  /** When, in microseconds since 1970. */
  at: number;
  /** The signature of the key before over the handover. */
  handed_over: string;
  /** Its own signature over the handover. */
  taken_over: string;
  [fact: string]: unknown;
}

/** A public key. */
export interface ReceiptKey {
  /** What names it. */
  id: string;
  /** Its 32 bytes. */
  public: string;
  [fact: string]: unknown;
}

/** How somebody was called. */
export interface ReceiptName {
  /** The unique name. */
  handle: string;
  /** The name to show. */
  display_name: string;
  [fact: string]: unknown;
}

/** How the two were called. */
export interface ReceiptNames {
  /** False: no signature covers them. */
  proven: boolean;
  /** Who gave, if a person. */
  from: ReceiptName | null;
  /** Who got, if a person. */
  to: ReceiptName | null;
  [fact: string]: unknown;
}

/** Whose an account is. Its id is made from this and the currency. */
export interface ReceiptOwner {
  /** The person; the nil id for the system. */
  user: UserId;
  /** What the account is for: `person`, or which of the system's. */
  account: string;
  [fact: string]: unknown;
}

export type ReceiptRow = {};

/** What the row says, for people. */
export interface ReceiptSays {
  /** What it is for, such as `payment`. */
  kind: string;
  /** What the row does: `posted`, `held`, `captured`, `voided`, `expired` or `reversed`. */
  state: string;
  /** How much: a decimal string. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** When, in UTC. */
  at: string;
  /** Who gave. */
  from: ReceiptOwner;
  /** Who got. */
  to: ReceiptOwner;
  [fact: string]: unknown;
}

/** The answer to `transfer.refund`. */
export interface RefundDone {
  /** The reversal's opaque id. */
  id: string;
  /** The payment's. */
  of: string;
  /** How much went back. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** The caller's balance after it. */
  balance: string;
  /** Where its card stands. */
  conversation: ConversationId | null;
  /** The card's name there. */
  seq: number | null;
  /** When. */
  at: Time;
  /** It had been asked before with this id. */
  duplicate: boolean;
}

/** `transfer.refund`. */
export interface RefundTransfer {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** The payment's opaque id. */
  transfer: string;
  /** How much goes back; all that is left without. */
  amount?: string | null;
  /** What for. */
  note?: string;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
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

/** `member.remove`. */
export interface RemoveMember {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** From which group. */
  conversation: ConversationId;
  /** Whom. */
  user: UserId;
}

/** `device.revoke`. */
export interface RevokeDevices {
  /** One login but the own one, which ends by `POST /api/v1/logout`. */
  device?: SessionId | null;
  /** All but the own one, in its place. */
  others?: boolean;
}

/** `search.conversations`. */
export interface SearchConversations {
  /** A part of a title, or of the other person's name, from the beginning of a word. */
  query: string;
}

/** `search.messages`. */
export interface SearchMessages {
  /** What was typed: words in any order, the last of which may still go on; at most 200 characters. */
  query: string;
  /** Only in this conversation. */
  conversation?: ConversationId | null;
  /** `next` of the page before. */
  cursor?: string | null;
  /** Messages wanted at most. */
  limit?: number | null;
}

/** `search.people`. */
export interface SearchPeople {
  /** A part of a name from the beginning of a word, or a handle, with or without a leading `@`. */
  query: string;
}

/** Who may see whether one is online. */
export type SeenBy = 'everybody' | 'contacts' | 'nobody';

/** `message.send`. */
export interface SendMessage {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Where it goes. */
  conversation: ConversationId;
  /** What is attached to it, up to 10: uploaded by the sender, each once. */
  attachments?: Array<AttachmentId>;
  /** Whom it mentions; who is no member is left out. */
  mentions?: Array<UserId>;
  /** The message of the same conversation that it answers. */
  reply_to?: number | null;
  /** What it says; it may be missing beside attachments. */
  text?: string;
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
  /** Hold the money until the payee accepts it. */
  accept_first?: boolean;
  /** Where the card goes; without it, the direct conversation of payer and payee. */
  conversation?: ConversationId | null;
  /** The fee that the payer agreed to, a decimal string; without it, whatever it is. */
  fee?: string | null;
  /** Refuse the payment after this time. */
  not_after?: Time | null;
  /** What for. */
  note?: string;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
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

/** `budget.set`. */
export interface SetBudget {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** ISO 4217. */
  currency: string;
  /** What for: `payment`, `fee` and other kinds that people spend on, or `all`. */
  kind: string;
  /** How much, a decimal string above zero; null for no budget any more. */
  amount?: string | null;
  /** The month (UTC), such as `2026-01`; each when missing. */
  month?: string | null;
}

/** `draft.set`. */
export interface SetDraft {
  /** In which conversation. */
  conversation: ConversationId;
  /** What was begun; empty for nothing any more. */
  text: string;
  /** The message that it will answer. */
  reply_to?: number | null;
}

/** `member.role`. */
export interface SetMemberRole {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** In which group. */
  conversation: ConversationId;
  /** Whose. */
  user: UserId;
  /** `member`, `admin` or `owner`; who becomes owner takes the place of who was. */
  role: string;
}

/** `pin.set`. */
export interface SetPin {
  /** The password, by which whoever found an open session cannot set one. */
  password: string;
  /** Six digits. */
  pin: string;
}

/** `conversation.set`: how it is shown to oneself, whole. */
export interface SetPreferences {
  /** Which one. */
  conversation: ConversationId;
  /** It stands in the archive. */
  archived: boolean;
  /** It stands at the top. */
  pinned: boolean;
  /** No notices until then. */
  muted_until?: Time | null;
}

/** `reaction.set`. */
export interface SetReaction {
  /** Where the message stands. */
  conversation: ConversationId;
  /** Which one. */
  seq: number;
  /** One emoji. */
  emoji: string;
  /** Whether one gives it. */
  on: boolean;
}

/** `settings.set`: one of them at least; what is not there stays as it is. */
export interface SetSettings {
  /** Who may see whether one is online: `everybody`, `contacts` or `nobody`. */
  presence?: SeenBy | null;
  /** Whether one gets receipts by e-mail, where the server sends them. */
  receipt_mail?: boolean | null;
}

/** `typing.set`. */
export interface SetTyping {
  /** Where. */
  conversation: ConversationId;
  /** Whether one types. */
  on: boolean;
}

/** The answer to `settings.set`. */
export interface SettingsSet {
  /** Who may see whether one is online, if that was set. */
  presence?: SeenBy;
  /** Whether one gets receipts by e-mail, if that was set. */
  receipt_mail?: boolean;
}

/** `limits.show`. */
export interface ShowLimits {
  /** ISO 4217; the default currency without. */
  currency?: string | null;
}

/** `packet.show`. */
export interface ShowPacket {
  /** Which one. */
  packet: FlowId;
  /** `next` of the page before. */
  cursor?: string | null;
  /** Claims wanted at most. */
  limit?: number | null;
}

/** The answer to `packet.show`. */
export interface ShownPacket {
  /** The packet. */
  flow: Flow;
  /** What the caller took of it. */
  mine: Claim | null;
  /** Who took what, in their order; shown to who took a share or made it, and to every member once it has ended. */
  claims: Array<Claim>;
  /** Where the next page begins. */
  next: string | null;
}

/** What may be sent in a span of time, and what of it was. */
export interface SpanLimit {
  /** In all: a decimal string. */
  limit: string;
  /** What was sent. */
  used: string;
  /** What may still be sent. */
  left: string;
  /** When it begins anew. */
  until: Time;
}

/** The answer to `step_up.begin`. */
export interface StepUpBegun {
  /** What is confirmed: opaque, for this login alone. */
  challenge: string;
  /** Until when. */
  expires_at: Time;
  /** By what it can be confirmed, any one of them: `pin`. */
  factors: Array<string>;
}

/** The answer to `step_up.confirm`. */
export interface StepUpConfirmed {
  /** What the request is sent with: opaque, for this request and this login alone. */
  step_up: string;
  /** Until when. */
  expires_at: Time;
}

/** The answer to `wallet.summary`. */
export interface Summary {
  /** ISO 4217. */
  currency: string;
  /** The month, such as `2026-01`. */
  month: string;
  /** All movements are counted; if not, ask again, and what follows is not yet all. */
  complete: boolean;
  /** The balance before the month; null until all is counted. */
  opening: string | null;
  /** The balance after it, or now; null until all is counted. */
  closing: string | null;
  /** What came in. */
  in: string;
  /** What went out. */
  out: string;
  /** Movements. */
  count: number;
  /** The same by kind and direction. */
  sums: Array<SummarySum>;
}

/** A sum of a month. */
export interface SummarySum {
  /** What for, such as `payment`. */
  kind: string;
  /** `in` or `out`. */
  direction: 'in' | 'out';
  /** It is of what was given back. */
  returned: boolean;
  /** How much. */
  amount: string;
  /** Movements. */
  count: number;
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
  /** Of a conversation: what stands up to here can no longer be given to this person. */
  floor?: number;
  /** Of a user: what changed, ascending by `rev`. */
  items?: Array<Item>;
  /** Of a conversation: the position of its marks. */
  mark_rev?: number;
  /** Of a conversation: the marks that were raised beyond the `mark_rev` of the request. */
  marks?: Array<Marks>;
  /** Of a conversation: what was posted or changed, ascending by `rev`. */
  messages?: Array<Message>;
}

/** What happened to a conversation itself, as its row and the wire hold it. */
export interface System {
  /** `members_added`, `member_removed`, `member_left`, `role_changed`, `title_changed`, `avatar_changed`, `history_changed`, `slow_mode_changed` or `message_pinned`. */
  what: string;
  /** Who did it. */
  by: UserId | null;
  /** What new members may read. */
  history?: string;
  /** Whether it is pinned now. */
  on?: boolean;
  /** The role. */
  role?: string;
  /** Seconds between two messages of a member. */
  seconds?: number;
  /** The message. */
  seq?: number;
  /** The title. */
  title?: string;
  /** Whom it concerns: those who were added, or the one. */
  users?: Array<UserId>;
}

/** RFC 3339, in UTC with milliseconds where the server writes it. */
export type Time = string;

/** The answer to `wallet.transaction`. */
export interface Transaction {
  /** Its rows that are the caller's, in the order of the ledger: what was held, captured, released, paid and given back, and the fee. */
  transfers: Array<Transfer>;
  /** All of them are there; false beyond 200. */
  complete: boolean;
}

/** A movement of an account, as its owner sees it. */
export interface Transfer {
  /** The opaque id. */
  id: string;
  /** `payment`, `funding`, `fee`, `claim`, `correction`, `request`, `packet`, `bill`, `schedule`, `topup` or `withdrawal`. */
  kind: 'payment' | 'funding' | 'fee' | 'claim' | 'correction' | 'request' | 'packet' | 'bill' | 'schedule' | 'topup' | 'withdrawal';
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
  /** `posted`, or `reversed` for money that went back; of one that is accepted first `held`, `accepted`, `declined`, `cancelled` or `expired`. */
  state: 'posted' | 'reversed' | 'held' | 'accepted' | 'declined' | 'cancelled' | 'expired';
  /** Until when it can be accepted. */
  expires_at?: Time;
  /** What of it went back, if something did. */
  refunded?: string;
}

/** `transfer.changed`, to both parties. */
export interface TransferChanged {
  /** The opaque id. */
  id: string;
  /** The payer's own id of it. */
  client_id: ClientId;
  /** As in a movement; of one that is accepted first `held`, `accepted`, `declined`, `cancelled` or `expired`. */
  state: 'posted' | 'held' | 'captured' | 'voided' | 'expired' | 'reversed' | 'accepted' | 'declined' | 'cancelled';
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
  /** `posted`, or `held` until the payee accepts it. */
  state: 'posted' | 'held';
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

/** `typing`. */
export interface Typing {
  /** Where. */
  conversation: ConversationId;
  /** Who. */
  user: UserId;
  /** Whether they began or stopped. */
  on: boolean;
}

/** `wallet.unfreeze`. */
export interface UnfreezeWallet {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** By what it was confirmed: from `step_up.confirm`. */
  step_up?: string | null;
}

/** `conversation.update`: only what is given changes. */
export interface UpdateConversation {
  /** The caller's id of this effect. */
  client_id: ClientId;
  /** Which group. */
  conversation: ConversationId;
  /** Another picture: an image that the caller has uploaded. */
  avatar?: AttachmentId | null;
  /** What new members may read: `all` or `from_join`. */
  history?: string | null;
  /** Seconds between two messages of one member, 0 to 86,400; 0 is no limit. */
  slow_mode_seconds?: number | null;
  /** Another title. */
  title?: string | null;
}

/** `method.update`. */
export interface UpdateMethod {
  /** Which one. */
  method: MethodId;
  /** The security code of that card. */
  code?: string | null;
  /** When the card that came in its place expires, such as `2030-01`. */
  expires?: string | null;
  /** What its owner calls it from now on, 40 characters at most. */
  label?: string | null;
}

/** How far an upload is. */
export interface Upload {
  /** The id. */
  id: AttachmentId;
  /** Where to go on. */
  offset: number;
  /** The attachment, once it has come whole and was checked. */
  attachment: Attachment | null;
}

/** The answer to it. */
export interface UploadBegun {
  /** The id. */
  id: AttachmentId;
  /** Where to begin: 0. */
  offset: number;
  /** Bytes in one request at most. */
  chunk_bytes: number;
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

/** The answer to `wallet.waiting`. */
export interface WaitingFlows {
  /** What waits for the caller, the newest first. */
  flows: Array<Flow>;
  /** Where the next page begins. */
  next: string | null;
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
  /** Only what fits all of this. */
  filter?: HistoryFilter | null;
  /** Rows wanted at most. */
  limit?: number | null;
}

/** What somebody is to pay of a bill. */
export interface WantedShare {
  /** Who. */
  user: UserId;
  /** How much, for `exact`. */
  amount?: string | null;
  /** Per cent with up to two decimals, for `percent`. */
  percent?: string | null;
  /** A weight of 1 to 1,000,000, for `weights`. */
  weight?: number | null;
}

/** `presence.watch`. */
export interface WatchPresence {
  /** Whom this socket watches from now on, up to 200; nobody else. */
  users: Array<UserId>;
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
  /** How people are called whose ids a message told. */
  'user.get': { d: GetUsers; ok: GotUsers };
  /** The own contacts and requests, by name. */
  'contact.list': { d: Page; ok: Contacts };
  /** Asks somebody to be a contact; says yes when they asked before. */
  'contact.request': { d: AboutUser; ok: ContactAsked };
  /** Answers somebody's request. */
  'contact.answer': { d: AnswerContact; ok: ContactAsked };
  /** Ends a contact or a request, on both sides. */
  'contact.remove': { d: AboutUser; ok: ContactRemoved };
  /** Blocks somebody, or does not any more. */
  'contact.block': { d: BlockUser; ok: ContactBlocked };
  /** Whom the caller has blocked. */
  'contact.blocked': { d: Nothing; ok: BlockedPeople };
  /** Opens the direct conversation with somebody, or a group. */
  'conversation.create': { d: CreateConversation; ok: Created };
  /** The own conversations, latest activity first. */
  'conversation.list': { d: Page; ok: Conversations };
  /** One conversation. */
  'conversation.get': { d: GetConversation; ok: GotConversation };
  /** Changes how a group is called and what holds in it. */
  'conversation.update': { d: UpdateConversation; ok: ConversationChanged };
  /** Leaves a group. */
  'conversation.leave': { d: LeaveConversation; ok: ConversationChanged };
  /** Sets how a conversation is shown to the caller. */
  'conversation.set': { d: SetPreferences; ok: ConversationSet };
  /** Says which conversation this socket looks at from now on. */
  'conversation.focus': { d: FocusConversation; ok: ConversationFocused };
  /** The members of a conversation in pages. */
  'member.list': { d: ListMembers; ok: Members };
  /** Adds people to a group. */
  'member.add': { d: AddMembers; ok: ConversationChanged };
  /** Removes somebody from a group. */
  'member.remove': { d: RemoveMember; ok: ConversationChanged };
  /** Gives a member of a group another role. */
  'member.role': { d: SetMemberRole; ok: ConversationChanged };
  /** Posts a message. */
  'message.send': { d: SendMessage; ok: MessageSent };
  /** Posts again what stands elsewhere, with the name of who wrote it. */
  'message.forward': { d: ForwardMessage; ok: MessageSent };
  /** Changes own words. */
  'message.edit': { d: EditMessage; ok: MessageChanged };
  /** Takes a message back for everybody. Moves no money. */
  'message.recall': { d: RecallMessage; ok: MessageChanged };
  /** Deletes messages for the caller alone. */
  'message.hide': { d: HideMessages; ok: MessagesHidden };
  /** Pins a message, or does not any more. */
  'message.pin': { d: PinMessage; ok: MessageChanged };
  /** What is pinned, the latest first. */
  'message.pinned': { d: GetConversation; ok: PinnedMessages };
  /** Messages of a conversation in pages. */
  'message.history': { d: History; ok: Messages };
  /** Gives a message an emoji, or takes it back. */
  'reaction.set': { d: SetReaction; ok: ReactionSet };
  /** Who gave what to a message, in pages. */
  'reaction.list': { d: ListReactions; ok: GivenReactions };
  /** Keeps what the caller began to write. */
  'draft.set': { d: SetDraft; ok: ConversationSet };
  /** Tells the others that the caller types. */
  'typing.set': { d: SetTyping; ok: ConversationSet };
  /** Says whom this socket watches from now on, and how they are. */
  'presence.watch': { d: WatchPresence; ok: PresenceWatched };
  /** How many members of a conversation are online. */
  'presence.count': { d: GetConversation; ok: PresenceCounted };
  /** Sets who may see whether the caller is online, and whether receipts are mailed. */
  'settings.set': { d: SetSettings; ok: SettingsSet };
  /** Finds messages that the caller may read, the newest first. */
  'search.messages': { d: SearchMessages; ok: FoundMessages };
  /** Finds people whom the caller knows by name, anybody by handle. */
  'search.people': { d: SearchPeople; ok: FoundPeople };
  /** Finds own conversations by title or name. */
  'search.conversations': { d: SearchConversations; ok: FoundConversations };
  /** What changed in each log since the caller's cursor. */
  'sync': { d: Sync; ok: Synced };
  /** Says how far the caller has read. The mark only grows. */
  'read.mark': { d: RaiseMark; ok: Marked };
  /** Says what has reached a device of the caller. The mark only grows. */
  'delivered.mark': { d: RaiseMark; ok: Marked };
  /** Where the caller is signed in. */
  'device.list': { d: Nothing; ok: Devices };
  /** Signs a device of the caller out, or all but this one, at once. */
  'device.revoke': { d: RevokeDevices; ok: DevicesRevoked };
  /** The own accounts, the default currency first. */
  'wallet.accounts': { d: Nothing; ok: Accounts };
  /** Movements of an own account, newest first. */
  'wallet.history': { d: WalletHistory; ok: Transfers };
  /** One transaction with its whole story, for a party of it. */
  'wallet.transaction': { d: GetTransaction; ok: Transaction };
  /** What waits for the caller: payments to accept, requests and bills to pay, disputes to answer. */
  'wallet.waiting': { d: Page; ok: WaitingFlows };
  /** What came and went in a month, by kind and direction. */
  'wallet.summary': { d: GetSummary; ok: Summary };
  /** Sets what one means to spend in a month at most. */
  'budget.set': { d: SetBudget; ok: BudgetSet };
  /** The own budgets, and what was spent of each. */
  'budget.list': { d: Nothing; ok: BudgetList };
  /** What the caller may send in a currency, and what of it was sent. */
  'limits.show': { d: ShowLimits; ok: LimitsShown };
  /** Lets nothing go out of the own wallet any more, at once. */
  'wallet.freeze': { d: FreezeWallet; ok: Accounts };
  /** Ends that. */
  'wallet.unfreeze': { d: UnfreezeWallet; ok: Accounts };
  /** By what the caller can confirm payments, and whether they have to. */
  'factor.list': { d: Nothing; ok: Factors };
  /** Sets the first PIN of the caller. */
  'pin.set': { d: SetPin; ok: PinSet };
  /** Sets another PIN in place of the old one. */
  'pin.change': { d: ChangePin; ok: PinSet };
  /** Asks to confirm a request, as it will be sent. */
  'step_up.begin': { d: BeginStepUp; ok: StepUpBegun };
  /** Confirms that request, for one use. */
  'step_up.confirm': { d: ConfirmStepUp; ok: StepUpConfirmed };
  /** The own cards and bank accounts. */
  'method.list': { d: Nothing; ok: Methods };
  /** Adds a card or a bank account. */
  'method.add': { d: AddMethod; ok: MethodDone };
  /** Renames one, or says when the card that came in its place expires. */
  'method.update': { d: UpdateMethod; ok: MethodDone };
  /** Says which one is taken when no other is named. */
  'method.default': { d: NameMethod; ok: Methods };
  /** Removes one; what is under way with it is finished. */
  'method.remove': { d: NameMethod; ok: MethodRemoved };
  /** Brings money in from a card or a bank account. */
  'topup.create': { d: CreateFunding; ok: FundingDone };
  /** Takes money out to a card or a bank account. */
  'withdraw.create': { d: CreateFunding; ok: FundingDone };
  /** The own top-ups and withdrawals, the newest first. */
  'funding.list': { d: Page; ok: Fundings };
  /** Pays somebody, with a card in a conversation. */
  'transfer.send': { d: SendTransfer; ok: TransferSent };
  /** Takes a payment that is to be accepted first. */
  'transfer.accept': { d: ActOnTransfer; ok: FlowDone };
  /** Does not take it: the money is free again. */
  'transfer.decline': { d: ActOnTransfer; ok: FlowDone };
  /** Takes an own payment back, as long as it was not accepted. */
  'transfer.cancel': { d: ActOnTransfer; ok: FlowDone };
  /** Gives back what the caller was paid, or a part of it. */
  'transfer.refund': { d: RefundTransfer; ok: RefundDone };
  /** Asks people for money. */
  'request.create': { d: CreateRequest; ok: FlowDone };
  /** Pays what the caller was asked for. */
  'request.pay': { d: PayRequest; ok: FlowDone };
  /** Does not pay what the caller was asked for. */
  'request.decline': { d: ActOnRequest; ok: FlowDone };
  /** Takes an own request back. */
  'request.cancel': { d: ActOnRequest; ok: FlowDone };
  /** Sets money aside for whoever takes a share of it first. */
  'packet.create': { d: CreatePacket; ok: FlowDone };
  /** Takes a share of a packet. */
  'packet.claim': { d: ClaimPacket; ok: FlowDone };
  /** A packet, what the caller took of it, and who took what. */
  'packet.show': { d: ShowPacket; ok: ShownPacket };
  /** Splits a bill that the caller paid. */
  'bill.create': { d: CreateBill; ok: FlowDone };
  /** Pays the own share of a bill. */
  'bill.pay': { d: PayBill; ok: FlowDone };
  /** Takes back what of an own bill is still open. */
  'bill.cancel': { d: ActOnBill; ok: FlowDone };
  /** Proposes few payments that settle what is open of the bills of a conversation. */
  'bill.netting': { d: NetBills; ok: BillsNetted };
  /** Plans a payment, once or again and again. */
  'schedule.create': { d: CreateSchedule; ok: FlowDone };
  /** Ends an own plan. */
  'schedule.cancel': { d: ActOnSchedule; ok: FlowDone };
  /** Says that an own payment was for nothing. */
  'dispute.open': { d: OpenDispute; ok: FlowDone };
  /** Says what the payee has to say, once. */
  'dispute.answer': { d: AnswerDispute; ok: FlowDone };
  /** Gives an own dispute up. */
  'dispute.withdraw': { d: ActOnDispute; ok: FlowDone };
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
  /** A request of which one is a party stands like this now. */
  'request.changed': { d: Flow };
  /** A packet that one made or took a share of stands like this now. */
  'packet.changed': { d: Flow };
  /** A bill of which one has a share stands like this now. */
  'bill.changed': { d: Flow };
  /** A plan of which one is a party stands like this now. */
  'schedule.changed': { d: Flow };
  /** A dispute of which one is a party stands like this now. */
  'dispute.changed': { d: Flow };
  /** A member has read up to here. */
  'read.marked': { d: MarkRaised };
  /** What stands up to here has reached a device of a member. */
  'delivered.marked': { d: MarkRaised };
  /** A member types, or has stopped. */
  'typing': { d: Typing };
  /** Somebody whom this socket watches came or went. */
  'presence.changed': { d: Presence };
  /** The log has reached this position: sync if that is beyond the cursor. */
  'head': { log: LogId; rev: number };
  /** The log moved by something that the reader may not see. */
  'tick': { log: LogId; prev: number; rev: number };
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
  /** Begins an upload. Its bytes follow in parts, by PATCH. */
  'POST /api/v1/attachments': { body: NewAttachment; ok: UploadBegun };
  /** Gives the next part of an upload; the last one answers what it has become. */
  'PATCH /api/v1/attachments/{id}': { body: undefined; ok: Upload };
  /** How far an own upload is, to go on with it. */
  'GET /api/v1/attachments/{id}/upload': { body: undefined; ok: Upload };
  /** Takes back an own upload that no message has. */
  'DELETE /api/v1/attachments/{id}': { body: undefined; ok: undefined };
  /** The receipt of a transfer for one of its parties: a file that anyone can check without this server. */
  'GET /api/v1/wallet/receipt': { body: undefined; ok: Receipt };
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
