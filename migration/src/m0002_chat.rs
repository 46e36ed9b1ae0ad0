//! Conversations, their members and messages, each person's own log, and the answers kept for repeated requests.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        conversations(&ddl).await?;
        messages(&ddl).await?;
        user_log(&ddl).await?;
        ddl.table(
            "op_receipt",
            [
                ddl.id("client_id"),
                ddl.id("actor_id"),
                ddl.bytes("fingerprint"),
                ddl.text("answer"),
                ddl.number("at"),
                "PRIMARY KEY (client_id, actor_id)".into(),
            ],
        )
        .await
    }
}

async fn conversations(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "conversation",
        [
            ddl.id("id"),
            ddl.code("kind"),
            ddl.optional_text("title"),
            ddl.optional_bytes("direct_key"),
            ddl.number("last_rev"),
            ddl.number("last_n"),
            ddl.number("last_at"),
            ddl.id("created_by"),
            ddl.number("created_at"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT conversation_direct_key UNIQUE (direct_key)".into(),
        ],
    )
    .await?;
    ddl.table(
        "member",
        [
            ddl.id("conversation_id"),
            ddl.id("user_id"),
            ddl.code("role"),
            ddl.number("from_seq"),
            ddl.optional_number("until_seq"),
            ddl.number("read_seq"),
            ddl.number("joined_at"),
            "PRIMARY KEY (conversation_id, user_id)".into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX member_user ON member (user_id, conversation_id)")
        .await
}

async fn messages(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "message",
        [
            ddl.id("conversation_id"),
            ddl.number("seq"),
            ddl.number("rev"),
            ddl.optional_number("n"),
            ddl.id("sender_id"),
            ddl.id("client_id"),
            ddl.bytes("fingerprint"),
            ddl.code("kind"),
            ddl.optional_text("text"),
            ddl.optional_text("card_kind"),
            ddl.optional_text("card_id"),
            ddl.optional_text("card_data"),
            ddl.number("at"),
            "PRIMARY KEY (conversation_id, seq)".into(),
            // The time-ordered id goes first, so that the index grows at its end.
            "CONSTRAINT message_client_id UNIQUE (client_id, sender_id)".into(),
            "CONSTRAINT message_rev CHECK (rev >= seq AND seq > 0)".into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX message_changed ON message (conversation_id, rev) WHERE rev <> seq")
        .await
}

async fn user_log(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "user_head",
        [
            ddl.id("user_id"),
            ddl.number("last_rev"),
            "PRIMARY KEY (user_id)".into(),
        ],
    )
    .await?;
    ddl.table(
        "user_item",
        [
            ddl.id("user_id"),
            ddl.text("kind"),
            ddl.text("item_key"),
            ddl.number("rev"),
            ddl.text("value"),
            "PRIMARY KEY (user_id, kind, item_key)".into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX user_item_rev ON user_item (user_id, rev)").await
}
