//! The row with an id, of every table that has one.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{
    AdjustmentRule, Appeal, AuditEntry, Claim, CodingRule, Denial, DenialCodeEntry, DenialNote, FilingRule, OrgPolicy,
    PatientCorrection, Payer, PayerMerge, PaymentVariance, Posting, Rebill, Remittance, RemittanceClaim,
    RemittanceFile, WriteOff,
};
use crate::schema;
use crate::types::{
    AdjustmentRuleId, AppealId, AuditEntryId, ClaimId, CodingRuleId, DenialCodeEntryId, DenialId, DenialNoteId,
    FilingRuleId, OrgPolicyId, PatientCorrectionId, PayerId, PayerMergeId, PaymentVarianceId, PostingId, RebillId,
    RemittanceClaimId, RemittanceFileId, RemittanceId, WriteOffId,
};

macro_rules! by_id {
    ($($row:ident, $table:ident: $id:ident;)+) => {$(
        impl $row {
            /// The row with this id; [`crate::Error::NotFound`] where there is none. By an index that begins with the id.
            pub async fn by_id(connection: &mut AsyncPgConnection, id: $id) -> Result<Self> {
                Ok(Self::query().filter(schema::$table::id.eq(id)).get_result(connection).await?)
            }
        }
    )+};
}

by_id! {
    AdjustmentRule, adjustment_rules: AdjustmentRuleId;
    Appeal, appeals: AppealId;
    AuditEntry, audit_log: AuditEntryId;
    Claim, claims: ClaimId;
    CodingRule, coding_rules: CodingRuleId;
    Denial, denials: DenialId;
    DenialCodeEntry, denial_code_library: DenialCodeEntryId;
    DenialNote, denial_notes: DenialNoteId;
    FilingRule, filing_rules: FilingRuleId;
    OrgPolicy, org_policies: OrgPolicyId;
    PatientCorrection, patient_corrections: PatientCorrectionId;
    Payer, payers: PayerId;
    PayerMerge, payer_merges: PayerMergeId;
    PaymentVariance, payment_variances: PaymentVarianceId;
    Posting, postings: PostingId;
    Rebill, rebills: RebillId;
    Remittance, remittances: RemittanceId;
    RemittanceClaim, remittance_claims: RemittanceClaimId;
    RemittanceFile, remittance_files: RemittanceFileId;
    WriteOff, write_offs: WriteOffId;
}
