//! Something that a person attached, or is uploading. Its bytes are elsewhere.

use sea_orm::entity::prelude::*;

/// Something that a person attached, or is uploading.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who uploads or uploaded it.
    pub owner_id: Uuid,
    /// 0 uploading, 1 ready.
    pub state: i16,
    /// 0 image, 1 file, 2 voice; while it is uploaded, what it was announced as.
    pub kind: i16,
    /// Its name, as it is shown.
    pub name: String,
    /// What it is, by its content.
    pub media_type: String,
    /// How large it is; while it is uploaded, how large it was announced.
    pub bytes: i64,
    /// How much of it has come.
    pub received: i64,
    /// In how many parts.
    pub parts: i64,
    /// Of a picture.
    pub width: Option<i64>,
    /// Of a picture.
    pub height: Option<i64>,
    /// Of a voice message, as its sender said.
    pub duration_ms: Option<i64>,
    /// SHA-256 of what is served.
    pub sha256: Option<Vec<u8>>,
    /// The media type of a picture's smaller sizes.
    pub preview_type: Option<String>,
    /// Bytes of the small size.
    pub small_bytes: Option<i64>,
    /// Bytes of the medium size.
    pub medium_bytes: Option<i64>,
    /// What it takes of its owner's quota.
    pub stored: i64,
    /// In microseconds.
    pub created_at: i64,
    /// Since when nothing refers to it, in microseconds; none when something does.
    pub loose_since: Option<i64>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
