//! `denial_notes`: what those who work a denial tell each other.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Denial, debug_shows_id};
use crate::schema::denial_notes;
use crate::types::{DenialId, DenialNoteId};

/// What those who work a denial tell each other. A note is added, never changed.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = denial_notes, belongs_to(Denial), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialNote {
    pub id: DenialNoteId,
    pub denial_id: DenialId,
    pub note: String,
    pub noted_by: String,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
}

/// A note to insert; [`add_note`](crate::workflow::denials::add_note) does.
#[derive(Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = denial_notes)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewDenialNote {
    #[builder(default = DenialNoteId::new())]
    pub id: DenialNoteId,
    pub denial_id: DenialId,
    /// What was done, heard or agreed; no name or number of a patient.
    pub note: String,
    pub noted_by: String,
}

debug_shows_id!(DenialNote, NewDenialNote);

impl DenialNote {
    /// The notes on a denial, in the order in which they were written. Index: `denial_notes_by_denial`.
    pub async fn by_denial(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Vec<Self>> {
        let found = Self::query().filter(denial_notes::denial_id.eq(denial));
        Ok(found.order(denial_notes::id).load(connection).await?)
    }
}
