//! Every operation and every push, one entry each: its name, its types, what it is. The documents, the declarations for
//! scripts, the golden frames and the lists [`OPS`] and [`PUSHES`] are made from these two tables.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{
    AboutUser, AccountChanged, Accounts, ActOnBill, ActOnDispute, ActOnRequest, ActOnSchedule, ActOnTransfer,
    AddMembers, AddMethod, AnswerContact, AnswerDispute, Ask, BeginStepUp, BillsNetted, BlockUser, BlockedPeople,
    BudgetList, BudgetSet, ChangePin, ClaimPacket, ConfirmStepUp, ContactAsked, ContactBlocked, ContactRemoved,
    Contacts, ConversationChanged, ConversationFocused, ConversationSet, Conversations, CreateBill, CreateConversation,
    CreateFunding, CreatePacket, CreateRequest, CreateSchedule, Created, Devices, DevicesRevoked, Drain, EditMessage,
    Factors, FindUser, FlowDone, FlowView, FocusConversation, ForwardMessage, FoundConversations, FoundMessages,
    FoundPeople, FoundUser, FreezeWallet, FundingDone, Fundings, GetConversation, GetSummary, GetTransaction, GetUsers,
    GivenReactions, GotConversation, GotUsers, Hello, HideMessages, History, ItemsChanged, LeaveConversation,
    LimitsShown, ListMembers, ListReactions, MarkRaised, Marked, Members, MessageChanged, MessageSent, MessageView,
    Messages, MessagesHidden, MethodDone, MethodRemoved, Methods, NameMethod, NetBills, Nothing, OpenDispute, Page,
    PayBill, PayRequest, PinMessage, PinSet, PinnedMessages, Pong, PresenceCounted, PresenceView, PresenceWatched,
    RaiseMark, ReactionSet, RecallMessage, RefundDone, RefundTransfer, RemoveMember, Request, RevokeDevices,
    SearchConversations, SearchMessages, SearchPeople, SendMessage, SendTransfer, SetBudget, SetDraft, SetMemberRole,
    SetPin, SetPreferences, SetReaction, SetSettings, SetTyping, SettingsSet, ShowLimits, ShowPacket, ShownPacket,
    StepUpBegun, StepUpConfirmed, Summary, Sync, Synced, Tell, Transaction, TransferChanged, TransferOutcome,
    TransferSent, TransferStatus, Transfers, Typing, UnfreezeWallet, UpdateConversation, UpdateMethod, WaitingFlows,
    WalletHistory, WatchPresence, Welcome, WireError,
};

/// All operations, in the order of the documentation.
pub const OPERATIONS: &[Operation] = &[
    op::<Hello, Welcome>("hello", "Says who is there. The first frame of every connection."),
    op::<Nothing, Pong>("ping", "Asks for a sign of life."),
    op::<FindUser, FoundUser>("user.find", "Finds a person by their handle."),
    op::<GetUsers, GotUsers>("user.get", "How people are called whose ids a message told."),
    op::<Page, Contacts>("contact.list", "The own contacts and requests, by name."),
    op::<AboutUser, ContactAsked>(
        "contact.request",
        "Asks somebody to be a contact; says yes when they asked before.",
    ),
    op::<AnswerContact, ContactAsked>("contact.answer", "Answers somebody's request."),
    op::<AboutUser, ContactRemoved>("contact.remove", "Ends a contact or a request, on both sides."),
    op::<BlockUser, ContactBlocked>("contact.block", "Blocks somebody, or does not any more."),
    op::<Nothing, BlockedPeople>("contact.blocked", "Whom the caller has blocked."),
    op::<CreateConversation, Created>(
        "conversation.create",
        "Opens the direct conversation with somebody, or a group.",
    ),
    op::<Page, Conversations>("conversation.list", "The own conversations, latest activity first."),
    op::<GetConversation, GotConversation>("conversation.get", "One conversation."),
    op::<UpdateConversation, ConversationChanged>(
        "conversation.update",
        "Changes how a group is called and what holds in it.",
    ),
    op::<LeaveConversation, ConversationChanged>("conversation.leave", "Leaves a group."),
    op::<SetPreferences, ConversationSet>("conversation.set", "Sets how a conversation is shown to the caller."),
    op::<FocusConversation, ConversationFocused>(
        "conversation.focus",
        "Says which conversation this socket looks at from now on.",
    ),
    op::<ListMembers, Members>("member.list", "The members of a conversation in pages."),
    op::<AddMembers, ConversationChanged>("member.add", "Adds people to a group."),
    op::<RemoveMember, ConversationChanged>("member.remove", "Removes somebody from a group."),
    op::<SetMemberRole, ConversationChanged>("member.role", "Gives a member of a group another role."),
    op::<SendMessage, MessageSent>("message.send", "Posts a message."),
    op::<ForwardMessage, MessageSent>(
        "message.forward",
        "Posts again what stands elsewhere, with the name of who wrote it.",
    ),
    op::<EditMessage, MessageChanged>("message.edit", "Changes own words."),
    op::<RecallMessage, MessageChanged>("message.recall", "Takes a message back for everybody. Moves no money."),
    op::<HideMessages, MessagesHidden>("message.hide", "Deletes messages for the caller alone."),
    op::<PinMessage, MessageChanged>("message.pin", "Pins a message, or does not any more."),
    op::<GetConversation, PinnedMessages>("message.pinned", "What is pinned, the latest first."),
    op::<History, Messages>("message.history", "Messages of a conversation in pages."),
    op::<SetReaction, ReactionSet>("reaction.set", "Gives a message an emoji, or takes it back."),
    op::<ListReactions, GivenReactions>("reaction.list", "Who gave what to a message, in pages."),
    op::<SetDraft, ConversationSet>("draft.set", "Keeps what the caller began to write."),
    op::<SetTyping, ConversationSet>("typing.set", "Tells the others that the caller types."),
    op::<WatchPresence, PresenceWatched>(
        "presence.watch",
        "Says whom this socket watches from now on, and how they are.",
    ),
    op::<GetConversation, PresenceCounted>("presence.count", "How many members of a conversation are online."),
    op::<SetSettings, SettingsSet>(
        "settings.set",
        "Sets who may see whether the caller is online, and whether receipts are mailed.",
    ),
    op::<SearchMessages, FoundMessages>(
        "search.messages",
        "Finds messages that the caller may read, the newest first.",
    ),
    op::<SearchPeople, FoundPeople>(
        "search.people",
        "Finds people whom the caller knows by name, anybody by handle.",
    ),
    op::<SearchConversations, FoundConversations>("search.conversations", "Finds own conversations by title or name."),
    op::<Sync, Synced>("sync", "What changed in each log since the caller's cursor."),
    op::<RaiseMark, Marked>("read.mark", "Says how far the caller has read. The mark only grows."),
    op::<RaiseMark, Marked>(
        "delivered.mark",
        "Says what has reached a device of the caller. The mark only grows.",
    ),
    op::<Nothing, Devices>("device.list", "Where the caller is signed in."),
    op::<RevokeDevices, DevicesRevoked>(
        "device.revoke",
        "Signs a device of the caller out, or all but this one, at once.",
    ),
    op::<Nothing, Accounts>("wallet.accounts", "The own accounts, the default currency first."),
    op::<WalletHistory, Transfers>("wallet.history", "Movements of an own account, newest first."),
    op::<GetTransaction, Transaction>(
        "wallet.transaction",
        "One transaction with its whole story, for a party of it.",
    ),
    op::<Page, WaitingFlows>(
        "wallet.waiting",
        "What waits for the caller: payments to accept, requests and bills to pay, disputes to answer.",
    ),
    op::<GetSummary, Summary>(
        "wallet.summary",
        "What came and went in a month, by kind and direction.",
    ),
    op::<SetBudget, BudgetSet>("budget.set", "Sets what one means to spend in a month at most."),
    op::<Nothing, BudgetList>("budget.list", "The own budgets, and what was spent of each."),
    op::<ShowLimits, LimitsShown>(
        "limits.show",
        "What the caller may send in a currency, and what of it was sent.",
    ),
    op::<FreezeWallet, Accounts>(
        "wallet.freeze",
        "Lets nothing go out of the own wallet any more, at once.",
    ),
    op::<UnfreezeWallet, Accounts>("wallet.unfreeze", "Ends that."),
    op::<Nothing, Factors>(
        "factor.list",
        "By what the caller can confirm payments, and whether they have to.",
    ),
    op::<SetPin, PinSet>("pin.set", "Sets the first PIN of the caller."),
    op::<ChangePin, PinSet>("pin.change", "Sets another PIN in place of the old one."),
    op::<BeginStepUp, StepUpBegun>("step_up.begin", "Asks to confirm a request, as it will be sent."),
    op::<ConfirmStepUp, StepUpConfirmed>("step_up.confirm", "Confirms that request, for one use."),
    op::<Nothing, Methods>("method.list", "The own cards and bank accounts."),
    op::<AddMethod, MethodDone>("method.add", "Adds a card or a bank account."),
    op::<UpdateMethod, MethodDone>(
        "method.update",
        "Renames one, or says when the card that came in its place expires.",
    ),
    op::<NameMethod, Methods>("method.default", "Says which one is taken when no other is named."),
    op::<NameMethod, MethodRemoved>("method.remove", "Removes one; what is under way with it is finished."),
    op::<CreateFunding, FundingDone>("topup.create", "Brings money in from a card or a bank account."),
    op::<CreateFunding, FundingDone>("withdraw.create", "Takes money out to a card or a bank account."),
    op::<Page, Fundings>("funding.list", "The own top-ups and withdrawals, the newest first."),
    op::<SendTransfer, TransferSent>("transfer.send", "Pays somebody, with a card in a conversation."),
    op::<ActOnTransfer, FlowDone>("transfer.accept", "Takes a payment that is to be accepted first."),
    op::<ActOnTransfer, FlowDone>("transfer.decline", "Does not take it: the money is free again."),
    op::<ActOnTransfer, FlowDone>(
        "transfer.cancel",
        "Takes an own payment back, as long as it was not accepted.",
    ),
    op::<RefundTransfer, RefundDone>(
        "transfer.refund",
        "Gives back what the caller was paid, or a part of it.",
    ),
    op::<CreateRequest, FlowDone>("request.create", "Asks people for money."),
    op::<PayRequest, FlowDone>("request.pay", "Pays what the caller was asked for."),
    op::<ActOnRequest, FlowDone>("request.decline", "Does not pay what the caller was asked for."),
    op::<ActOnRequest, FlowDone>("request.cancel", "Takes an own request back."),
    op::<CreatePacket, FlowDone>(
        "packet.create",
        "Sets money aside for whoever takes a share of it first.",
    ),
    op::<ClaimPacket, FlowDone>("packet.claim", "Takes a share of a packet."),
    op::<ShowPacket, ShownPacket>(
        "packet.show",
        "A packet, what the caller took of it, and who took what.",
    ),
    op::<CreateBill, FlowDone>("bill.create", "Splits a bill that the caller paid."),
    op::<PayBill, FlowDone>("bill.pay", "Pays the own share of a bill."),
    op::<ActOnBill, FlowDone>("bill.cancel", "Takes back what of an own bill is still open."),
    op::<NetBills, BillsNetted>(
        "bill.netting",
        "Proposes few payments that settle what is open of the bills of a conversation.",
    ),
    op::<CreateSchedule, FlowDone>("schedule.create", "Plans a payment, once or again and again."),
    op::<ActOnSchedule, FlowDone>("schedule.cancel", "Ends an own plan."),
    op::<OpenDispute, FlowDone>("dispute.open", "Says that an own payment was for nothing."),
    op::<AnswerDispute, FlowDone>("dispute.answer", "Says what the payee has to say, once."),
    op::<ActOnDispute, FlowDone>("dispute.withdraw", "Gives an own dispute up."),
    op::<TransferStatus, TransferOutcome>("transfer.status", "What became of an own payment, by its client_id."),
];

/// All pushes, in the order of the documentation.
pub const PUSHED: &[Pushed] = &[
    push::<MessageView>("message.posted", "A message was posted.").moves(&["c"]),
    push::<MessageView>("message.changed", "A message was changed: its rev is above its seq.").moves(&["c"]),
    push::<ItemsChanged>("item.changed", "Rows of the own user's log changed.").moves(&["u"]),
    push::<AccountChanged>(
        "account.changed",
        "Money of an own account moved, or the account itself changed.",
    )
    .moves(&["a"]),
    push::<TransferChanged>(
        "transfer.changed",
        "A payment of which one is a party came to this state.",
    ),
    push::<FlowView>(
        "request.changed",
        "A request of which one is a party stands like this now.",
    ),
    push::<FlowView>(
        "packet.changed",
        "A packet that one made or took a share of stands like this now.",
    ),
    push::<FlowView>("bill.changed", "A bill of which one has a share stands like this now."),
    push::<FlowView>(
        "schedule.changed",
        "A plan of which one is a party stands like this now.",
    ),
    push::<FlowView>(
        "dispute.changed",
        "A dispute of which one is a party stands like this now.",
    ),
    push::<MarkRaised>("read.marked", "A member has read up to here."),
    push::<MarkRaised>(
        "delivered.marked",
        "What stands up to here has reached a device of a member.",
    ),
    push::<Typing>("typing", "A member types, or has stopped."),
    push::<PresenceView>("presence.changed", "Somebody whom this socket watches came or went."),
    bare(
        "head",
        "The log has reached this position: sync if that is beyond the cursor.",
    )
    .reaches(&["c", "a", "u"]),
    bare("tick", "The log moved by something that the reader may not see.").moves(&["c"]),
    push::<Drain>("drain", "This node stops: come back after that time."),
];

/// The names of all operations.
pub const OPS: &[&str] = &{
    let mut names = [""; OPERATIONS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = OPERATIONS[at].name;
        at += 1;
    }
    names
};

/// The names of all pushes.
pub const PUSHES: &[&str] = &{
    let mut names = [""; PUSHED.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = PUSHED[at].name;
        at += 1;
    }
    names
};

/// Makes the schema of a type, and of what it consists of.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Something that a client may ask for.
#[derive(Clone, Copy)]
pub struct Operation {
    /// What stands in `op`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
    /// What stands in the request's `d`.
    pub(super) d: SchemaOf,
    /// What stands in the answer's `ok`.
    pub(super) ok: SchemaOf,
    /// Reads the request's `d` as the server does.
    ///
    /// # Errors
    /// `invalid_field` as a caller would be told.
    pub reads: fn(&Request<'_>) -> Result<(), WireError>,
}

/// Something that the server tells unasked.
#[derive(Clone, Copy)]
pub struct Pushed {
    /// What stands in `ev`.
    pub name: &'static str,
    /// What it tells, in a sentence.
    pub says: &'static str,
    /// The letters of the logs that it may belong to.
    pub logs: &'static [&'static str],
    /// It carries the position before it, too.
    pub moves: bool,
    /// What stands in `d`.
    pub(super) d: Option<SchemaOf>,
}

const fn op<D: Ask, A: Tell>(name: &'static str, says: &'static str) -> Operation {
    Operation {
        name,
        says,
        d: schema_of::<D>,
        ok: schema_of::<A>,
        reads: reads::<D>,
    }
}

/// A push with a content and without a log.
const fn push<D: Tell>(name: &'static str, says: &'static str) -> Pushed {
    Pushed {
        d: Some(schema_of::<D>),
        ..bare(name, says)
    }
}

/// A push without a content.
const fn bare(name: &'static str, says: &'static str) -> Pushed {
    Pushed {
        name,
        says,
        logs: &[],
        moves: false,
        d: None,
    }
}

impl Pushed {
    /// It is an event of these logs: `log`, `prev` and `rev`.
    const fn moves(self, logs: &'static [&'static str]) -> Self {
        Self {
            logs,
            moves: true,
            ..self
        }
    }

    /// It only says how far these logs have come: `log` and `rev`.
    const fn reaches(self, logs: &'static [&'static str]) -> Self {
        Self { logs, ..self }
    }
}

/// The schema of a type, as a function of its own.
pub(super) fn schema_of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

fn reads<T: Ask>(request: &Request<'_>) -> Result<(), WireError> {
    request.payload::<T>().map(drop)
}
