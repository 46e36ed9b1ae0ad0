//! What a message can become after it was posted, and what a group can be: changes, reactions, pins, mentions, marks.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        for (table, columns) in [
            (
                "message",
                vec![
                    // What it refers to, whose words it repeats, whom it mentions, what is attached: JSON, for most none.
                    ddl.optional_text("extra"),
                    ddl.optional_number("edited_at"),
                    ddl.optional_id("recalled_by"),
                    ddl.optional_number("recalled_at"),
                    format!("{} DEFAULT 0", ddl.code("pinned")),
                    // How often which emoji stands under it: JSON, kept in step with the rows of `reaction`.
                    ddl.optional_text("reactions"),
                ],
            ),
            (
                "conversation",
                vec![
                    format!("{} DEFAULT 0", ddl.number("member_count")),
                    format!("{} DEFAULT 0", ddl.number("mark_rev")),
                    format!("{} DEFAULT 0", ddl.code("history")),
                    format!("{} DEFAULT 0", ddl.number("slow_mode_seconds")),
                    format!("{} DEFAULT 0", ddl.code("blocked")),
                    format!("{} DEFAULT 0", ddl.number("pinned_count")),
                    ddl.optional_id("avatar"),
                ],
            ),
            (
                "member",
                vec![
                    format!("{} DEFAULT 0", ddl.number("delivered_seq")),
                    format!("{} DEFAULT 0", ddl.number("mark_rev")),
                    format!("{} DEFAULT 0", ddl.number("last_post_at")),
                ],
            ),
        ] {
            for column in columns {
                ddl.run(&format!("ALTER TABLE {table} ADD COLUMN {column}")).await?;
            }
        }
        ddl.run(
            "UPDATE conversation SET member_count = (SELECT COUNT(*) FROM member \
             WHERE member.conversation_id = conversation.id AND member.until_seq IS NULL)",
        )
        .await?;
        ddl.run("CREATE INDEX message_pinned ON message (conversation_id, seq) WHERE pinned = 1")
            .await?;
        tables(&ddl).await
    }
}

async fn tables(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "reaction",
        [
            ddl.id("conversation_id"),
            ddl.number("seq"),
            ddl.id("user_id"),
            ddl.text("emoji"),
            ddl.number("at"),
            "PRIMARY KEY (conversation_id, seq, user_id, emoji)".into(),
        ],
    )
    .await?;
    ddl.table(
        "mention",
        [
            ddl.id("user_id"),
            ddl.id("conversation_id"),
            ddl.number("seq"),
            "PRIMARY KEY (user_id, conversation_id, seq)".into(),
        ],
    )
    .await?;
    // Who is online where: a row while they are, and a node whose time has passed counts for nothing.
    ddl.table(
        "node",
        [
            ddl.number("boot"),
            ddl.number("alive_until"),
            "PRIMARY KEY (boot)".into(),
        ],
    )
    .await?;
    ddl.table(
        "online",
        [
            ddl.id("user_id"),
            ddl.number("boot"),
            "PRIMARY KEY (user_id, boot)".into(),
        ],
    )
    .await?;
    ddl.table(
        "last_seen",
        [ddl.id("user_id"), ddl.number("at"), "PRIMARY KEY (user_id)".into()],
    )
    .await?;
    ddl.table(
        "hidden_message",
        [
            ddl.id("user_id"),
            ddl.id("conversation_id"),
            ddl.number("seq"),
            "PRIMARY KEY (user_id, conversation_id, seq)".into(),
        ],
    )
    .await
}
