//! What people attach: the thing itself, the parts of an upload, the messages that refer to it, and what each person
//! has stored. The bytes are elsewhere.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        attachments(&ddl).await?;
        ddl.table(
            "attachment_part",
            [
                ddl.id("attachment_id"),
                ddl.number("start"),
                ddl.number("bytes"),
                ddl.number("nonce"),
                "PRIMARY KEY (attachment_id, start)".into(),
                "CONSTRAINT attachment_part_bytes CHECK (start >= 0 AND bytes > 0)".into(),
            ],
        )
        .await?;
        ddl.table(
            "attachment_ref",
            [
                ddl.id("conversation_id"),
                ddl.number("seq"),
                ddl.code("place"),
                ddl.id("attachment_id"),
                "PRIMARY KEY (conversation_id, seq, place)".into(),
                // The way from an attachment to the messages that have it.
                "CONSTRAINT attachment_ref_once UNIQUE (attachment_id, conversation_id, seq)".into(),
                "CONSTRAINT attachment_ref_seq CHECK (seq > 0 AND place >= 0)".into(),
            ],
        )
        .await?;
        ddl.table(
            "attachment_usage",
            [
                ddl.id("owner_id"),
                ddl.number("bytes"),
                "PRIMARY KEY (owner_id)".into(),
                "CONSTRAINT attachment_usage_bytes CHECK (bytes >= 0)".into(),
            ],
        )
        .await
    }
}

async fn attachments(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "attachment",
        [
            ddl.id("id"),
            ddl.id("owner_id"),
            ddl.code("state"),
            ddl.code("kind"),
            ddl.text("name"),
            ddl.text("media_type"),
            ddl.number("bytes"),
            ddl.number("received"),
            ddl.number("parts"),
            ddl.optional_number("width"),
            ddl.optional_number("height"),
            ddl.optional_number("duration_ms"),
            ddl.optional_bytes("sha256"),
            ddl.optional_text("preview_type"),
            ddl.optional_number("small_bytes"),
            ddl.optional_number("medium_bytes"),
            ddl.number("stored"),
            ddl.number("created_at"),
            ddl.optional_number("loose_since"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT attachment_state CHECK (state BETWEEN 0 AND 1)".into(),
            "CONSTRAINT attachment_kind CHECK (kind BETWEEN 0 AND 2)".into(),
            "CONSTRAINT attachment_received CHECK (bytes > 0 AND received BETWEEN 0 AND bytes AND parts >= 0)".into(),
            "CONSTRAINT attachment_ready CHECK ((state = 1) = (sha256 IS NOT NULL))".into(),
            "CONSTRAINT attachment_picture CHECK ((state = 1 AND kind = 0) = (width IS NOT NULL) \
             AND (width IS NULL) = (height IS NULL) AND (width IS NULL) = (preview_type IS NULL) \
             AND (width IS NULL) = (small_bytes IS NULL) AND (width IS NULL) = (medium_bytes IS NULL))"
                .into(),
            "CONSTRAINT attachment_stored CHECK (stored > 0)".into(),
        ],
    )
    .await?;
    // What nothing refers to, by how long already: all that a look for what can go has to read.
    ddl.run("CREATE INDEX attachment_loose ON attachment (loose_since) WHERE loose_since IS NOT NULL")
        .await
}
