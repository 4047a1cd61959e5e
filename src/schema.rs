// @generated automatically by Diesel CLI.

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What an adjustment is to us, where it isn't what denial_code_library says of its code. A payer's own rule goes before one for all, one of a reason before one of its group.
    adjustment_rules (id) {
        /// Primary key.
        id -> AdjustmentRuleKey,
        /// The payer whose adjustments it is about; empty for all.
        payer_id -> Nullable<PayerKey>,
        /// CO, PR, OA, PI or CR (X12 CAS01).
        group_code -> Text,
        /// Claim adjustment reason code (X12 CAS02); empty for all of the group.
        reason_code -> Nullable<Text>,
        /// What it is to us.
        disposition -> Disposition,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// A request that the payer reconsider a denial.
    appeals (id) {
        /// Primary key.
        id -> AppealKey,
        /// The denial that is appealed.
        denial_id -> DenialKey,
        /// The denial's claim.
        claim_id -> ClaimKey,
        /// The denial's payer; filled in when left out.
        payer_id -> PayerKey,
        /// The denial's code; filled in when left out.
        denial_code -> Text,
        /// first_level, second_level, third_level or external_review.
        appeal_level -> AppealLevel,
        /// pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.
        status -> AppealStatus,
        /// high, medium or low.
        priority -> Priority,
        /// Asked for, US dollars.
        appealed_amount -> Numeric,
        /// Granted by the decision, US dollars: all when approved, part when partially approved, else empty.
        approved_amount -> Nullable<Numeric>,
        /// Paid for it, less what was taken back, US dollars. Kept from postings.
        paid_amount -> Numeric,
        /// Last day to file.
        due_on -> Date,
        /// Day it went to the payer; empty before.
        filed_on -> Nullable<Date>,
        /// due_on, as long as the payer doesn't have it; else empty.
        file_by -> Nullable<Date>,
        /// Filed after the last day; recorded, not refused. Computed.
        filed_late -> Bool,
        /// Day of the payer's decision; empty before.
        decided_on -> Nullable<Date>,
        /// Day from which nobody waits for the rest of what was granted; empty while somebody does.
        released_on -> Nullable<Date>,
        /// Granted and not yet paid or released, US dollars. Computed.
        granted_amount -> Numeric,
        /// Why the payer should pay.
        reason -> Text,
        /// What was sent along: an array of objects, each with what is known of a document, such as its name and kind.
        supporting_documents -> Jsonb,
        /// Role or user id that works on it.
        assigned_to -> Nullable<Text>,
        /// The payer's answer.
        payer_response -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row, made at random by the migration and read by no access: the key of audit_digest().
    audit_keys (singleton) {
        /// Always true, so there is one row.
        singleton -> Bool,
        /// 32 bytes.
        digest_key -> Bytea,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What was changed or taken out: a row for each row of a table that audit() watches. Written by triggers alone, read with access audit.
    audit_log (id) {
        /// Primary key; of one transaction in the order of its changes.
        id -> AuditEntryKey,
        /// The row of audit_seals that covers it; empty until the next seal.
        seal -> Nullable<Int4>,
        /// The table.
        changed_table -> Text,
        /// UPDATE, DELETE, or TRUNCATE, which has no values.
        operation -> Text,
        /// Primary key of the changed row, its columns with a space between them.
        row_key -> Nullable<Text>,
        /// What the changed columns held, of a deleted row all. Where a column bears patients, audit_digest() of it.
        old_values -> Nullable<Jsonb>,
        /// What the changed columns hold since; empty of a deleted row.
        new_values -> Nullable<Jsonb>,
        /// Who did it, as the application says (setting rcm.actor, or the column that names who decided); empty where it doesn't.
        actor -> Nullable<Text>,
        /// The login that did it. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
        /// PostgreSQL's number of the transaction, by which changes made together are found.
        transaction_number -> Int8,
        /// When the transaction began.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Digests over the rows of audit_log, each over the one before it. Adding a row seals all that has no seal yet; setting pruned_at takes the rows of a seal out.
    audit_seals (number) {
        /// Counts from 1 without a gap; 0 stands before the first.
        number -> Int4,
        /// How many rows of audit_log it covers.
        entries -> Int8,
        /// SHA-256 of the digests of these rows in the order of their ids.
        content_sha256 -> Bytea,
        /// SHA-256 of the digest of the seal before, of this one's number, entries, content and time.
        sha256 -> Bytea,
        /// When its rows were taken out, six years or more after they were sealed; empty while they are there.
        pruned_at -> Nullable<Timestamptz>,
        /// When it was made; its rows are older.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What identifies a claim to others and relates it to them, at most one row per claim.
    claim_details (claim_id) {
        /// The claim.
        claim_id -> ClaimKey,
        /// What was sent as X12 CLM01, where it is not the claim's claim_id; payers echo it. Not unique.
        patient_control_number -> Nullable<Text>,
        /// The number that the payer gave the claim; on a replacement or void, that of the claim that it names (X12 REF*F8).
        payer_claim_control_number -> Nullable<Text>,
        /// CMS place of service code, such as 11 for an office.
        place_of_service -> Nullable<Text>,
        /// Which payer of the patient it goes to: 1 the primary, 2 the secondary, up to 11 (X12 SBR01).
        payer_sequence -> Int2,
        /// The claim of the payer before, for the same services (coordination of benefits).
        prior_claim_id -> Nullable<ClaimKey>,
        /// Who bills, by NPI.
        billing_provider -> Nullable<Text>,
        /// Who rendered the services, by NPI.
        rendering_provider -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The diagnoses of a claim, in order; the first is the principal one.
    claim_diagnoses (claim_id, ordinal) {
        /// The claim.
        claim_id -> ClaimKey,
        /// Position on the claim, 1 to 25 (X12 HI; 12 of a professional claim); lines point to it.
        ordinal -> Int2,
        /// ICD-10-CM code.
        diagnosis_code -> Text,
        /// Had the patient it when admitted? Y, N, U, W or 1; empty where nobody asks.
        present_on_admission -> Nullable<PresentOnAdmission>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What only some lines say, at most one row per line.
    claim_line_details (claim_id, line_number) {
        /// The claim.
        claim_id -> ClaimKey,
        /// The line.
        line_number -> Int2,
        /// What the line's units count: UN units, MJ minutes, DA days, F2 international units.
        unit_basis -> UnitBasis,
        /// CMS place of service code, where it isn't the claim's.
        place_of_service -> Nullable<Text>,
        /// Who rendered it, by NPI, where it isn't the claim's.
        rendering_provider -> Nullable<Text>,
        /// What the line was sent as and payers echo (X12 REF*6R).
        line_control_number -> Nullable<Text>,
        /// HIPPS rate code, beside a revenue code such as 0023.
        rate_code -> Nullable<Text>,
        /// National Drug Code of what was given.
        ndc -> Nullable<Text>,
        /// How much of it, at most three decimals.
        drug_quantity -> Nullable<Numeric>,
        /// What that counts: F2, GR, ME, ML or UN.
        drug_unit -> Nullable<DrugUnit>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The teeth of a dental service (X12 TOO).
    claim_line_teeth (claim_id, line_number, tooth) {
        /// The claim.
        claim_id -> ClaimKey,
        /// The line.
        line_number -> Int2,
        /// The tooth by the universal system.
        tooth -> Text,
        /// The surfaces that were treated; empty for the whole tooth.
        surfaces -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The services of a claim, one line each.
    claim_lines (claim_id, line_number) {
        /// The claim.
        claim_id -> ClaimKey,
        /// Position on the claim, from 1 (X12 LX).
        line_number -> Int2,
        /// CPT, HCPCS or CDT code of the service; a line of an institutional claim may have its revenue code alone.
        procedure_code -> Nullable<Text>,
        /// NUBC revenue code of an institutional service.
        revenue_code -> Nullable<Text>,
        /// First modifier.
        modifier_1 -> Nullable<Text>,
        /// Second modifier.
        modifier_2 -> Nullable<Text>,
        /// Third modifier.
        modifier_3 -> Nullable<Text>,
        /// Fourth modifier.
        modifier_4 -> Nullable<Text>,
        /// Units of service, of which claim_line_details says what they count; can be fractional, at most three decimals.
        units -> Numeric,
        /// Charge for all units, US dollars.
        charge_amount -> Numeric,
        /// Day of the service, or its first.
        service_date -> Date,
        /// Last day of a service of more than one.
        service_to -> Nullable<Date>,
        /// Ordinal of the diagnosis that the service is for; institutional claims do without.
        diagnosis_pointer_1 -> Nullable<Int2>,
        /// Ordinal of a second diagnosis.
        diagnosis_pointer_2 -> Nullable<Int2>,
        /// Ordinal of a third diagnosis.
        diagnosis_pointer_3 -> Nullable<Int2>,
        /// Ordinal of a fourth diagnosis.
        diagnosis_pointer_4 -> Nullable<Int2>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The claims that came in files (X12 837), one row per claim.
    claim_sources (claim_id) {
        /// The claim.
        claim_id -> ClaimKey,
        /// SHA-256 of what makes it this claim: billing provider, control number, payer, payer's sequence, frequency, first day of service and the transaction's reference (X12 BHT03).
        identity_sha256 -> Bytea,
        /// SHA-256 of what it says, without its patient: the same content is the same claim, other content is refused.
        content_sha256 -> Bytea,
        /// The key that made its patient's reference: the first eight hexadecimal digits of a hash of it.
        pseudonym_key -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One bill to one payer.
    claims (id) {
        /// Primary key.
        id -> ClaimKey,
        /// Business identifier, such as CLM-2024-001235; sent as X12 CLM01 unless claim_details has another.
        claim_id -> Text,
        /// Pseudonym of the patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.
        patient_reference -> Text,
        /// The payer that is billed.
        payer_id -> PayerKey,
        /// professional (X12 837P), institutional (837I) or dental (837D).
        claim_type -> ClaimType,
        /// 1 original, 7 replacement of an earlier claim, 8 void of it (X12 CLM05-3). An 8 has no charges and no receivable.
        frequency_code -> FrequencyCode,
        /// The earlier claim that a replacement or void names.
        replaces_claim_id -> Nullable<ClaimKey>,
        /// Billed, US dollars: the sum of the charges of its lines; zero for an encounter.
        amount -> Numeric,
        /// First day of service.
        service_from -> Date,
        /// Last day of service.
        service_to -> Date,
        /// Day it went to the payer; empty while it is pending. Stays once set.
        submitted_on -> Nullable<Date>,
        /// Day it was cancelled. Stays once set.
        voided_on -> Nullable<Date>,
        /// Paid by the payer, less what it took back, US dollars. Kept from postings.
        paid_amount -> Numeric,
        /// Taken off by the contract (CO-45), US dollars. Kept from postings.
        contractual_amount -> Numeric,
        /// Deductible, coinsurance, copayment: owed by the patient (PR-1, PR-2, PR-3), US dollars. Kept from postings.
        patient_responsibility_amount -> Numeric,
        /// Settled by what an earlier payer did (OA-23), or billed to a later one, US dollars. Kept from postings.
        other_payer_amount -> Numeric,
        /// Given up of what the payer owed, US dollars. Kept from postings.
        written_off_amount -> Numeric,
        /// Moved to a new claim, US dollars. Kept from postings.
        rebilled_amount -> Numeric,
        /// Paid by the patient, less refunds, US dollars. Kept from postings.
        patient_paid_amount -> Numeric,
        /// Given up of what the patient owed, US dollars. Kept from postings.
        patient_written_off_amount -> Numeric,
        /// Refused and still open, US dollars: the sum of the open amounts of its denials. Kept from denials and postings.
        open_denied_amount -> Numeric,
        /// How often the payer answered: its postings and denials. What the patient pays at the visit is no answer. Kept from postings and denials.
        answers -> Int4,
        /// Its appeals that are filed and undecided, or granted and not yet paid. Kept from appeals.
        filed_appeals -> Int4,
        /// What the payer still owes, US dollars; below zero where it paid too much: the amount less payments, contractual adjustments, patient responsibility, other payers, write-offs and what was rebilled. Zero for a voided claim and for an 8. Computed.
        payer_balance_amount -> Numeric,
        /// What the patient still owes, US dollars; below zero for a credit: patient responsibility less what the patient paid and what was given up. Zero for a voided claim. Computed.
        patient_balance_amount -> Numeric,
        /// pending, submitted, paid, partially_paid, denied, appealed, rebilled, written_off or voided: what follows from dates, postings, denials and appeals. Computed.
        status -> ClaimStatus,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The diagnoses of a rule of type diagnosis_required or diagnosis_not_specific. Required: one diagnosis of the line, at least, must be among them; a line without pointers breaks the rule. Not specific: not all of the line may be; a line without pointers keeps it. On an institutional claim, which has no pointers, every line has all diagnoses of the claim. A rule without diagnoses finds nothing.
    coding_rule_diagnoses (coding_rule_id, prefix) {
        /// The rule.
        coding_rule_id -> CodingRuleKey,
        /// Start of ICD-10-CM codes, or a whole one.
        prefix -> Text,
        /// First day of service from which the prefix alone is no code any more, only those that begin with it; empty where it may be one.
        header_since -> Nullable<Date>,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a claim's coding must satisfy. Ranges and prefixes instead of regular expressions, so that no rule can be malformed.
    coding_rules (id) {
        /// Primary key.
        id -> CodingRuleKey,
        /// Name that findings show.
        name -> Text,
        /// modifier_required, modifier_forbidden, diagnosis_required, diagnosis_not_specific or incompatible_codes.
        rule_type -> CodingRuleType,
        /// The payer that it is for; empty for any.
        payer_id -> Nullable<PayerKey>,
        /// First procedure code that it looks at. Codes compare as bytes; a range whose ends have one form (digits alone, a letter first, the same letter last) holds that form alone: 3074F is not in 10004 to 69990.
        procedure_from -> Text,
        /// Last procedure code that it looks at, inclusive.
        procedure_to -> Text,
        /// Only lines that carry this modifier, or the second one; empty for all lines.
        procedure_modifier_1 -> Nullable<Text>,
        /// The other modifier that a line may carry.
        procedure_modifier_2 -> Nullable<Text>,
        /// Only procedures whose bilateral indicator is 1 (true), or 0, 2 or 9 (false); of one that procedure_indicators lacks the rule can't tell. Empty for all.
        procedure_takes_50 -> Nullable<Bool>,
        /// First code of the companion range, compared like procedure_from: the rule applies when another line with such a code stands on the same claim and service day.
        companion_from -> Nullable<Text>,
        /// Last code of the companion range, inclusive.
        companion_to -> Nullable<Text>,
        /// The companion is another line with the same procedure code and service day, instead of a range.
        companion_is_same_procedure -> Bool,
        /// Only companions that carry this modifier; empty for all.
        companion_modifier -> Nullable<Text>,
        /// Only companions that procedure_indicators says are minor (000, 010) or major (090) surgery; of one that it lacks the rule can't tell. Empty for all.
        companion_global_period -> Nullable<GlobalPeriod>,
        /// The modifier that is required or forbidden.
        modifier -> Nullable<Text>,
        /// Incompatible codes: may they stand together where one of them carries a modifier that NCCI knows, such as 59, XS or LT (modifier indicator 1)?
        may_be_bypassed -> Bool,
        /// What to change.
        message -> Text,
        /// error, warning or info.
        severity -> Severity,
        /// Is it in use?
        active -> Bool,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row: may programs destroy or seed this database? Written at the first migration, changed by `migrate environment set`.
    database_environment (singleton) {
        /// Always true: there is one row.
        singleton -> Bool,
        /// development or production. Programs that destroy or seed refuse production.
        environment -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the environment last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a denial code means and what usually helps, in our own words.
    denial_code_library (id) {
        /// Primary key.
        id -> DenialCodeEntryKey,
        /// Group and reason, such as CO-197.
        denial_code -> Text,
        /// authorization, missing_info, coding_error, medical_necessity, non_covered, coordination_of_benefits, bundling, patient_responsibility, timely_filing, duplicate, eligibility, provider_enrollment, frequency, contractual_adjustment, other or unknown.
        category -> DenialCategory,
        /// Meaning, in our own words.
        description -> Text,
        /// Does an appeal make sense at all?
        appealable -> Bool,
        /// The types of payers whose decision under this code can't be appealed; empty for none.
        not_appealable_by -> Nullable<Array<Nullable<Text>>>,
        /// appeal, rebill, write_off, transfer_to_patient, investigate, or post_adjustment for what is no denial.
        recommended_action -> DenialAction,
        /// Appeals that succeed, in percent, where a benchmark is known; the organization's own rate comes from its appeals.
        benchmark_appeal_success_percentage -> Nullable<Numeric>,
        /// What usually settles it.
        usual_resolution -> Text,
        /// What keeps it from happening again.
        prevention -> Text,
        /// First day on which payers use the code; empty for no limit.
        valid_from -> Nullable<Date>,
        /// Last day on which payers use the code; empty for no limit. A retired code stays, for old remittances.
        valid_to -> Nullable<Date>,
        /// Where a fact of the row is taken from; empty where it is common knowledge.
        source -> Nullable<Text>,
        /// What an adjustment of this code is on a remittance, unless adjustment_rules says otherwise. Computed.
        disposition -> Disposition,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What those who work a denial tell each other. A note is added, never changed.
    denial_notes (id) {
        /// Primary key; in the order in which notes are written.
        id -> DenialNoteKey,
        /// The denial.
        denial_id -> DenialKey,
        /// What was done, heard or agreed; no name or number of a patient.
        note -> Text,
        /// Who wrote it: a role or user id.
        noted_by -> Text,
        /// When it was written.
        created_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a payer remarked on a denial. The remarks of a remittance come with the denial that is posted from it.
    denial_remarks (denial_id, remark_code) {
        /// The denial.
        denial_id -> DenialKey,
        /// Remittance advice remark code, such as MA130; need not stand in remark_code_library.
        remark_code -> Text,
        /// Role or user id that says it was entered by mistake, so that it counts no more; empty while it counts.
        withdrawn_by -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Denials that wait for an action, with what triage says. Kept by the database; read denial_work_list.
    denial_work_items (denial_id) {
        /// The denial.
        denial_id -> DenialKey,
        /// Its claim.
        claim_id -> ClaimKey,
        /// The payer of the claim.
        payer_id -> PayerKey,
        /// Group and reason, such as CO-197.
        denial_code -> Text,
        /// Day of the payer's decision.
        denied_on -> Date,
        /// Refused, US dollars.
        denial_amount -> Numeric,
        /// To be worked, US dollars: what is open and not granted; for a follow_up what was granted.
        open_amount -> Numeric,
        /// appeal, rebill, write_off, transfer_to_patient, post_adjustment, investigate or follow_up.
        action -> DenialAction,
        /// May a program act without asking, as long as the last day is not over?
        automatic -> Bool,
        /// 1 high, 2 medium, 3 low.
        priority_order -> Int2,
        /// Day from which it is on the list.
        listed_from -> Date,
        /// Day by which to act, never after the last day.
        act_by -> Date,
        /// Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by filing_rules; empty where there is none.
        last_day -> Nullable<Date>,
        /// The policy that decides; empty when none fits.
        policy_id -> Nullable<OrgPolicyKey>,
        /// Does an appeal make sense?
        appealable -> Bool,
        /// The remark that counts; empty when none does.
        remark_code -> Nullable<Text>,
        /// Which rule of triage decides.
        decided_by -> TriageRule,
        /// Who works it: denials.assigned_to.
        assigned_to -> Nullable<Text>,
        /// Triage says the same from this amount on, US dollars.
        amount_from -> Numeric,
        /// Triage says the same below this amount, US dollars; empty for no limit.
        amount_below -> Nullable<Numeric>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One refusal of a claim or of part of it, for one code.
    denials (id) {
        /// Primary key.
        id -> DenialKey,
        /// The claim that was refused.
        claim_id -> ClaimKey,
        /// The claim's payer; filled in when left out.
        payer_id -> PayerKey,
        /// The refused line of the claim; empty when the claim as a whole was refused.
        line_number -> Nullable<Int2>,
        /// Group and reason, such as CO-197; need not stand in denial_code_library.
        denial_code -> Text,
        /// Day of the payer's decision.
        denied_on -> Date,
        /// Refused, US dollars.
        denial_amount -> Numeric,
        /// What went wrong, in the words of whoever found out.
        root_cause -> Nullable<Text>,
        /// Could the practice have prevented it? Empty until someone has looked.
        preventable -> Nullable<Bool>,
        /// Who works it: a role or user id; empty for whoever comes next.
        assigned_to -> Nullable<Text>,
        /// Paid after all, US dollars. Kept from postings.
        recovered_amount -> Numeric,
        /// Given up, US dollars. Kept from postings.
        written_off_amount -> Numeric,
        /// Moved to the patient, US dollars. Kept from postings.
        transferred_amount -> Numeric,
        /// Taken off by the contract or settled by an earlier payer, US dollars. Kept from postings.
        adjusted_amount -> Numeric,
        /// Moved to a new claim, US dollars. Kept from postings.
        rebilled_amount -> Numeric,
        /// Taken back by the payer, US dollars: the denial ends, the claim's balance stays. Kept from postings.
        withdrawn_amount -> Numeric,
        /// Approved by decided appeals and not yet paid, US dollars: part of the open amount that waits for the payer. Kept from appeals.
        granted_amount -> Numeric,
        /// What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is. Kept from appeals and rebills.
        open_action -> Nullable<OpenAction>,
        /// The claim of a remittance that says it; empty where it was recorded by hand.
        remittance_claim_id -> Nullable<RemittanceClaimKey>,
        /// The adjustment there, which has its amount.
        adjustment_number -> Nullable<Int2>,
        /// The claim of a remittance by which the payer took it back. It is off the work list; the payer's correction settles it, or a person withdraws it.
        taken_back_in_id -> Nullable<RemittanceClaimKey>,
        /// The adjustment there.
        taken_back_adjustment_number -> Nullable<Int2>,
        /// Still open, US dollars. Computed.
        open_amount -> Numeric,
        /// pending while anything is open; then rebilled if any of it was, abandoned if all that wasn't withdrawn was written off, else resolved. Computed.
        resolution_status -> ResolutionStatus,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Time limits. Of those that fit, a payer's own goes before one of its type, that before one for any payer; then one of the claim's type before one for any; then the one that began last.
    filing_rules (id) {
        /// Primary key.
        id -> FilingRuleKey,
        /// The payer that sets it; empty for several.
        payer_id -> Nullable<PayerKey>,
        /// The type of payers that it is for; empty for any, or where a payer is named.
        payer_type -> Nullable<PayerType>,
        /// The form of claims that it is for; empty for any.
        claim_type -> Nullable<ClaimType>,
        /// original_claim, corrected_claim (one that replaces another), or the level of an appeal: first_level, second_level, third_level or external_review.
        step -> FilingStep,
        /// What it counts from. service_from, service_through: first or last day of service. remittance_receipt: receipt of the remittance that answered the claim. decision: receipt of the decision that is appealed, which at the first level is that remittance.
        basis -> DeadlineBasis,
        /// How long, at most ten years.
        length -> Int2,
        /// days, months or years.
        unit -> LengthUnit,
        /// Days after its date by which a notice counts as received, at most 30.
        receipt_days -> Int2,
        /// First day from which it counts; empty for no limit.
        valid_from -> Nullable<Date>,
        /// Last day from which it counts; empty for no limit.
        valid_to -> Nullable<Date>,
        /// Who says so: the regulation, manual or contract.
        source -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What only the claims of hospitals and other institutions say (X12 837I), one row per claim. Its days of service are the statement's.
    institutional_claims (claim_id) {
        /// The claim.
        claim_id -> ClaimKey,
        /// First two digits of the type of bill; the third is the claim's frequency_code.
        facility_code -> Text,
        /// Day of admission, or on which care began.
        admitted_on -> Nullable<Date>,
        /// Hour of admission, 0 to 23.
        admission_hour -> Nullable<Int2>,
        /// NUBC priority of the admission, such as 1 for an emergency (X12 CL101).
        admission_type -> Nullable<Text>,
        /// NUBC point of origin (X12 CL102).
        admission_source -> Nullable<Text>,
        /// Hour of discharge, 0 to 23.
        discharge_hour -> Nullable<Int2>,
        /// NUBC discharge status, such as 01 for discharged home (X12 CL103).
        patient_status -> Nullable<Text>,
        /// ICD-10-CM code of what the patient was admitted for.
        admitting_diagnosis -> Nullable<Text>,
        /// Diagnosis related group that was billed.
        drg -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What the organization does with a denial of a code or category and size.
    org_policies (id) {
        /// Primary key.
        id -> OrgPolicyKey,
        /// Name that people use.
        name -> Text,
        /// appeal_threshold, write_off_threshold, rebill_threshold or transfer_to_patient: the action that it leads to. approval_threshold: from min_amount on, what people post by hand to settle a denial is approved by another one.
        policy_type -> PolicyType,
        /// The payer that it is for; empty for any.
        payer_id -> Nullable<PayerKey>,
        /// The denial category that it is for; empty for any.
        denial_category -> Nullable<DenialCategory>,
        /// The code that it is for, such as CO-197; empty for any. It comes before policies for a category.
        denial_code -> Nullable<Text>,
        /// The types of payers that it is for; empty for any.
        payer_types -> Nullable<Array<Nullable<Text>>>,
        /// The group of denial codes that it is not for: CO, PR, OA or PI (X12 CAS01); empty for none.
        except_group -> Nullable<Text>,
        /// From this open amount on, US dollars, inclusive.
        min_amount -> Numeric,
        /// Below this open amount, US dollars, exclusive; empty for no limit.
        max_amount -> Nullable<Numeric>,
        /// Days from the denial by which to act, at most 3660.
        days_to_act -> Int4,
        /// May a program act without asking?
        automatic -> Bool,
        /// Of several policies that fit, the one with the lowest rank decides.
        priority_rank -> Int4,
        /// First day that it applies; empty for no limit.
        valid_from -> Nullable<Date>,
        /// Last day that it applies; empty for no limit.
        valid_to -> Nullable<Date>,
        /// Is it in use?
        active -> Bool,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Claims that stood under the wrong reference: two references of one patient, or one claim filed with another. Adding a row moves the claims; a mistake is mended by another row.
    patient_corrections (id) {
        /// Primary key.
        id -> PatientCorrectionKey,
        /// The reference that was wrong.
        from_reference -> Text,
        /// The reference that the claims have from then on.
        to_reference -> Text,
        /// The claims that were moved. Given: only these; left out: all of the wrong reference, filled in.
        claim_ids -> Array<Nullable<Uuid>>,
        /// Role or user id that decided it.
        corrected_by -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The numbers that clearinghouses, remittances and banks know a payer by; a payer has several.
    payer_identifiers (qualifier, value) {
        /// Whose number it is: PI, XV, 2U, EO, HI, NF, FI or TRN.
        qualifier -> PayerIdentifierQualifier,
        /// The number.
        value -> Text,
        /// The payer.
        payer_id -> PayerKey,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Payers that turned out to be one. Adding a row gives all that one payer has to the other and takes it out.
    payer_merges (id) {
        /// Primary key.
        id -> PayerMergeKey,
        /// The payer that is taken out.
        from_payer_id -> PayerKey,
        /// The payer that gets what it had.
        into_payer_id -> PayerKey,
        /// What the first was called, such as BCBS-CA-001. Filled in.
        from_business_id -> Text,
        /// Its name. Filled in.
        from_name -> Text,
        /// Role or user id that decided it.
        merged_by -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Who pays: insurers and public programs.
    payers (id) {
        /// Primary key.
        id -> PayerKey,
        /// Business identifier, such as BCBS-CA-001.
        payer_id -> Text,
        /// Name as it stands on remittances.
        name -> Text,
        /// commercial, medicare, medicaid, tricare, workers_comp or other.
        payer_type -> PayerType,
        /// Addresses, telephone numbers and portals, whose shape differs from payer to payer.
        contact_details -> Jsonb,
        /// Was it made from a file that names it, and is it still to be completed: its type, its own filing_rules, or merged with another?
        is_provisional -> Bool,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// A payment beside what the contract says it should have been.
    payment_variances (id) {
        /// Primary key.
        id -> PaymentVarianceKey,
        /// The claim that was paid.
        claim_id -> ClaimKey,
        /// The claim's payer; filled in when left out.
        payer_id -> PayerKey,
        /// Day of the payment.
        paid_on -> Date,
        /// What the contract says, US dollars.
        expected_amount -> Numeric,
        /// What was paid, US dollars.
        actual_amount -> Numeric,
        /// Actual less expected, US dollars; below zero for an underpayment. Computed.
        variance_amount -> Numeric,
        /// Variance in percent of the expected amount, two decimals. Computed.
        variance_percentage -> Numeric,
        /// underpayment, overpayment, or expected when within one cent. Computed.
        variance_type -> VarianceType,
        /// contract_adjustment, bundling, non_covered_service, missing_authorization, credentialing_issue, coordination_of_benefits, incorrect_coding, timely_filing, duplicate_claim or other; empty until known.
        variance_reason -> Nullable<VarianceReason>,
        /// Is it worth an appeal?
        needs_appeal -> Bool,
        /// The appeal of the same claim that asks for the difference.
        appeal_id -> Nullable<AppealKey>,
        /// How it ended; empty while it is unresolved.
        resolution -> Nullable<Text>,
        /// Day it ended.
        resolved_on -> Nullable<Date>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Until which day the books are closed: nothing is posted or denied on or before it.
    period_closings (closed_through) {
        /// The last closed day.
        closed_through -> Date,
        /// Role or user id that closed it.
        closed_by -> Text,
        /// Is it the closing that holds? Set by the database.
        is_last -> Bool,
        /// When it was closed.
        created_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Logins that are one person each. What one of them requests, another one approves. The administrator writes it; a login that a service or a pool shares has no place here.
    personal_logins (login) {
        /// Name of the login, as session_user has it.
        login -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The ledger of the claims: what became of the billed money. Rows are added, never changed; a mistake is reversed. docs/postings.md shows what a posting sets off.
    postings (id) {
        /// Primary key.
        id -> PostingKey,
        /// The claim.
        claim_id -> ClaimKey,
        /// The denial of that claim that it settles; empty when it settles none.
        denial_id -> Nullable<DenialKey>,
        /// payment, contractual_adjustment, patient_responsibility, other_payer, write_off, rebilled or denial_withdrawn; of the patient: patient_payment or patient_write_off.
        kind -> PostingKind,
        /// US dollars, not zero; below zero where it takes something back or the payer says so.
        amount -> Numeric,
        /// Business day that it counts for.
        posted_on -> Date,
        /// Role or user id that posted it; the approver of a write-off; database where it follows from something else.
        posted_by -> Text,
        /// The filed or granted appeal that it pays.
        appeal_id -> Nullable<AppealKey>,
        /// The approved write-off, adjustment or transfer; every row of kind write_off has one.
        write_off_id -> Nullable<WriteOffKey>,
        /// The rebill that moved it, if one did.
        rebill_id -> Nullable<RebillKey>,
        /// The claim on which the money lives from now on: the new claim of a rebill (every row of kind rebilled has one), the replacement, or the claim of the next payer.
        moved_to_claim_id -> Nullable<ClaimKey>,
        /// The row that was a mistake of ours: of the same claim, denial, kind and source; this one has its amount with the other sign. Once.
        reverses_id -> Nullable<PostingKey>,
        /// The row of the same claim and kind that is taken back, wholly or in part, by the payer or because the payer paid after all; together at most its amount.
        takes_back_id -> Nullable<PostingKey>,
        /// The denial that it was about, where it would take back more than the denial has: it then counts for the claim alone.
        unsettled_denial_id -> Nullable<DenialKey>,
        /// The claim of a remittance that says it; empty where it was posted by hand.
        remittance_claim_id -> Nullable<RemittanceClaimKey>,
        /// The service there that it follows from.
        service_number -> Nullable<Int2>,
        /// The adjustment there that it follows from.
        adjustment_number -> Nullable<Int2>,
        /// Names the command that posted it: the same key posts once.
        idempotency_key -> Nullable<IdempotencyKey>,
        /// Position among the rows of its key, from 1.
        idempotency_ordinal -> Nullable<Int2>,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What Medicare's fee schedule says of a procedure, from a day until the next row of the procedure. Organizations load it from the public file of relative values; descriptions stay out.
    procedure_indicators (procedure_code, valid_from) {
        /// CPT or HCPCS code; of the file the row without a modifier.
        procedure_code -> Text,
        /// First day of service that it is for.
        valid_from -> Date,
        /// 000, 010, 090, MMM, XXX, YYY or ZZZ (GLOB DAYS).
        global_days -> GlobalDays,
        /// 0, 1, 2, 3 or 9 (BILAT SURG).
        bilateral_indicator -> BilateralIndicator,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a payer withholds or adds beside the claims (X12 PLB). It posts nothing on claims; the check is what is paid for claims less the sum of these.
    provider_adjustments (remittance_id, adjustment_number) {
        /// The remittance.
        remittance_id -> RemittanceKey,
        /// Its place in the remittance, from 1.
        adjustment_number -> Int4,
        /// The provider, as sent (X12 PLB01).
        provider -> Nullable<Text>,
        /// End of the provider's fiscal period (X12 PLB02).
        fiscal_period_ends_on -> Nullable<Date>,
        /// WO an overpayment recovered, FB a balance carried forward, L6 interest, 72, CS and others (X12 PLB03-1).
        reason_code -> Nullable<Text>,
        /// What it refers to: a claim or a remittance mostly (X12 PLB03-2).
        reference -> Nullable<Text>,
        /// How much less is paid, US dollars; below zero adds (X12 PLB04).
        amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// A denied claim sent again with a correction.
    rebills (id) {
        /// Primary key.
        id -> RebillKey,
        /// The denial that the correction answers.
        denial_id -> DenialKey,
        /// The denied claim.
        original_claim_id -> ClaimKey,
        /// The denial's payer; filled in when left out.
        payer_id -> PayerKey,
        /// The denial's code; filled in when left out.
        denial_code -> Text,
        /// The corrected claim; empty until it is made. One corrected claim may answer several denials.
        new_claim_id -> Nullable<ClaimKey>,
        /// corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or other.
        reason -> RebillReason,
        /// What differs from the original claim.
        changes -> Text,
        /// pending, submitted, accepted, paid, partially_paid or denied_again.
        status -> RebillStatus,
        /// Last day to submit the corrected claim; filled in by filing_rules when left out, empty where none fits.
        due_on -> Nullable<Date>,
        /// due_on, as long as the payer doesn't have it; else empty.
        submit_by -> Nullable<Date>,
        /// Day the corrected claim went to the payer.
        submitted_on -> Nullable<Date>,
        /// Day the payer paid or denied it again.
        resolved_on -> Nullable<Date>,
        /// Role or user id that works on it.
        assigned_to -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a payer's remark changes for a denial, in our own words. A remark that changes nothing has neither action nor steps.
    remark_code_library (remark_code) {
        /// Remittance advice remark code, such as MA130.
        remark_code -> Text,
        /// Meaning, in our own words.
        description -> Text,
        /// What the remark is about; empty for anything. For people: triage goes by the denial's code.
        category -> Nullable<DenialCategory>,
        /// Does it say that there is no appeal?
        prevents_appeal -> Bool,
        /// Does it say that the claim counts as never filed? Then the limit of the claim runs on, not that of a correction.
        asks_for_new_claim -> Bool,
        /// appeal, rebill or investigate, before what the library says of the denial's code; empty where that holds.
        recommended_action -> Nullable<DenialAction>,
        /// What to do, before what the library says; empty where it changes nothing.
        next_steps -> Nullable<Text>,
        /// Where a fact of the row is taken from; empty where it is common knowledge.
        source -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a payer doesn't pay, and why (X12 CAS).
    remittance_adjustments (remittance_claim_id, adjustment_number) {
        /// The claim of the remittance.
        remittance_claim_id -> RemittanceClaimKey,
        /// Its place in that claim, from 1.
        adjustment_number -> Int2,
        /// The service that it is about; empty for the whole claim.
        service_number -> Nullable<Int2>,
        /// Who bears it: CO, PR, OA, PI, in old ones CR (X12 CAS01).
        group_code -> Nullable<Text>,
        /// Claim adjustment reason code (X12 CAS02).
        reason_code -> Nullable<Text>,
        /// How much less is paid, US dollars; below zero adds.
        amount -> Numeric,
        /// How many units less.
        quantity -> Nullable<Numeric>,
        /// What it is to us: what a person said, else adjustment_rules, else denial_code_library. Empty until it is posted or a person says it.
        disposition -> Nullable<Disposition>,
        /// Does nobody know its code, so that what it refuses is taken for a denial?
        is_assumed -> Bool,
        /// Who said what it is: a role or user id; empty where the rules did.
        classified_by -> Nullable<Text>,
        /// Group and reason, such as CO-197. Computed.
        denial_code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a remittance says of a claim (X12 CLP).
    remittance_claims (id) {
        /// Primary key.
        id -> RemittanceClaimKey,
        /// The remittance.
        remittance_id -> RemittanceKey,
        /// Its place in the remittance, from 1.
        claim_number -> Int4,
        /// The provider's number of the claim, as the payer echoes it (X12 CLP01).
        patient_control_number -> Nullable<Text>,
        /// The payer's number of the claim (X12 CLP07).
        payer_claim_control_number -> Nullable<Text>,
        /// X12 CLP02: 1, 2, 3 processed as primary, secondary, tertiary, 4 denied, 19, 20, 21 and forwarded, 22 a reversal, 25 a prediction that moves nothing.
        claim_status -> Nullable<Text>,
        /// Charged, US dollars, below zero on a reversal (X12 CLP03).
        charge_amount -> Numeric,
        /// Paid, US dollars, below zero where it is taken back (X12 CLP04).
        paid_amount -> Numeric,
        /// The patient's share as the payer sums it up, US dollars (X12 CLP05); the adjustments count.
        patient_amount -> Nullable<Numeric>,
        /// Kind of plan (X12 CLP06).
        filing_indicator -> Nullable<Text>,
        /// Place of service, or type of bill without its last digit (X12 CLP08).
        facility_code -> Nullable<Text>,
        /// X12 CLP09.
        frequency_code -> Nullable<Text>,
        /// Diagnosis related group (X12 CLP11).
        drg -> Nullable<Text>,
        /// Who rendered the services, by NPI (X12 NM1*82).
        rendering_npi -> Nullable<Text>,
        /// First day of service (X12 DTM*232, or the earliest of its services).
        service_from -> Nullable<Date>,
        /// Last day of service (X12 DTM*233, or the latest of its services).
        service_to -> Nullable<Date>,
        /// Day on which the payer received the claim (X12 DTM*050).
        received_on -> Nullable<Date>,
        /// Does it take back what an earlier one said? Status 22, or a charge below zero, or money back without a charge. Computed.
        is_reversal -> Bool,
        /// Is it a prediction, which moves nothing (status 25)? Computed.
        is_prediction -> Bool,
        /// The claim that it is about; empty until it is matched.
        claim_id -> Nullable<ClaimKey>,
        /// Who matched it: a role or user id.
        matched_by -> Nullable<Text>,
        /// Business day on which it was posted; empty while it waits.
        posted_on -> Nullable<Date>,
        /// Who posted it: a role or user id.
        posted_by -> Nullable<Text>,
        /// May postings and denials of it be written? Only in the transaction that posts it or takes it back, until it is compared with them. Kept by the database.
        being_posted -> Bool,
        /// Why it isn't posted.
        waits_for -> Nullable<WaitReason>,
        /// The rule that refused its postings, where it waits for a rule.
        waits_for_rule -> Nullable<Text>,
        /// By how much it doesn't add up, US dollars, where it waits for that: paid and adjusted, less the charge.
        waiting_difference -> Nullable<Numeric>,
        /// What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and member ids.
        other_segments -> Jsonb,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The 835 files that were read. Their bytes name patients and are not kept here.
    remittance_files (id) {
        /// Primary key.
        id -> RemittanceFileKey,
        /// SHA-256 of the bytes: the same file is the same row.
        sha256 -> Bytea,
        /// Where the bytes are kept, encrypted; empty where nobody said.
        stored_at -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a payer remarks on a claim or a service (X12 LQ, MOA, MIA).
    remittance_remarks (remittance_claim_id, remark_number) {
        /// The claim of the remittance.
        remittance_claim_id -> RemittanceClaimKey,
        /// Its place in that claim, from 1.
        remark_number -> Int2,
        /// The service that it is about; empty for the whole claim.
        service_number -> Nullable<Int2>,
        /// The list of its code: HE remark codes, RX pharmacy (X12 LQ01); MIA or MOA where it stands there.
        code_list -> Nullable<Text>,
        /// The remark, such as N706 or MA130.
        code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What a remittance says of a service (X12 SVC).
    remittance_services (remittance_claim_id, service_number) {
        /// The claim of the remittance.
        remittance_claim_id -> RemittanceClaimKey,
        /// Its place in that claim, from 1.
        service_number -> Int2,
        /// The list of its code: HC, AD, N4, HP, NU and others (X12 SVC01-1).
        code_qualifier -> Nullable<Text>,
        /// What is paid for, as sent (X12 SVC01-2).
        code -> Nullable<Text>,
        /// First modifier, as sent.
        modifier_1 -> Nullable<Text>,
        /// Second modifier.
        modifier_2 -> Nullable<Text>,
        /// Third modifier.
        modifier_3 -> Nullable<Text>,
        /// Fourth modifier.
        modifier_4 -> Nullable<Text>,
        /// Revenue code, as sent (X12 SVC04, or SVC01 with NU).
        revenue_code -> Nullable<Text>,
        /// What was billed, where it isn't what is paid for (X12 SVC06).
        billed_code -> Nullable<Text>,
        /// Charged, US dollars (X12 SVC02).
        charge_amount -> Numeric,
        /// Paid, US dollars (X12 SVC03).
        paid_amount -> Numeric,
        /// Allowed, US dollars: as the payer says (X12 AMT*B6), else what it paid and what the patient owes. Compare it with the contract.
        allowed_amount -> Numeric,
        /// Units paid; empty means one (X12 SVC05).
        units_paid -> Nullable<Numeric>,
        /// Units billed, where they aren't the units paid (X12 SVC07).
        units_billed -> Nullable<Numeric>,
        /// Day of the service, or the first (X12 DTM*472, 150).
        service_from -> Nullable<Date>,
        /// Last day of the service (X12 DTM*151).
        service_to -> Nullable<Date>,
        /// The provider's number of the line (X12 REF*6R).
        line_control_number -> Nullable<Text>,
        /// The claim of the line that it is about.
        claim_id -> Nullable<ClaimKey>,
        /// The line of the claim; empty where lines were split or bundled, or it isn't matched.
        line_number -> Nullable<Int2>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One payment of a payer with what it is for: an 835 transaction.
    remittances (id) {
        /// Primary key.
        id -> RemittanceKey,
        /// The file that it came in first.
        file_id -> RemittanceFileKey,
        /// Which transaction of the file it is, from 1.
        transaction_number -> Int4,
        /// SHA-256 of what it says, without its envelope and its patients: the same content in another envelope is the same remittance.
        content_sha256 -> Bytea,
        /// Who pays.
        payer_id -> PayerKey,
        /// Who is paid, by NPI (X12 N104 of the payee).
        payee_npi -> Nullable<Text>,
        /// Number of the check or transfer (X12 TRN02).
        trace_number -> Nullable<Text>,
        /// Who gave it that number (X12 TRN03).
        originator -> Nullable<Text>,
        /// What the bank does with it: I remits, H notifies only, C, D, P, U, X (X12 BPR01).
        handling -> Nullable<Text>,
        /// How it is paid: ACH, CHK, FWT, BOP or NON for nothing (X12 BPR04).
        method -> Nullable<Text>,
        /// The check, US dollars; below zero where the provider pays (X12 BPR02, BPR03).
        total_amount -> Numeric,
        /// Day of the payment (X12 BPR16).
        paid_on -> Nullable<Date>,
        /// Day on which the payer wrote it (X12 DTM*405).
        produced_on -> Nullable<Date>,
        /// What its claims are paid, predictions left out, less its provider adjustments, US dollars. Kept by the database.
        explained_amount -> Numeric,
        /// By how much the check is more than that, US dollars: zero where it adds up. Computed.
        difference -> Numeric,
        /// An earlier one of the same trace number, day and amount, of the same payer or originator, that says something else: a person decides whether this is another payment.
        repeats_id -> Nullable<RemittanceKey>,
        /// A person said that it isn't a payment of its own; it counts nowhere.
        is_dismissed -> Bool,
        /// Who decided about it: to post it although it repeats another or doesn't add up, or to dismiss it.
        reviewed_by -> Nullable<Text>,
        /// Day of that decision.
        reviewed_on -> Nullable<Date>,
        /// What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and member ids.
        other_segments -> Jsonb,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Migrations that older versions of the crate can't work with: those refuse to start on this database. Such a migration inserts its row itself.
    required_versions (migration) {
        /// The version of the migration, as in the ledger: the digits in front of its folder's name.
        migration -> Text,
        /// The first version of the crate that works with it, such as 1.4.0.
        crate_version -> Text,
        /// What an older binary would do wrong; it says so when it refuses.
        reason -> Text,
        /// When the migration was applied.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Which status may follow which. That of a claim follows from facts and isn't here.
    status_transitions (table_name, from_status, to_status) {
        /// appeals, write_offs or rebills.
        table_name -> Text,
        /// The status before; none for a new row.
        from_status -> Text,
        /// A status that may follow it.
        to_status -> Text,
        /// When the row was written.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// A decision to give up money, or to say by hand that somebody else owes it; only an approved one moves any.
    write_offs (id) {
        /// Primary key.
        id -> WriteOffKey,
        /// The denial that is given up, wholly or in part.
        denial_id -> DenialKey,
        /// The denial's claim.
        claim_id -> ClaimKey,
        /// The denial's payer; filled in when left out.
        payer_id -> PayerKey,
        /// The denial's code; filled in when left out.
        denial_code -> Text,
        /// What is posted once it is approved: write_off, contractual_adjustment, other_payer or patient_responsibility.
        kind -> PostingKind,
        /// To be given up, US dollars.
        amount -> Numeric,
        /// below_threshold, timely_filing_expired, non_covered_service, patient_responsibility, contract_adjustment, uncollectible or other.
        reason -> WriteOffReason,
        /// administrative, clinical, financial or patient_responsibility.
        category -> WriteOffCategory,
        /// pending_approval, approved, rejected or reversed.
        status -> WriteOffStatus,
        /// Could the practice have prevented the loss? Empty until someone has looked.
        preventable -> Nullable<Bool>,
        /// Role or user id that asked for it.
        requested_by -> Text,
        /// Day it was asked for.
        requested_on -> Date,
        /// Role or user id that approved it; never the one that asked; database where a policy did.
        approved_by -> Nullable<Text>,
        /// Day of the approval.
        approved_on -> Nullable<Date>,
        /// Role or user id that rejected it.
        rejected_by -> Nullable<Text>,
        /// Day of the rejection.
        rejected_on -> Nullable<Date>,
        /// Role or user id that took it back.
        reversed_by -> Nullable<Text>,
        /// Day it was taken back.
        reversed_on -> Nullable<Date>,
        /// The automatic policy that approves it by itself, as the work list says of the denial; empty where a person decides.
        policy_id -> Nullable<OrgPolicyKey>,
        /// What a later reader should know.
        notes -> Nullable<Text>,
        /// When the row was written.
        created_at -> Timestamptz,
        /// When the row last changed.
        updated_at -> Timestamptz,
        /// The login that wrote the row. Set by the database.
        recorded_login -> Text,
        /// The role that it had taken on. Set by the database.
        recorded_role -> Text,
    }
}

diesel::joinable!(adjustment_rules -> payers (payer_id));
diesel::joinable!(appeals -> claims (claim_id));
diesel::joinable!(appeals -> payers (payer_id));
diesel::joinable!(claim_diagnoses -> claims (claim_id));
diesel::joinable!(claim_lines -> claims (claim_id));
diesel::joinable!(claim_sources -> claims (claim_id));
diesel::joinable!(claims -> payers (payer_id));
diesel::joinable!(coding_rule_diagnoses -> coding_rules (coding_rule_id));
diesel::joinable!(coding_rules -> payers (payer_id));
diesel::joinable!(denial_notes -> denials (denial_id));
diesel::joinable!(denial_remarks -> denials (denial_id));
diesel::joinable!(denial_work_items -> org_policies (policy_id));
diesel::joinable!(denials -> payers (payer_id));
diesel::joinable!(filing_rules -> payers (payer_id));
diesel::joinable!(institutional_claims -> claims (claim_id));
diesel::joinable!(org_policies -> payers (payer_id));
diesel::joinable!(payer_identifiers -> payers (payer_id));
diesel::joinable!(payer_merges -> payers (into_payer_id));
diesel::joinable!(payment_variances -> payers (payer_id));
diesel::joinable!(postings -> remittance_claims (remittance_claim_id));
diesel::joinable!(provider_adjustments -> remittances (remittance_id));
diesel::joinable!(rebills -> payers (payer_id));
diesel::joinable!(remittance_adjustments -> remittance_claims (remittance_claim_id));
diesel::joinable!(remittance_claims -> claims (claim_id));
diesel::joinable!(remittance_claims -> remittances (remittance_id));
diesel::joinable!(remittance_remarks -> remittance_claims (remittance_claim_id));
diesel::joinable!(remittance_services -> remittance_claims (remittance_claim_id));
diesel::joinable!(remittances -> payers (payer_id));
diesel::joinable!(remittances -> remittance_files (file_id));
diesel::joinable!(write_offs -> claims (claim_id));
diesel::joinable!(write_offs -> org_policies (policy_id));
diesel::joinable!(write_offs -> payers (payer_id));

diesel::allow_tables_to_appear_in_same_query!(
    adjustment_rules,
    appeals,
    claim_diagnoses,
    claim_lines,
    claim_sources,
    claims,
    coding_rule_diagnoses,
    coding_rules,
    denial_notes,
    denial_remarks,
    denial_work_items,
    denials,
    filing_rules,
    institutional_claims,
    org_policies,
    payer_identifiers,
    payer_merges,
    payers,
    payment_variances,
    postings,
    provider_adjustments,
    rebills,
    remittance_adjustments,
    remittance_claims,
    remittance_files,
    remittance_remarks,
    remittance_services,
    remittances,
    write_offs,
);
