-- The whole schema after the last migration, for reading: scripts/print-structure writes it, the migrations make it.
-- Each object below its COMMENT. Rows, and the ledger of the migrations, are left out.

-- Domains and types

-- Id of a row of payers.
CREATE DOMAIN payer_key AS uuid;

-- Id of a row of payer_merges.
CREATE DOMAIN payer_merge_key AS uuid;

-- Id of a row of patient_corrections.
CREATE DOMAIN patient_correction_key AS uuid;

-- Id of a row of filing_rules.
CREATE DOMAIN filing_rule_key AS uuid;

-- Id of a row of claims.
CREATE DOMAIN claim_key AS uuid;

-- Id of a row of remittance_files.
CREATE DOMAIN remittance_file_key AS uuid;

-- Id of a row of remittances.
CREATE DOMAIN remittance_key AS uuid;

-- Id of a row of remittance_claims.
CREATE DOMAIN remittance_claim_key AS uuid;

-- Id of a row of adjustment_rules.
CREATE DOMAIN adjustment_rule_key AS uuid;

-- Id of a row of denials.
CREATE DOMAIN denial_key AS uuid;

-- Id of a row of denial_notes.
CREATE DOMAIN denial_note_key AS uuid;

-- Id of a row of postings.
CREATE DOMAIN posting_key AS uuid;

-- Id of a row of appeals.
CREATE DOMAIN appeal_key AS uuid;

-- Id of a row of write_offs.
CREATE DOMAIN write_off_key AS uuid;

-- Id of a row of rebills.
CREATE DOMAIN rebill_key AS uuid;

-- Id of a row of payment_variances.
CREATE DOMAIN payment_variance_key AS uuid;

-- Id of a row of denial_code_library.
CREATE DOMAIN denial_code_entry_key AS uuid;

-- Id of a row of org_policies.
CREATE DOMAIN org_policy_key AS uuid;

-- Id of a row of coding_rules.
CREATE DOMAIN coding_rule_key AS uuid;

-- Id of a row of audit_log.
CREATE DOMAIN audit_entry_key AS uuid;

-- What kind of payer it is.
CREATE DOMAIN payer_type AS text
    CONSTRAINT payer_type_known CHECK (VALUE IN ('commercial', 'medicare', 'medicaid', 'tricare',
        'workers_comp', 'other'));

-- Whose number it is: X12 NM108 PI (payer id) and XV (CMS plan id), REF01 2U, EO, HI and NF of a remittance's
-- payer, FI its tax id, TRN the company of its payments (TRN03).
CREATE DOMAIN payer_identifier_qualifier AS text
    CONSTRAINT payer_identifier_qualifier_known CHECK (VALUE IN ('PI', 'XV', '2U', 'EO',
        'HI', 'NF', 'FI', 'TRN'));

-- Which form of claim it is: X12 837P, 837I or 837D.
CREATE DOMAIN claim_type AS text
    CONSTRAINT claim_type_known CHECK (VALUE IN ('professional',
        'institutional', 'dental'));

-- What is filed with a payer by a day: a claim, its correction, or an appeal of a level.
CREATE DOMAIN filing_step AS text
    CONSTRAINT filing_step_known CHECK (VALUE IN ('original_claim', 'corrected_claim', 'first_level',
        'second_level', 'third_level', 'external_review'));

-- What a time limit counts from: first or last day of service, receipt of the remittance that answered the
-- claim, receipt of the decision before.
CREATE DOMAIN deadline_basis AS text
    CONSTRAINT deadline_basis_known CHECK (VALUE IN ('service_from', 'service_through',
        'remittance_receipt', 'decision'));

-- What a time limit is counted in.
CREATE DOMAIN length_unit AS text
    CONSTRAINT length_unit_known CHECK (VALUE IN ('days', 'months', 'years'));

-- Where a claim stands.
CREATE DOMAIN claim_status AS text
    CONSTRAINT claim_status_known CHECK (VALUE IN ('pending', 'submitted', 'paid', 'partially_paid',
        'denied', 'appealed', 'rebilled', 'written_off', 'voided'));

-- X12 CLM05-3, last digit of the type of bill: 1 the whole stay or visit, 2, 3 and 4 the first, a further and
-- the last part of a stay, 7 replacement, 8 void, 9 final claim of a home health episode, 0 no payment is
-- expected.
CREATE DOMAIN frequency_code AS text
    CONSTRAINT frequency_code_known CHECK (VALUE IN ('0', '1', '2',
        '3', '4', '7', '8', '9'));

-- What units count (X12 SV103, SV204): UN units, MJ minutes, DA days, F2 international units.
CREATE DOMAIN unit_basis AS text
    CONSTRAINT unit_basis_known CHECK (VALUE IN ('UN', 'MJ', 'DA', 'F2'));

-- What a quantity of a drug counts (X12 CTP05): F2 international units, GR grams, ME milligrams, ML millilitres,
-- UN units.
CREATE DOMAIN drug_unit AS text
    CONSTRAINT drug_unit_known CHECK (VALUE IN ('F2', 'GR', 'ME', 'ML', 'UN'));

-- Had the patient the diagnosis when admitted? Y yes, N no, U not documented, W can't be told, 1 exempt (X12
-- HI).
CREATE DOMAIN present_on_admission AS text
    CONSTRAINT present_on_admission_known CHECK (VALUE IN ('Y', 'N', 'U', 'W', '1'));

-- What an adjustment of a remittance is: what the contract takes off, what the patient owes, what an earlier
-- payer settled, a denial, or nothing that is posted.
CREATE DOMAIN disposition AS text
    CONSTRAINT disposition_known CHECK (VALUE IN ('contractual', 'patient',
        'other_payer', 'denial', 'none'));

-- What something of a remittance waits for: its claim, the choice of one of several claims, the merging of a
-- payer, the submission of the claim, an addition that balances, a person's review of the remittance, a
-- disposition, the denial that it takes from, a person who matches it, or what a rule asks for.
CREATE DOMAIN wait_reason AS text
    CONSTRAINT wait_reason_known CHECK (VALUE IN ('claim', 'one_of_several_claims', 'payer', 'submission',
        'balanced_service', 'balanced_claim', 'balanced_remittance', 'review', 'classification',
        'what_it_offsets', 'match', 'rule'));

-- What a denial is about.
CREATE DOMAIN denial_category AS text
    CONSTRAINT denial_category_known CHECK (VALUE IN ('authorization', 'missing_info', 'coding_error',
        'medical_necessity', 'non_covered', 'coordination_of_benefits', 'bundling', 'patient_responsibility',
        'timely_filing', 'duplicate', 'eligibility', 'provider_enrollment', 'frequency',
        'contractual_adjustment', 'other', 'unknown'));

-- What to do about a denial.
CREATE DOMAIN denial_action AS text
    CONSTRAINT denial_action_known CHECK (VALUE IN ('appeal', 'rebill', 'write_off', 'transfer_to_patient',
        'post_adjustment', 'follow_up', 'investigate'));

-- Which rule of triage decided.
CREATE DOMAIN triage_rule AS text
    CONSTRAINT triage_rule_known CHECK (VALUE IN ('contractual', 'policy', 'remark', 'library',
        'no_policy', 'not_appealable', 'code_not_valid', 'unknown_code'));

-- What is under way for a denial.
CREATE DOMAIN open_action AS text
    CONSTRAINT open_action_known CHECK (VALUE IN ('appeal',
        'filed_appeal', 'rebill'));

-- Whether a denial is settled.
CREATE DOMAIN resolution_status AS text
    CONSTRAINT resolution_status_known CHECK (VALUE IN ('pending', 'resolved',
        'rebilled', 'abandoned'));

-- What became of billed money.
CREATE DOMAIN posting_kind AS text
    CONSTRAINT posting_kind_known CHECK (VALUE IN ('payment', 'contractual_adjustment',
        'patient_responsibility', 'other_payer', 'write_off', 'rebilled', 'denial_withdrawn',
        'patient_payment', 'patient_write_off'));

-- Which review of the denial an appeal asks for.
CREATE DOMAIN appeal_level AS text
    CONSTRAINT appeal_level_known CHECK (VALUE IN ('first_level', 'second_level',
        'third_level', 'external_review'));

-- Where an appeal stands.
CREATE DOMAIN appeal_status AS text
    CONSTRAINT appeal_status_known CHECK (VALUE IN ('pending', 'in_progress', 'submitted', 'under_review',
        'approved', 'partially_approved', 'denied', 'withdrawn'));

-- How urgent work is.
CREATE DOMAIN priority AS text
    CONSTRAINT priority_known CHECK (VALUE IN ('high', 'medium', 'low'));

-- Why an amount is written off.
CREATE DOMAIN write_off_reason AS text
    CONSTRAINT write_off_reason_known CHECK (VALUE IN ('below_threshold', 'timely_filing_expired',
        'non_covered_service', 'patient_responsibility', 'contract_adjustment',
        'uncollectible', 'other'));

-- Which budget a write-off counts against.
CREATE DOMAIN write_off_category AS text
    CONSTRAINT write_off_category_known CHECK (VALUE IN ('administrative', 'clinical', 'financial',
        'patient_responsibility'));

-- Where a write-off stands.
CREATE DOMAIN write_off_status AS text
    CONSTRAINT write_off_status_known CHECK (VALUE IN ('pending_approval',
        'approved', 'rejected', 'reversed'));

-- Why a claim is sent again.
CREATE DOMAIN rebill_reason AS text
    CONSTRAINT rebill_reason_known CHECK (VALUE IN ('corrected_coding', 'added_modifier',
        'updated_diagnosis', 'corrected_info', 'resubmit_timely',
        'provider_change', 'other'));

-- Where a rebill stands.
CREATE DOMAIN rebill_status AS text
    CONSTRAINT rebill_status_known CHECK (VALUE IN ('pending', 'submitted', 'accepted', 'paid',
        'partially_paid', 'denied_again'));

-- Why a payment differs from the contract.
CREATE DOMAIN variance_reason AS text
    CONSTRAINT variance_reason_known CHECK (VALUE IN ('contract_adjustment', 'bundling',
        'non_covered_service', 'missing_authorization', 'credentialing_issue', 'coordination_of_benefits',
        'incorrect_coding', 'timely_filing', 'duplicate_claim', 'other'));

-- Which way a payment differs.
CREATE DOMAIN variance_type AS text
    CONSTRAINT variance_type_known CHECK (VALUE IN ('underpayment',
        'overpayment', 'expected'));

-- What an organization policy leads to.
CREATE DOMAIN policy_type AS text
    CONSTRAINT policy_type_known CHECK (VALUE IN ('appeal_threshold', 'write_off_threshold',
        'rebill_threshold', 'transfer_to_patient', 'approval_threshold'));

-- What a coding rule demands.
CREATE DOMAIN coding_rule_type AS text
    CONSTRAINT coding_rule_type_known CHECK (VALUE IN ('modifier_required', 'modifier_forbidden',
        'diagnosis_required', 'diagnosis_not_specific', 'incompatible_codes'));

-- Global period of a procedure in Medicare's fee schedule: 000, 010 or 090 days, MMM maternity, XXX does not
-- apply, YYY set by the carrier, ZZZ as of the procedure that it is added to.
CREATE DOMAIN global_days AS text
    CONSTRAINT global_days_known CHECK (VALUE IN ('000', '010', '090',
        'MMM', 'XXX', 'YYY', 'ZZZ'));

-- Bilateral indicator of a procedure in Medicare's fee schedule: 1 takes modifier 50, 0 has no second side, 2 is
-- priced for both sides, 3 is priced for each side, 9 does not apply.
CREATE DOMAIN bilateral_indicator AS text
    CONSTRAINT bilateral_indicator_known CHECK (VALUE IN ('0', '1', '2', '3', '9'));

-- Surgery by its global days: minor 000 or 010, major 090.
CREATE DOMAIN global_period AS text
    CONSTRAINT global_period_known CHECK (VALUE IN ('minor', 'major'));

-- How much a finding matters.
CREATE DOMAIN severity AS text
    CONSTRAINT severity_known CHECK (VALUE IN ('error', 'warning', 'info'));

-- US dollars: 0.00 to 9999999999.99, at most two decimals, never NaN or infinite.
CREATE DOMAIN usd AS numeric
    CONSTRAINT usd_is_money CHECK (VALUE >= 0 AND VALUE < 10000000000 AND scale(VALUE) <= 2);

-- US dollars, above or below zero, at most two decimals, never NaN or infinite.
CREATE DOMAIN signed_usd AS numeric
    CONSTRAINT signed_usd_is_money CHECK (VALUE > -10000000000 AND
        VALUE < 10000000000 AND scale(VALUE) <= 2);

-- US dollars as a file has them, with any number of digits and decimals; never NaN or infinite.
CREATE DOMAIN sent_usd AS numeric
    CONSTRAINT sent_usd_is_a_number CHECK (VALUE <> 'NaN'::numeric AND VALUE < 'Infinity'::numeric AND
        VALUE > '-Infinity'::numeric);

-- An element of a file as it came, without control characters; not blank.
CREATE DOMAIN as_sent AS text
    CONSTRAINT as_sent_fits CHECK (length(VALUE) <= 500)
    CONSTRAINT as_sent_is_printable CHECK (VALUE ~ '[^[:space:]]' AND VALUE !~ '[[:cntrl:]]');

-- A day from 1900 to 2199; a mistyped century and infinity are refused.
CREATE DOMAIN calendar_date AS date
    CONSTRAINT calendar_date_is_plausible CHECK (VALUE >= '1900-01-01'::date AND
        VALUE < '2200-01-01'::date);

-- A role or user id, such as appeals.specialist: at most 64 letters, digits, points, underscores, at signs and
-- hyphens. No two look alike but by case.
CREATE DOMAIN actor AS text
    CONSTRAINT actor_shape CHECK (VALUE ~ '^[A-Za-z0-9._@-]{1,64}$')
    CONSTRAINT actor_unlike_database CHECK (VALUE = 'database' OR
        lower(VALUE COLLATE "C") <> 'database');

-- Words: not empty, not blank.
CREATE DOMAIN text_given AS text
    CONSTRAINT text_given_fits CHECK (length(VALUE) <= 10000)
    CONSTRAINT text_given_is_not_blank CHECK (VALUE ~ '[^[:space:]]');

-- An identifier that people read aloud: capitals, digits and single hyphens, at most 38 characters (X12 CLM01).
CREATE DOMAIN business_id AS text
    CONSTRAINT business_id_shape CHECK (VALUE ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(VALUE) <= 38);

-- Pseudonym of a patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.
CREATE DOMAIN patient_reference AS text
    CONSTRAINT patient_reference_fits CHECK (length(VALUE) <= 100)
    CONSTRAINT patient_reference_shape CHECK (VALUE ~ '^[A-Za-z0-9._-]+$');

-- A payer's control number of a claim (X12 REF*F8).
CREATE DOMAIN control_number AS text
    CONSTRAINT control_number_fits CHECK (length(VALUE) <= 100)
    CONSTRAINT control_number_is_not_blank CHECK (VALUE ~ '[^[:space:]]');

-- What a claim was sent as and payers echo: printable characters, at most 38 (X12 CLM01).
CREATE DOMAIN patient_control_number AS text
    CONSTRAINT patient_control_number_shape CHECK (VALUE ~ '^[ -~]{1,38}$');

-- A name that a caller gives a command, so that it posts once: 1 to 100 printable characters without space.
CREATE DOMAIN idempotency_key AS text
    CONSTRAINT idempotency_key_shape CHECK (VALUE ~ '^[!-~]{1,100}$');

-- CMS place of service code, two digits.
CREATE DOMAIN place_of_service AS text
    CONSTRAINT place_of_service_shape CHECK (VALUE ~ '^[0-9]{2}$');

-- National Provider Identifier: ten digits with their check digit (45 CFR 162.406).
CREATE DOMAIN npi AS text
    CONSTRAINT npi_shape CHECK (VALUE ~ '^[12][0-9]{9}$')
    CONSTRAINT npi_checksum CHECK (VALUE !~ '^[0-9]{10}$' OR mod(24 +
        translate(substr(VALUE, 1, 1), '0123456789', '0246813579')::integer + substr(VALUE, 2, 1)::integer +
        translate(substr(VALUE, 3, 1), '0123456789', '0246813579')::integer + substr(VALUE, 4, 1)::integer +
        translate(substr(VALUE, 5, 1), '0123456789', '0246813579')::integer + substr(VALUE, 6, 1)::integer +
        translate(substr(VALUE, 7, 1), '0123456789', '0246813579')::integer + substr(VALUE, 8, 1)::integer +
        translate(substr(VALUE, 9, 1), '0123456789', '0246813579')::integer +
        substr(VALUE, 10, 1)::integer, 10) = 0);

-- A number that others know a payer by: printable characters, at most 80 (X12 NM109, REF02).
CREATE DOMAIN payer_identifier AS text
    CONSTRAINT payer_identifier_shape CHECK (VALUE ~ '^[!-~]([ -~]{0,78}[!-~])?$');

-- Claim adjustment group and reason (X12 CAS), such as CO-197.
CREATE DOMAIN denial_code AS text
    CONSTRAINT denial_code_shape CHECK (VALUE ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$');

-- Remittance advice remark code (X12 LQ, MOA, MIA), such as MA130 or N706.
CREATE DOMAIN remark_code AS text
    CONSTRAINT remark_code_shape CHECK (VALUE ~ '^(M[1-9][0-9]{0,2}|MA[0-9]{2,3}|N[1-9][0-9]{0,3})$');

-- ICD-10-CM code with its point, such as Z12.11.
CREATE DOMAIN diagnosis_code AS text
    CONSTRAINT diagnosis_code_shape CHECK (VALUE ~ '^[A-Z][0-9A-Z][0-9A-Z]([.][0-9A-Z]{1,4})?$');

-- Start of an ICD-10-CM code, such as Z12.
CREATE DOMAIN diagnosis_prefix AS text
    CONSTRAINT diagnosis_prefix_shape CHECK (VALUE ~ '^[A-Z]([0-9A-Z]([0-9A-Z]([.][0-9A-Z]{0,4})?)?)?$');

-- CPT or HCPCS Level II code, such as 99213 or G0121.
CREATE DOMAIN procedure_code AS text
    CONSTRAINT procedure_code_shape CHECK (VALUE ~ '^([0-9]{4}[0-9AFMTU]|[A-V][0-9]{4})$');

-- NUBC revenue code of an institutional service, four digits, such as 0450.
CREATE DOMAIN revenue_code AS text
    CONSTRAINT revenue_code_shape CHECK (VALUE ~ '^[0-9]{4}$');

-- HIPPS rate code of a prospective payment system, five characters.
CREATE DOMAIN rate_code AS text
    CONSTRAINT rate_code_shape CHECK (VALUE ~ '^[0-9A-Z]{5}$');

-- First two digits of the type of bill (X12 CLM05-1), such as 11 for a hospital's inpatients.
CREATE DOMAIN facility_code AS text
    CONSTRAINT facility_code_shape CHECK (VALUE ~ '^[1-9][0-9A-Z]$');

-- National Drug Code, eleven digits without hyphens.
CREATE DOMAIN ndc AS text
    CONSTRAINT ndc_shape CHECK (VALUE ~ '^[0-9]{11}$');

-- A tooth by the universal system: 1 to 32, A to T for first teeth; 51 to 82 and AS to TS for those beyond the
-- count.
CREATE DOMAIN tooth AS text
    CONSTRAINT tooth_shape CHECK (VALUE ~ '^([1-9]|[12][0-9]|3[0-2]|5[1-9]|[67][0-9]|8[0-2]|[A-T]|[A-T]S)$');

-- Surfaces of a tooth, each once: B buccal, D distal, F facial, I incisal, L lingual, M mesial, O occlusal.
CREATE DOMAIN tooth_surfaces AS text
    CONSTRAINT tooth_surfaces_shape CHECK (VALUE ~ '^[BDFILMO]{1,5}$' AND VALUE !~ '(.).*\1');

-- CPT or HCPCS modifier, such as 25 or RT.
CREATE DOMAIN procedure_modifier AS text
    CONSTRAINT procedure_modifier_shape CHECK (VALUE ~ '^[A-Z0-9]{2}$');

-- What triage looks at.
CREATE TYPE denial_to_triage AS (
    -- The payer of the claim.
    payer_id uuid,
    -- Group and reason, such as CO-197.
    denial_code text,
    -- Day of the payer's decision.
    denied_on date,
    -- What is open, US dollars: of a new denial all of it.
    open_amount numeric,
    -- The remark codes, such as MA130.
    remarks text[],
    -- The denial, whose claim and appeals say more about its last day; empty of one that isn't stored.
    denial_id uuid
);

-- What triage says.
CREATE TYPE triaged_denial AS (
    -- What the library says of the code, else of the same reason under another group, else unknown.
    category denial_category,
    -- Does an appeal make sense? Only if the library says so of this very code, and neither the type of the payer
    -- nor a remark takes the appeal away, and a level is left.
    appealable boolean,
    -- appeal, rebill, write_off, transfer_to_patient, post_adjustment or investigate; empty when nothing is open.
    action denial_action,
    -- May a program act without asking, as long as the last day is not over?
    automatic boolean,
    -- high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is open.
    priority priority,
    -- Days from the denial by which to act; empty when nothing is open.
    days integer,
    -- Day by which to act, never after the last day; empty when nothing is open.
    act_by date,
    -- Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by
    -- filing_rules; empty where there is none or nobody knows.
    last_day date,
    -- The policy that decides; empty when none fits.
    policy_id org_policy_key,
    -- Its name.
    policy_name text,
    -- The remark that counts; empty when none does.
    remark_code remark_code,
    -- Which rule decides; empty when nothing is open.
    decided_by triage_rule,
    -- The same in a sentence.
    reason text,
    -- How to do it, from the remark that counts, else from the library; empty where neither speaks of that action.
    next_steps text,
    -- From this open amount on the answer is the same, US dollars.
    amount_from numeric,
    -- Below this open amount the answer is the same, US dollars; empty for no limit.
    amount_below numeric
);

-- What denial_report() groups by.
CREATE DOMAIN denial_grouping AS text
    CONSTRAINT denial_grouping_known CHECK (VALUE IN ('whole', 'category', 'payer',
        'code', 'procedure', 'month'));

-- What appeal_report() groups by.
CREATE DOMAIN appeal_grouping AS text
    CONSTRAINT appeal_grouping_known CHECK (VALUE IN ('whole',
        'level', 'payer', 'code'));

-- What write_off_report() groups by.
CREATE DOMAIN write_off_grouping AS text
    CONSTRAINT write_off_grouping_known CHECK (VALUE IN ('whole', 'reason', 'category'));

-- What rebill_report() groups by.
CREATE DOMAIN rebill_grouping AS text
    CONSTRAINT rebill_grouping_known CHECK (VALUE IN ('whole', 'reason'));

-- What variance_report() groups by.
CREATE DOMAIN variance_grouping AS text
    CONSTRAINT variance_grouping_known CHECK (VALUE IN ('whole', 'payer', 'reason'));

-- What the tables stand on

-- Has a function look for tables and functions in its own schema, whoever calls it; one that trusts its caller's
-- search_path can be led to other tables: select pin_search_path(cast('keep_totals()' as regprocedure)).
CREATE FUNCTION pin_search_path(pinned regprocedure)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    -- Not "from current": that would keep whatever the session that migrates has besides.
    execute format(
        'alter function %s set search_path = pg_catalog, %I, pg_temp',
        pinned, (select nspname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace where pg_proc.oid = pinned)
    );
end
$$;

-- Trigger: sets updated_at unless the statement sets it itself or changes nothing; a row with generated columns
-- always counts as changed.
CREATE FUNCTION diesel_set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    if new is distinct from old then
        new.updated_at := current_timestamp;
    end if;
    return new;
end
$$;

-- Keeps updated_at of a table: select diesel_manage_updated_at(cast('claims' as regclass)).
CREATE FUNCTION diesel_manage_updated_at(managed_table regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $$
begin
    execute format(
        'create trigger set_updated_at before update on %s for each row '
        'when (new.updated_at is not distinct from old.updated_at) execute function diesel_set_updated_at()',
        managed_table
    );
end
$$;
SELECT pin_search_path('diesel_manage_updated_at(regclass)');

-- Trigger: sets updated_at of a row that a client has changed, after the change.
CREATE FUNCTION set_updated_at_afterwards()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    if new.updated_at is not distinct from old.updated_at then
        execute format('update %I.%I set updated_at = now() where id = $1', tg_table_schema, tg_table_name) using new.id;
    end if;
    return null;
end
$$;
REVOKE EXECUTE ON FUNCTION set_updated_at_afterwards() FROM PUBLIC;

-- Keeps updated_at of a table whose rows triggers update often: select
-- manage_updated_at_afterwards(cast('claims' as regclass)).
CREATE FUNCTION manage_updated_at_afterwards(managed_table regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $$
begin
    execute format(
        'create trigger set_updated_at after update on %s for each row '
        'when (pg_trigger_depth() = 0) '
        'execute function set_updated_at_afterwards()',
        managed_table
    );
end
$$;
SELECT pin_search_path('manage_updated_at_afterwards(regclass)');

-- A time-ordered UUID (RFC 9562, version 7): milliseconds, then 12 bits of their fraction, then 62 random bits.
CREATE FUNCTION uuidv7()
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
RETURN ((OVERLAY(lpad(to_hex(((EXTRACT(epoch FROM clock_timestamp()) * (4096000)::numeric))::bigint), 15, '0') PLACING '7' FROM 13 FOR 0) || substr((gen_random_uuid())::text, 20)))::uuid;

-- The status of a claim, from its days, its totals in US dollars and the counts of answers and of filed appeals.
CREATE FUNCTION status_of_claim(voided_on date, submitted_on date, frequency_code text, open_denied numeric, filed_appeals integer, answers integer, charged numeric, paid numeric, contractual numeric, patient_responsibility numeric, other_payer numeric, written_off numeric, rebilled numeric)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $$
begin
    return case
        when voided_on is not null then 'voided'
        when submitted_on is null then 'pending'
        when open_denied > 0 then
            case when filed_appeals > 0 then 'appealed' when paid > 0 then 'partially_paid' else 'denied' end
        -- The payer owes an answer, about all of it or about the rest.
        when answers = 0
            or frequency_code <> '8'
                and charged > paid + contractual + patient_responsibility + other_payer + written_off + rebilled
            then case when paid > 0 then 'partially_paid' else 'submitted' end
        when rebilled > 0 then 'rebilled'
        when written_off > 0 and paid = 0 and contractual = 0 and patient_responsibility = 0 and other_payer = 0
            then 'written_off'
        else 'paid'
    end;
end
$$;
SELECT pin_search_path('status_of_claim(date, date, text, numeric, integer, integer, numeric, numeric, numeric, numeric, numeric, numeric, numeric)');

-- Where a denial stands, from its totals in US dollars.
CREATE FUNCTION status_of_denial(denied numeric, recovered numeric, written_off numeric, transferred numeric, adjusted numeric, rebilled numeric, withdrawn numeric)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $$
begin
    return case
        when recovered + written_off + transferred + adjusted + rebilled + withdrawn < denied then 'pending'
        when rebilled > 0 then 'rebilled'
        when written_off > 0 and written_off + withdrawn = denied then 'abandoned'
        else 'resolved'
    end;
end
$$;
SELECT pin_search_path('status_of_denial(numeric, numeric, numeric, numeric, numeric, numeric, numeric)');

-- Tables, each with its indexes

-- One row: may programs destroy or seed this database? Written at the first migration, changed by `migrate
-- environment set`.
CREATE TABLE database_environment (
    -- Always true: there is one row.
    singleton boolean DEFAULT true NOT NULL,
    -- development or production. Programs that destroy or seed refuse production.
    environment text NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the environment last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT database_environment_pkey PRIMARY KEY (singleton),
    CONSTRAINT database_environment_has_one_row CHECK (singleton),
    CONSTRAINT database_environment_known CHECK (environment IN ('development', 'production'))
);

-- Migrations that older versions of the crate can't work with: those refuse to start on this database. Such a
-- migration inserts its row itself.
CREATE TABLE required_versions (
    -- The version of the migration, as in the ledger: the digits in front of its folder's name.
    migration text NOT NULL,
    -- The first version of the crate that works with it, such as 1.4.0.
    crate_version text NOT NULL,
    -- What an older binary would do wrong; it says so when it refuses.
    reason text_given NOT NULL,
    -- When the migration was applied.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT required_versions_pkey PRIMARY KEY (migration),
    CONSTRAINT required_versions_migration_is_a_version CHECK (migration ~ '^\d{14}$'),
    CONSTRAINT required_versions_crate_version_is_three_numbers CHECK (crate_version ~ '^\d{1,6}\.\d{1,6}\.\d{1,6}$')
);

-- Who pays: insurers and public programs.
CREATE TABLE payers (
    -- Primary key.
    id payer_key DEFAULT uuidv7() NOT NULL,
    -- Business identifier, such as BCBS-CA-001.
    payer_id business_id NOT NULL,
    -- Name as it stands on remittances.
    name text_given NOT NULL,
    -- commercial, medicare, medicaid, tricare, workers_comp or other.
    payer_type payer_type NOT NULL,
    -- Addresses, telephone numbers and portals, whose shape differs from payer to payer.
    contact_details jsonb DEFAULT '{}'::jsonb NOT NULL,
    -- Was it made from a file that names it, and is it still to be completed: its type, its own filing_rules, or
    -- merged with another?
    is_provisional boolean DEFAULT false NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payers_pkey PRIMARY KEY (id),
    CONSTRAINT payers_payer_id_unique UNIQUE (payer_id),
    CONSTRAINT payers_contact_details_fit CHECK (octet_length(concat(contact_details)) <= 1000000),
    CONSTRAINT payers_contact_details_is_object CHECK (jsonb_typeof(contact_details) = 'object')
);

-- Payers that are to be completed, the first first.
CREATE INDEX payers_to_complete ON payers (created_at, id)
    WHERE is_provisional;

-- The numbers that clearinghouses, remittances and banks know a payer by; a payer has several.
CREATE TABLE payer_identifiers (
    -- Whose number it is: PI, XV, 2U, EO, HI, NF, FI or TRN.
    qualifier payer_identifier_qualifier NOT NULL,
    -- The number.
    value payer_identifier NOT NULL,
    -- The payer.
    payer_id payer_key NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payer_identifiers_pkey PRIMARY KEY (qualifier, value),
    CONSTRAINT payer_identifiers_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT
);

-- A payer's numbers; also serves the foreign key.
CREATE INDEX payer_identifiers_by_payer ON payer_identifiers (payer_id);

-- Time limits. Of those that fit, a payer's own goes before one of its type, that before one for any payer; then
-- one of the claim's type before one for any; then the one that began last.
CREATE TABLE filing_rules (
    -- Primary key.
    id filing_rule_key DEFAULT uuidv7() NOT NULL,
    -- The payer that sets it; empty for several.
    payer_id payer_key,
    -- The type of payers that it is for; empty for any, or where a payer is named.
    payer_type payer_type,
    -- The form of claims that it is for; empty for any.
    claim_type claim_type,
    -- original_claim, corrected_claim (one that replaces another), or the level of an appeal: first_level,
    -- second_level, third_level or external_review.
    step filing_step NOT NULL,
    -- What it counts from. service_from, service_through: first or last day of service. remittance_receipt: receipt
    -- of the remittance that answered the claim. decision: receipt of the decision that is appealed, which at the
    -- first level is that remittance.
    basis deadline_basis NOT NULL,
    -- How long, at most ten years.
    length smallint NOT NULL,
    -- days, months or years.
    unit length_unit DEFAULT 'days' NOT NULL,
    -- Days after its date by which a notice counts as received, at most 30.
    receipt_days smallint DEFAULT 0 NOT NULL,
    -- First day from which it counts; empty for no limit.
    valid_from calendar_date,
    -- Last day from which it counts; empty for no limit.
    valid_to calendar_date,
    -- Who says so: the regulation, manual or contract.
    source text_given NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT filing_rules_pkey PRIMARY KEY (id),
    CONSTRAINT filing_rules_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT filing_rules_payer_or_type CHECK (payer_id IS NULL OR payer_type IS NULL),
    CONSTRAINT filing_rules_basis_fits_step CHECK (
    CASE
        WHEN step = 'original_claim' THEN basis IN ('service_from', 'service_through')
        WHEN step = 'corrected_claim' THEN basis <> 'decision'
        ELSE basis IN ('remittance_receipt', 'decision')
    END),
    CONSTRAINT filing_rules_length_positive CHECK (length > 0),
    CONSTRAINT filing_rules_length_limited CHECK (length <=
    CASE unit
        WHEN 'days' THEN 3660
        WHEN 'months' THEN 120
        ELSE 10
    END),
    CONSTRAINT filing_rules_receipt_days_range CHECK (receipt_days >= 0 AND receipt_days <= 30),
    CONSTRAINT filing_rules_receipt_is_of_a_notice CHECK (receipt_days = 0 OR
            (basis IN ('remittance_receipt', 'decision'))),
    CONSTRAINT filing_rules_validity_ordered CHECK (valid_from <= valid_to)
);

-- The rules of a payer; also serves the foreign key.
CREATE INDEX filing_rules_by_payer ON filing_rules (payer_id)
    WHERE payer_id IS NOT NULL;

-- Of rules that fit, one is the most specific.
CREATE UNIQUE INDEX filing_rules_one_answer ON filing_rules (step, COALESCE(payer_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid), COALESCE(payer_type, ''), COALESCE(claim_type, ''), COALESCE(valid_from, '-infinity'::date));

-- What a denial code means and what usually helps, in our own words.
CREATE TABLE denial_code_library (
    -- Primary key.
    id denial_code_entry_key DEFAULT uuidv7() NOT NULL,
    -- Group and reason, such as CO-197.
    denial_code denial_code NOT NULL,
    -- authorization, missing_info, coding_error, medical_necessity, non_covered, coordination_of_benefits, bundling,
    -- patient_responsibility, timely_filing, duplicate, eligibility, provider_enrollment, frequency,
    -- contractual_adjustment, other or unknown.
    category denial_category NOT NULL,
    -- Meaning, in our own words.
    description text_given NOT NULL,
    -- Does an appeal make sense at all?
    appealable boolean NOT NULL,
    -- The types of payers whose decision under this code can't be appealed; empty for none.
    not_appealable_by text[],
    -- appeal, rebill, write_off, transfer_to_patient, investigate, or post_adjustment for what is no denial.
    recommended_action denial_action NOT NULL,
    -- Appeals that succeed, in percent, where a benchmark is known; the organization's own rate comes from its
    -- appeals.
    benchmark_appeal_success_percentage numeric,
    -- What usually settles it.
    usual_resolution text_given NOT NULL,
    -- What keeps it from happening again.
    prevention text_given NOT NULL,
    -- First day on which payers use the code; empty for no limit.
    valid_from calendar_date,
    -- Last day on which payers use the code; empty for no limit. A retired code stays, for old remittances.
    valid_to calendar_date,
    -- Where a fact of the row is taken from; empty where it is common knowledge.
    source text_given,
    -- What an adjustment of this code is on a remittance, unless adjustment_rules says otherwise. Computed.
    disposition disposition GENERATED ALWAYS AS (
    CASE
        WHEN category = 'patient_responsibility' THEN 'patient'
        WHEN category <> 'contractual_adjustment' THEN 'denial'
        WHEN split_part(denial_code, '-', 2) = '23' THEN 'other_payer'
        ELSE 'contractual'
    END) STORED NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denial_code_library_pkey PRIMARY KEY (id),
    CONSTRAINT denial_code_library_denial_code_unique UNIQUE (denial_code),
    CONSTRAINT denial_code_library_follows_nothing_up CHECK (recommended_action <> 'follow_up'),
    CONSTRAINT denial_code_library_appeal_needs_appealable CHECK (appealable OR
            recommended_action <> 'appeal'),
    CONSTRAINT denial_code_library_contractual_is_posted CHECK ((category = 'contractual_adjustment') = (recommended_action = 'post_adjustment')),
    CONSTRAINT denial_code_library_contract_binds CHECK (recommended_action <> 'transfer_to_patient' OR denial_code !~~ 'CO-%'),
    CONSTRAINT denial_code_library_not_appealable_by_known CHECK (not_appealable_by <@ ARRAY['commercial',
            'medicare', 'medicaid', 'tricare', 'workers_comp', 'other'] AND cardinality(not_appealable_by) > 0 AND
            array_position(not_appealable_by, NULL) IS NULL),
    CONSTRAINT denial_code_library_validity_ordered CHECK (valid_from <= valid_to),
    CONSTRAINT denial_code_library_benchmark_range CHECK (benchmark_appeal_success_percentage >= 0 AND
            benchmark_appeal_success_percentage <= 100 AND scale(benchmark_appeal_success_percentage) <= 2)
);

-- What a payer's remark changes for a denial, in our own words. A remark that changes nothing has neither action
-- nor steps.
CREATE TABLE remark_code_library (
    -- Remittance advice remark code, such as MA130.
    remark_code remark_code NOT NULL,
    -- Meaning, in our own words.
    description text_given NOT NULL,
    -- What the remark is about; empty for anything. For people: triage goes by the denial's code.
    category denial_category,
    -- Does it say that there is no appeal?
    prevents_appeal boolean DEFAULT false NOT NULL,
    -- Does it say that the claim counts as never filed? Then the limit of the claim runs on, not that of a
    -- correction.
    asks_for_new_claim boolean DEFAULT false NOT NULL,
    -- appeal, rebill or investigate, before what the library says of the denial's code; empty where that holds.
    recommended_action denial_action,
    -- What to do, before what the library says; empty where it changes nothing.
    next_steps text_given,
    -- Where a fact of the row is taken from; empty where it is common knowledge.
    source text_given,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT remark_code_library_pkey PRIMARY KEY (remark_code),
    CONSTRAINT remark_code_library_action_can_be_remarked CHECK (recommended_action IN ('appeal',
            'rebill', 'investigate')),
    CONSTRAINT remark_code_library_new_claim_is_a_rebill CHECK (NOT asks_for_new_claim OR
            COALESCE(recommended_action, 'appeal') = 'rebill'),
    CONSTRAINT remark_code_library_action_has_steps CHECK (recommended_action IS NULL OR next_steps IS NOT NULL),
    CONSTRAINT remark_code_library_no_appeal_says_what_else CHECK (NOT prevents_appeal OR
            COALESCE(recommended_action, 'appeal') <> 'appeal')
);

-- What the organization does with a denial of a code or category and size.
CREATE TABLE org_policies (
    -- Primary key.
    id org_policy_key DEFAULT uuidv7() NOT NULL,
    -- Name that people use.
    name text_given NOT NULL,
    -- appeal_threshold, write_off_threshold, rebill_threshold or transfer_to_patient: the action that it leads to.
    -- approval_threshold: from min_amount on, what people post by hand to settle a denial is approved by another
    -- one.
    policy_type policy_type NOT NULL,
    -- The payer that it is for; empty for any.
    payer_id payer_key,
    -- The denial category that it is for; empty for any.
    denial_category denial_category,
    -- The code that it is for, such as CO-197; empty for any. It comes before policies for a category.
    denial_code denial_code,
    -- The types of payers that it is for; empty for any.
    payer_types text[],
    -- The group of denial codes that it is not for: CO, PR, OA or PI (X12 CAS01); empty for none.
    except_group text,
    -- From this open amount on, US dollars, inclusive.
    min_amount usd DEFAULT 0 NOT NULL,
    -- Below this open amount, US dollars, exclusive; empty for no limit.
    max_amount usd,
    -- Days from the denial by which to act, at most 3660.
    days_to_act integer NOT NULL,
    -- May a program act without asking?
    automatic boolean DEFAULT false NOT NULL,
    -- Of several policies that fit, the one with the lowest rank decides.
    priority_rank integer NOT NULL,
    -- First day that it applies; empty for no limit.
    valid_from calendar_date,
    -- Last day that it applies; empty for no limit.
    valid_to calendar_date,
    -- Is it in use?
    active boolean DEFAULT true NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT org_policies_pkey PRIMARY KEY (id),
    CONSTRAINT org_policies_name_unique UNIQUE (name),
    CONSTRAINT org_policies_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT org_policies_code_or_category CHECK (denial_category IS NULL OR denial_code IS NULL),
    CONSTRAINT org_policies_payer_types_known CHECK (payer_types <@ ARRAY['commercial', 'medicare', 'medicaid',
            'tricare', 'workers_comp', 'other'] AND cardinality(payer_types) > 0 AND
            array_position(payer_types, NULL) IS NULL),
    CONSTRAINT org_policies_except_group_is_one CHECK (except_group IN ('CO', 'PR', 'OA', 'PI')),
    CONSTRAINT org_policies_amounts_ordered CHECK (min_amount < max_amount),
    CONSTRAINT org_policies_days_to_act_positive CHECK (days_to_act > 0),
    CONSTRAINT org_policies_days_to_act_limited CHECK (days_to_act <= 3660),
    CONSTRAINT org_policies_priority_rank_positive CHECK (priority_rank > 0),
    CONSTRAINT org_policies_validity_ordered CHECK (valid_from <= valid_to)
);

-- A payer's policies; also serves the foreign key.
CREATE INDEX org_policies_by_payer ON org_policies (payer_id)
    WHERE payer_id IS NOT NULL;

-- One bill to one payer.
CREATE TABLE claims (
    -- Primary key.
    id claim_key DEFAULT uuidv7() NOT NULL,
    -- Business identifier, such as CLM-2024-001235; sent as X12 CLM01 unless claim_details has another.
    claim_id business_id NOT NULL,
    -- Pseudonym of the patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.
    patient_reference patient_reference NOT NULL,
    -- The payer that is billed.
    payer_id payer_key NOT NULL,
    -- professional (X12 837P), institutional (837I) or dental (837D).
    claim_type claim_type NOT NULL,
    -- 1 original, 7 replacement of an earlier claim, 8 void of it (X12 CLM05-3). An 8 has no charges and no
    -- receivable.
    frequency_code frequency_code DEFAULT '1' NOT NULL,
    -- The earlier claim that a replacement or void names.
    replaces_claim_id claim_key,
    -- Billed, US dollars: the sum of the charges of its lines; zero for an encounter.
    amount usd NOT NULL,
    -- First day of service.
    service_from calendar_date NOT NULL,
    -- Last day of service.
    service_to calendar_date NOT NULL,
    -- Day it went to the payer; empty while it is pending. Stays once set.
    submitted_on calendar_date,
    -- Day it was cancelled. Stays once set.
    voided_on calendar_date,
    -- Paid by the payer, less what it took back, US dollars. Kept from postings.
    paid_amount signed_usd DEFAULT 0 NOT NULL,
    -- Taken off by the contract (CO-45), US dollars. Kept from postings.
    contractual_amount signed_usd DEFAULT 0 NOT NULL,
    -- Deductible, coinsurance, copayment: owed by the patient (PR-1, PR-2, PR-3), US dollars. Kept from postings.
    patient_responsibility_amount signed_usd DEFAULT 0 NOT NULL,
    -- Settled by what an earlier payer did (OA-23), or billed to a later one, US dollars. Kept from postings.
    other_payer_amount signed_usd DEFAULT 0 NOT NULL,
    -- Given up of what the payer owed, US dollars. Kept from postings.
    written_off_amount signed_usd DEFAULT 0 NOT NULL,
    -- Moved to a new claim, US dollars. Kept from postings.
    rebilled_amount signed_usd DEFAULT 0 NOT NULL,
    -- Paid by the patient, less refunds, US dollars. Kept from postings.
    patient_paid_amount signed_usd DEFAULT 0 NOT NULL,
    -- Given up of what the patient owed, US dollars. Kept from postings.
    patient_written_off_amount signed_usd DEFAULT 0 NOT NULL,
    -- Refused and still open, US dollars: the sum of the open amounts of its denials. Kept from denials and
    -- postings.
    open_denied_amount signed_usd DEFAULT 0 NOT NULL,
    -- How often the payer answered: its postings and denials. What the patient pays at the visit is no answer. Kept
    -- from postings and denials.
    answers integer DEFAULT 0 NOT NULL,
    -- Its appeals that are filed and undecided, or granted and not yet paid. Kept from appeals.
    filed_appeals integer DEFAULT 0 NOT NULL,
    -- What the payer still owes, US dollars; below zero where it paid too much: the amount less payments,
    -- contractual adjustments, patient responsibility, other payers, write-offs and what was rebilled. Zero for a
    -- voided claim and for an 8. Computed.
    payer_balance_amount signed_usd GENERATED ALWAYS AS (
    CASE
        WHEN voided_on IS NOT NULL OR frequency_code = '8' THEN '0'::numeric
        ELSE amount - paid_amount - contractual_amount - patient_responsibility_amount - other_payer_amount -
            written_off_amount - rebilled_amount
    END) STORED NOT NULL,
    -- What the patient still owes, US dollars; below zero for a credit: patient responsibility less what the patient
    -- paid and what was given up. Zero for a voided claim. Computed.
    patient_balance_amount signed_usd GENERATED ALWAYS AS (
    CASE
        WHEN voided_on IS NOT NULL THEN '0'::numeric
        ELSE patient_responsibility_amount - patient_paid_amount -
            patient_written_off_amount
    END) STORED NOT NULL,
    -- pending, submitted, paid, partially_paid, denied, appealed, rebilled, written_off or voided: what follows from
    -- dates, postings, denials and appeals. Computed.
    status claim_status GENERATED ALWAYS AS (status_of_claim(voided_on, submitted_on, frequency_code, open_denied_amount, filed_appeals, answers, amount, paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount, written_off_amount, rebilled_amount)) STORED NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (id),
    CONSTRAINT claims_claim_id_unique UNIQUE (claim_id),
    CONSTRAINT claims_id_payer_id_unique UNIQUE (id, payer_id),
    CONSTRAINT claims_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT claims_replaces_claim_id_exists FOREIGN KEY (replaces_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claims_replacement_names_original CHECK ((frequency_code IN ('7',
            '8')) = (replaces_claim_id IS NOT NULL)),
    CONSTRAINT claims_replaces_another_claim CHECK (replaces_claim_id::uuid <> id::uuid),
    CONSTRAINT claims_service_dates_ordered CHECK (service_to >= service_from),
    CONSTRAINT claims_submitted_after_service CHECK (submitted_on >= service_from),
    CONSTRAINT claims_pending_is_unanswered CHECK (answers = 0 OR
            submitted_on IS NOT NULL),
    CONSTRAINT claims_voided_has_nothing_open CHECK (voided_on IS NULL OR
            open_denied_amount = 0.0),
    CONSTRAINT claims_totals_not_negative CHECK (LEAST(written_off_amount, rebilled_amount, patient_written_off_amount, open_denied_amount) >= 0.0 AND
            LEAST(answers, filed_appeals) >= 0),
    CONSTRAINT claims_open_denials_within_balance CHECK (open_denied_amount = 0.0 OR voided_on IS NOT NULL OR
            open_denied_amount <= payer_balance_amount)
);

-- A patient's claims, newest service first.
CREATE INDEX claims_by_patient ON claims (patient_reference, service_from DESC, id DESC);

-- A payer's claims, newest service first; also serves the foreign key.
CREATE INDEX claims_by_payer ON claims (payer_id, service_from DESC, id DESC);

-- The replacements of a claim; also serves the foreign key.
CREATE INDEX claims_by_replaced_claim ON claims (replaces_claim_id)
    WHERE replaces_claim_id IS NOT NULL;

-- Claims, newest service first; those of status paid, which most are, too.
CREATE INDEX claims_by_service ON claims (service_from DESC, id DESC);

-- Claims of which the patient owes a part, oldest service first.
CREATE INDEX claims_patients_owe ON claims (service_from, id)
    WHERE patient_balance_amount > 0;

-- The same of a payer.
CREATE INDEX claims_patients_owe_by_payer ON claims (payer_id, service_from, id)
    WHERE patient_balance_amount > 0;

-- Claims of any status but paid, newest service first.
CREATE INDEX claims_to_work ON claims (status, service_from DESC, id DESC)
    WHERE status <> 'paid';

-- A payer's claims of any status but paid and submitted, newest service first.
CREATE INDEX claims_to_work_by_payer ON claims (payer_id, status, service_from DESC, id DESC)
    WHERE status <> ALL (ARRAY['paid', 'submitted']);

-- What identifies a claim to others and relates it to them, at most one row per claim.
CREATE TABLE claim_details (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- What was sent as X12 CLM01, where it is not the claim's claim_id; payers echo it. Not unique.
    patient_control_number patient_control_number,
    -- The number that the payer gave the claim; on a replacement or void, that of the claim that it names (X12
    -- REF*F8).
    payer_claim_control_number control_number,
    -- CMS place of service code, such as 11 for an office.
    place_of_service place_of_service,
    -- Which payer of the patient it goes to: 1 the primary, 2 the secondary, up to 11 (X12 SBR01).
    payer_sequence smallint DEFAULT 1 NOT NULL,
    -- The claim of the payer before, for the same services (coordination of benefits).
    prior_claim_id claim_key,
    -- Who bills, by NPI.
    billing_provider npi,
    -- Who rendered the services, by NPI.
    rendering_provider npi,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT claim_details_pkey PRIMARY KEY (claim_id),
    CONSTRAINT claim_details_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_details_prior_claim_id_exists FOREIGN KEY (prior_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_details_prior_claim_is_another CHECK (prior_claim_id::uuid <> claim_id::uuid),
    CONSTRAINT claim_details_prior_claim_of_later_payer CHECK (prior_claim_id IS NULL OR payer_sequence > 1),
    CONSTRAINT claim_details_payer_sequence_range CHECK (payer_sequence >= 1 AND payer_sequence <= 11)
);

-- Finds the claim that a payer echoes.
CREATE INDEX claim_details_by_patient_control_number ON claim_details (patient_control_number)
    WHERE patient_control_number IS NOT NULL;

-- Finds the claim by the payer's number.
CREATE INDEX claim_details_by_payer_claim_control_number ON claim_details (payer_claim_control_number)
    WHERE payer_claim_control_number IS NOT NULL;

-- The claims of later payers; also serves the foreign key.
CREATE INDEX claim_details_by_prior_claim ON claim_details (prior_claim_id)
    WHERE prior_claim_id IS NOT NULL;

-- What only the claims of hospitals and other institutions say (X12 837I), one row per claim. Its days of
-- service are the statement's.
CREATE TABLE institutional_claims (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- First two digits of the type of bill; the third is the claim's frequency_code.
    facility_code facility_code NOT NULL,
    -- Day of admission, or on which care began.
    admitted_on calendar_date,
    -- Hour of admission, 0 to 23.
    admission_hour smallint,
    -- NUBC priority of the admission, such as 1 for an emergency (X12 CL101).
    admission_type text,
    -- NUBC point of origin (X12 CL102).
    admission_source text,
    -- Hour of discharge, 0 to 23.
    discharge_hour smallint,
    -- NUBC discharge status, such as 01 for discharged home (X12 CL103).
    patient_status text,
    -- ICD-10-CM code of what the patient was admitted for.
    admitting_diagnosis diagnosis_code,
    -- Diagnosis related group that was billed.
    drg text,
    CONSTRAINT institutional_claims_pkey PRIMARY KEY (claim_id),
    CONSTRAINT institutional_claims_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT institutional_claims_admission_hour_range CHECK (admission_hour >= 0 AND admission_hour <= 23),
    CONSTRAINT institutional_claims_discharge_hour_range CHECK (discharge_hour >= 0 AND discharge_hour <= 23),
    CONSTRAINT institutional_claims_admission_type_shape CHECK (admission_type ~ '^[1-9]$'),
    CONSTRAINT institutional_claims_admission_source_shape CHECK (admission_source ~ '^[0-9A-Z]$'),
    CONSTRAINT institutional_claims_patient_status_shape CHECK (patient_status ~ '^[0-9]{2}$'),
    CONSTRAINT institutional_claims_drg_shape CHECK (drg ~ '^[0-9]{3,4}$')
);

-- The claims that came in files (X12 837), one row per claim.
CREATE TABLE claim_sources (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- SHA-256 of what makes it this claim: billing provider, control number, payer, payer's sequence, frequency,
    -- first day of service and the transaction's reference (X12 BHT03).
    identity_sha256 bytea NOT NULL,
    -- SHA-256 of what it says, without its patient: the same content is the same claim, other content is refused.
    content_sha256 bytea NOT NULL,
    -- The key that made its patient's reference: the first eight hexadecimal digits of a hash of it.
    pseudonym_key text NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT claim_sources_pkey PRIMARY KEY (claim_id),
    CONSTRAINT claim_sources_identity_unique UNIQUE (identity_sha256),
    CONSTRAINT claim_sources_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_sources_identity_sha256_length CHECK (octet_length(identity_sha256) = 32),
    CONSTRAINT claim_sources_content_sha256_length CHECK (octet_length(content_sha256) = 32),
    CONSTRAINT claim_sources_pseudonym_key_shape CHECK (pseudonym_key ~ '^[0-9a-f]{8}$')
);

-- The diagnoses of a claim, in order; the first is the principal one.
CREATE TABLE claim_diagnoses (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- Position on the claim, 1 to 25 (X12 HI; 12 of a professional claim); lines point to it.
    ordinal smallint NOT NULL,
    -- ICD-10-CM code.
    diagnosis_code diagnosis_code NOT NULL,
    -- Had the patient it when admitted? Y, N, U, W or 1; empty where nobody asks.
    present_on_admission present_on_admission,
    CONSTRAINT claim_diagnoses_pkey PRIMARY KEY (claim_id, ordinal),
    CONSTRAINT claim_diagnoses_diagnosis_code_unique UNIQUE (claim_id, diagnosis_code),
    CONSTRAINT claim_diagnoses_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_diagnoses_ordinal_range CHECK (ordinal >= 1 AND ordinal <= 25)
);

-- The services of a claim, one line each.
CREATE TABLE claim_lines (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- Position on the claim, from 1 (X12 LX).
    line_number smallint NOT NULL,
    -- CPT, HCPCS or CDT code of the service; a line of an institutional claim may have its revenue code alone.
    procedure_code procedure_code,
    -- NUBC revenue code of an institutional service.
    revenue_code revenue_code,
    -- First modifier.
    modifier_1 procedure_modifier,
    -- Second modifier.
    modifier_2 procedure_modifier,
    -- Third modifier.
    modifier_3 procedure_modifier,
    -- Fourth modifier.
    modifier_4 procedure_modifier,
    -- Units of service, of which claim_line_details says what they count; can be fractional, at most three decimals.
    units numeric DEFAULT 1 NOT NULL,
    -- Charge for all units, US dollars.
    charge_amount usd NOT NULL,
    -- Day of the service, or its first.
    service_date calendar_date NOT NULL,
    -- Last day of a service of more than one.
    service_to calendar_date,
    -- Ordinal of the diagnosis that the service is for; institutional claims do without.
    diagnosis_pointer_1 smallint,
    -- Ordinal of a second diagnosis.
    diagnosis_pointer_2 smallint,
    -- Ordinal of a third diagnosis.
    diagnosis_pointer_3 smallint,
    -- Ordinal of a fourth diagnosis.
    diagnosis_pointer_4 smallint,
    CONSTRAINT claim_lines_pkey PRIMARY KEY (claim_id, line_number),
    CONSTRAINT claim_lines_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_lines_diagnosis_pointer_1_exists FOREIGN KEY (claim_id, diagnosis_pointer_1)
            REFERENCES claim_diagnoses(claim_id, ordinal) ON DELETE RESTRICT,
    CONSTRAINT claim_lines_diagnosis_pointer_2_exists FOREIGN KEY (claim_id, diagnosis_pointer_2)
            REFERENCES claim_diagnoses(claim_id, ordinal) ON DELETE RESTRICT,
    CONSTRAINT claim_lines_diagnosis_pointer_3_exists FOREIGN KEY (claim_id, diagnosis_pointer_3)
            REFERENCES claim_diagnoses(claim_id, ordinal) ON DELETE RESTRICT,
    CONSTRAINT claim_lines_diagnosis_pointer_4_exists FOREIGN KEY (claim_id, diagnosis_pointer_4)
            REFERENCES claim_diagnoses(claim_id, ordinal) ON DELETE RESTRICT,
    CONSTRAINT claim_lines_line_number_range CHECK (line_number >= 1 AND line_number <= 999),
    CONSTRAINT claim_lines_names_service CHECK (procedure_code IS NOT NULL OR
            revenue_code IS NOT NULL),
    CONSTRAINT claim_lines_modifiers_without_gap CHECK ((modifier_1 IS NULL OR procedure_code IS NOT NULL) AND
            (modifier_2 IS NULL OR modifier_1 IS NOT NULL) AND (modifier_3 IS NULL OR modifier_2 IS NOT NULL) AND
            (modifier_4 IS NULL OR modifier_3 IS NOT NULL)),
    CONSTRAINT claim_lines_modifiers_differ CHECK ((modifier_1 <> modifier_2 AND modifier_1 <> modifier_3 AND
            modifier_1 <> modifier_4) IS NOT FALSE AND (modifier_2 <> modifier_3 AND
            modifier_2 <> modifier_4) IS NOT FALSE AND (modifier_3 <> modifier_4) IS NOT FALSE),
    CONSTRAINT claim_lines_units_range CHECK (units > 0 AND
            units < 100000 AND scale(units) <= 3),
    CONSTRAINT claim_lines_service_dates_ordered CHECK (service_to > service_date),
    CONSTRAINT claim_lines_diagnosis_pointers_without_gap CHECK ((diagnosis_pointer_2 IS NULL OR
            diagnosis_pointer_1 IS NOT NULL) AND (diagnosis_pointer_3 IS NULL OR diagnosis_pointer_2 IS NOT NULL) AND
            (diagnosis_pointer_4 IS NULL OR diagnosis_pointer_3 IS NOT NULL)),
    CONSTRAINT claim_lines_diagnosis_pointers_differ CHECK ((diagnosis_pointer_1 <> diagnosis_pointer_2 AND
            diagnosis_pointer_1 <> diagnosis_pointer_3 AND diagnosis_pointer_1 <> diagnosis_pointer_4) IS NOT FALSE AND
            (diagnosis_pointer_2 <> diagnosis_pointer_3 AND diagnosis_pointer_2 <> diagnosis_pointer_4) IS NOT FALSE AND
            (diagnosis_pointer_3 <> diagnosis_pointer_4) IS NOT FALSE)
);

-- What only some lines say, at most one row per line.
CREATE TABLE claim_line_details (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- The line.
    line_number smallint NOT NULL,
    -- What the line's units count: UN units, MJ minutes, DA days, F2 international units.
    unit_basis unit_basis DEFAULT 'UN' NOT NULL,
    -- CMS place of service code, where it isn't the claim's.
    place_of_service place_of_service,
    -- Who rendered it, by NPI, where it isn't the claim's.
    rendering_provider npi,
    -- What the line was sent as and payers echo (X12 REF*6R).
    line_control_number patient_control_number,
    -- HIPPS rate code, beside a revenue code such as 0023.
    rate_code rate_code,
    -- National Drug Code of what was given.
    ndc ndc,
    -- How much of it, at most three decimals.
    drug_quantity numeric,
    -- What that counts: F2, GR, ME, ML or UN.
    drug_unit drug_unit,
    CONSTRAINT claim_line_details_pkey PRIMARY KEY (claim_id, line_number),
    CONSTRAINT claim_line_details_line_exists FOREIGN KEY (claim_id, line_number)
            REFERENCES claim_lines(claim_id, line_number) ON DELETE RESTRICT,
    CONSTRAINT claim_line_details_drug_has_quantity CHECK ((drug_quantity IS NULL) = (drug_unit IS NULL) AND
            (drug_quantity IS NULL OR ndc IS NOT NULL)),
    CONSTRAINT claim_line_details_drug_quantity_range CHECK (drug_quantity > 0 AND drug_quantity < 1000000000 AND
            scale(drug_quantity) <= 3)
);

-- The teeth of a dental service (X12 TOO).
CREATE TABLE claim_line_teeth (
    -- The claim.
    claim_id claim_key NOT NULL,
    -- The line.
    line_number smallint NOT NULL,
    -- The tooth by the universal system.
    tooth tooth NOT NULL,
    -- The surfaces that were treated; empty for the whole tooth.
    surfaces tooth_surfaces,
    CONSTRAINT claim_line_teeth_pkey PRIMARY KEY (claim_id, line_number, tooth),
    CONSTRAINT claim_line_teeth_line_exists FOREIGN KEY (claim_id, line_number)
            REFERENCES claim_lines(claim_id, line_number) ON DELETE RESTRICT
);

-- The 835 files that were read. Their bytes name patients and are not kept here.
CREATE TABLE remittance_files (
    -- Primary key.
    id remittance_file_key DEFAULT uuidv7() NOT NULL,
    -- SHA-256 of the bytes: the same file is the same row.
    sha256 bytea NOT NULL,
    -- Where the bytes are kept, encrypted; empty where nobody said.
    stored_at text_given,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT remittance_files_pkey PRIMARY KEY (id),
    CONSTRAINT remittance_files_sha256_unique UNIQUE (sha256),
    CONSTRAINT remittance_files_sha256_length CHECK (octet_length(sha256) = 32)
);

-- One payment of a payer with what it is for: an 835 transaction.
CREATE TABLE remittances (
    -- Primary key.
    id remittance_key DEFAULT uuidv7() NOT NULL,
    -- The file that it came in first.
    file_id remittance_file_key NOT NULL,
    -- Which transaction of the file it is, from 1.
    transaction_number integer NOT NULL,
    -- SHA-256 of what it says, without its envelope and its patients: the same content in another envelope is the
    -- same remittance.
    content_sha256 bytea NOT NULL,
    -- Who pays.
    payer_id payer_key NOT NULL,
    -- Who is paid, by NPI (X12 N104 of the payee).
    payee_npi as_sent,
    -- Number of the check or transfer (X12 TRN02).
    trace_number as_sent,
    -- Who gave it that number (X12 TRN03).
    originator as_sent,
    -- What the bank does with it: I remits, H notifies only, C, D, P, U, X (X12 BPR01).
    handling as_sent,
    -- How it is paid: ACH, CHK, FWT, BOP or NON for nothing (X12 BPR04).
    method as_sent,
    -- The check, US dollars; below zero where the provider pays (X12 BPR02, BPR03).
    total_amount sent_usd NOT NULL,
    -- Day of the payment (X12 BPR16).
    paid_on calendar_date,
    -- Day on which the payer wrote it (X12 DTM*405).
    produced_on calendar_date,
    -- What its claims are paid, predictions left out, less its provider adjustments, US dollars. Kept by the
    -- database.
    explained_amount sent_usd DEFAULT 0 NOT NULL,
    -- By how much the check is more than that, US dollars: zero where it adds up. Computed.
    difference numeric GENERATED ALWAYS AS (total_amount -
            explained_amount) STORED NOT NULL,
    -- An earlier one of the same trace number, day and amount, of the same payer or originator, that says something
    -- else: a person decides whether this is another payment.
    repeats_id remittance_key,
    -- A person said that it isn't a payment of its own; it counts nowhere.
    is_dismissed boolean DEFAULT false NOT NULL,
    -- Who decided about it: to post it although it repeats another or doesn't add up, or to dismiss it.
    reviewed_by actor,
    -- Day of that decision.
    reviewed_on calendar_date,
    -- What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and
    -- member ids.
    other_segments jsonb DEFAULT '[]'::jsonb NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT remittances_pkey PRIMARY KEY (id),
    CONSTRAINT remittances_transaction_number_unique UNIQUE (file_id, transaction_number),
    CONSTRAINT remittances_content_unique UNIQUE (content_sha256),
    CONSTRAINT remittances_file_id_exists FOREIGN KEY (file_id)
            REFERENCES remittance_files(id) ON DELETE RESTRICT,
    CONSTRAINT remittances_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT remittances_repeats_id_exists FOREIGN KEY (repeats_id)
            REFERENCES remittances(id) ON DELETE RESTRICT,
    CONSTRAINT remittances_content_sha256_length CHECK (octet_length(content_sha256) = 32),
    CONSTRAINT remittances_review_says_who_and_when CHECK ((reviewed_by IS NULL) = (reviewed_on IS NULL)),
    CONSTRAINT remittances_dismissed_by_somebody CHECK (NOT is_dismissed OR reviewed_by IS NOT NULL),
    CONSTRAINT remittances_other_segments_fit CHECK (octet_length(concat(other_segments)) <= 1000000),
    CONSTRAINT remittances_other_segments_is_array CHECK (jsonb_typeof(other_segments) = 'array')
);

-- Payments, newest first.
CREATE INDEX remittances_by_day ON remittances (paid_on DESC, id DESC);

-- A payer's payments, newest first; also serves the foreign key.
CREATE INDEX remittances_by_payer ON remittances (payer_id, paid_on DESC, id DESC);

-- Finds the payment that a bank names, and the one that is sent again.
CREATE INDEX remittances_by_trace ON remittances (trace_number, payer_id);

-- What repeats a payment; serves the foreign key.
CREATE INDEX remittances_repeated ON remittances (repeats_id)
    WHERE repeats_id IS NOT NULL;

-- What waits for a person: what doesn't add up or repeats a payment.
CREATE INDEX remittances_to_review ON remittances (id)
    WHERE (difference <> 0 OR repeats_id IS NOT NULL) AND reviewed_by IS NULL;

-- What a remittance says of a claim (X12 CLP).
CREATE TABLE remittance_claims (
    -- Primary key.
    id remittance_claim_key DEFAULT uuidv7() NOT NULL,
    -- The remittance.
    remittance_id remittance_key NOT NULL,
    -- Its place in the remittance, from 1.
    claim_number integer NOT NULL,
    -- The provider's number of the claim, as the payer echoes it (X12 CLP01).
    patient_control_number as_sent,
    -- The payer's number of the claim (X12 CLP07).
    payer_claim_control_number as_sent,
    -- X12 CLP02: 1, 2, 3 processed as primary, secondary, tertiary, 4 denied, 19, 20, 21 and forwarded, 22 a
    -- reversal, 25 a prediction that moves nothing.
    claim_status as_sent,
    -- Charged, US dollars, below zero on a reversal (X12 CLP03).
    charge_amount sent_usd NOT NULL,
    -- Paid, US dollars, below zero where it is taken back (X12 CLP04).
    paid_amount sent_usd NOT NULL,
    -- The patient's share as the payer sums it up, US dollars (X12 CLP05); the adjustments count.
    patient_amount sent_usd,
    -- Kind of plan (X12 CLP06).
    filing_indicator as_sent,
    -- Place of service, or type of bill without its last digit (X12 CLP08).
    facility_code as_sent,
    -- X12 CLP09.
    frequency_code as_sent,
    -- Diagnosis related group (X12 CLP11).
    drg as_sent,
    -- Who rendered the services, by NPI (X12 NM1*82).
    rendering_npi as_sent,
    -- First day of service (X12 DTM*232, or the earliest of its services).
    service_from calendar_date,
    -- Last day of service (X12 DTM*233, or the latest of its services).
    service_to calendar_date,
    -- Day on which the payer received the claim (X12 DTM*050).
    received_on calendar_date,
    -- Does it take back what an earlier one said? Status 22, or a charge below zero, or money back without a charge.
    -- Computed.
    is_reversal boolean GENERATED ALWAYS AS (COALESCE(claim_status, '') = '22' OR charge_amount < 0 OR
            charge_amount = 0 AND paid_amount < 0) STORED NOT NULL,
    -- Is it a prediction, which moves nothing (status 25)? Computed.
    is_prediction boolean GENERATED ALWAYS AS (COALESCE(claim_status, '') = '25') STORED NOT NULL,
    -- The claim that it is about; empty until it is matched.
    claim_id claim_key,
    -- Who matched it: a role or user id.
    matched_by actor,
    -- Business day on which it was posted; empty while it waits.
    posted_on calendar_date,
    -- Who posted it: a role or user id.
    posted_by actor,
    -- May postings and denials of it be written? Only in the transaction that posts it or takes it back, until it is
    -- compared with them. Kept by the database.
    being_posted boolean DEFAULT false NOT NULL,
    -- Why it isn't posted.
    waits_for wait_reason,
    -- The rule that refused its postings, where it waits for a rule.
    waits_for_rule text_given,
    -- By how much it doesn't add up, US dollars, where it waits for that: paid and adjusted, less the charge.
    waiting_difference sent_usd,
    -- What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and
    -- member ids.
    other_segments jsonb DEFAULT '[]'::jsonb NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT remittance_claims_pkey PRIMARY KEY (id),
    CONSTRAINT remittance_claims_claim_number_unique UNIQUE (remittance_id, claim_number),
    CONSTRAINT remittance_claims_remittance_id_exists FOREIGN KEY (remittance_id)
            REFERENCES remittances(id) ON DELETE RESTRICT,
    CONSTRAINT remittance_claims_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT remittance_claims_match_says_who CHECK ((claim_id IS NULL) = (matched_by IS NULL)),
    CONSTRAINT remittance_claims_posting_says_who CHECK ((posted_on IS NULL) = (posted_by IS NULL)),
    CONSTRAINT remittance_claims_posted_is_matched CHECK (posted_on IS NULL OR claim_id IS NOT NULL),
    CONSTRAINT remittance_claims_prediction_moves_nothing CHECK (posted_on IS NULL OR
            COALESCE(claim_status, '') <> '25'),
    CONSTRAINT remittance_claims_posted_waits_for_nothing CHECK (posted_on IS NULL OR waits_for IS NULL),
    CONSTRAINT remittance_claims_refused_by_a_rule CHECK ((waits_for = 'rule') IS NOT TRUE OR
            waits_for_rule IS NOT NULL),
    CONSTRAINT remittance_claims_other_segments_fit CHECK (octet_length(concat(other_segments)) <= 1000000),
    CONSTRAINT remittance_claims_other_segments_is_array CHECK (jsonb_typeof(other_segments) = 'array')
);

-- What payers said of a claim; also serves the foreign key.
CREATE INDEX remittance_claims_by_claim ON remittance_claims (claim_id)
    WHERE claim_id IS NOT NULL;

-- Finds what payers said under a number, matched or not.
CREATE INDEX remittance_claims_by_control_number ON remittance_claims (patient_control_number);

-- Finds what a payer took back, by its own number.
CREATE INDEX remittance_claims_reversals ON remittance_claims (payer_claim_control_number)
    WHERE is_reversal;

-- What waits, in the order in which it came.
CREATE INDEX remittance_claims_unposted ON remittance_claims (remittance_id, claim_number) INCLUDE (waits_for)
    WHERE posted_on IS NULL AND NOT is_prediction;

-- What a remittance says of a service (X12 SVC).
CREATE TABLE remittance_services (
    -- The claim of the remittance.
    remittance_claim_id remittance_claim_key NOT NULL,
    -- Its place in that claim, from 1.
    service_number smallint NOT NULL,
    -- The list of its code: HC, AD, N4, HP, NU and others (X12 SVC01-1).
    code_qualifier as_sent,
    -- What is paid for, as sent (X12 SVC01-2).
    code as_sent,
    -- First modifier, as sent.
    modifier_1 as_sent,
    -- Second modifier.
    modifier_2 as_sent,
    -- Third modifier.
    modifier_3 as_sent,
    -- Fourth modifier.
    modifier_4 as_sent,
    -- Revenue code, as sent (X12 SVC04, or SVC01 with NU).
    revenue_code as_sent,
    -- What was billed, where it isn't what is paid for (X12 SVC06).
    billed_code as_sent,
    -- Charged, US dollars (X12 SVC02).
    charge_amount sent_usd NOT NULL,
    -- Paid, US dollars (X12 SVC03).
    paid_amount sent_usd NOT NULL,
    -- Allowed, US dollars: as the payer says (X12 AMT*B6), else what it paid and what the patient owes. Compare it
    -- with the contract.
    allowed_amount sent_usd NOT NULL,
    -- Units paid; empty means one (X12 SVC05).
    units_paid numeric,
    -- Units billed, where they aren't the units paid (X12 SVC07).
    units_billed numeric,
    -- Day of the service, or the first (X12 DTM*472, 150).
    service_from calendar_date,
    -- Last day of the service (X12 DTM*151).
    service_to calendar_date,
    -- The provider's number of the line (X12 REF*6R).
    line_control_number as_sent,
    -- The claim of the line that it is about.
    claim_id claim_key,
    -- The line of the claim; empty where lines were split or bundled, or it isn't matched.
    line_number smallint,
    CONSTRAINT remittance_services_pkey PRIMARY KEY (remittance_claim_id, service_number),
    CONSTRAINT remittance_services_remittance_claim_id_exists FOREIGN KEY (remittance_claim_id)
            REFERENCES remittance_claims(id) ON DELETE RESTRICT,
    CONSTRAINT remittance_services_line_of_claim FOREIGN KEY (claim_id, line_number)
            REFERENCES claim_lines(claim_id, line_number) ON DELETE RESTRICT,
    CONSTRAINT remittance_services_line_names_claim CHECK ((claim_id IS NULL) = (line_number IS NULL))
);

-- What payers said of a line; also serves the foreign key.
CREATE INDEX remittance_services_by_line ON remittance_services (claim_id, line_number)
    WHERE claim_id IS NOT NULL;

-- What a payer doesn't pay, and why (X12 CAS).
CREATE TABLE remittance_adjustments (
    -- The claim of the remittance.
    remittance_claim_id remittance_claim_key NOT NULL,
    -- Its place in that claim, from 1.
    adjustment_number smallint NOT NULL,
    -- The service that it is about; empty for the whole claim.
    service_number smallint,
    -- Who bears it: CO, PR, OA, PI, in old ones CR (X12 CAS01).
    group_code as_sent,
    -- Claim adjustment reason code (X12 CAS02).
    reason_code as_sent,
    -- How much less is paid, US dollars; below zero adds.
    amount sent_usd NOT NULL,
    -- How many units less.
    quantity numeric,
    -- What it is to us: what a person said, else adjustment_rules, else denial_code_library. Empty until it is
    -- posted or a person says it.
    disposition disposition,
    -- Does nobody know its code, so that what it refuses is taken for a denial?
    is_assumed boolean DEFAULT false NOT NULL,
    -- Who said what it is: a role or user id; empty where the rules did.
    classified_by actor,
    -- Group and reason, such as CO-197. Computed.
    denial_code text GENERATED ALWAYS AS ((COALESCE(group_code, '') || '-') || COALESCE(reason_code, '')) STORED NOT NULL,
    CONSTRAINT remittance_adjustments_pkey PRIMARY KEY (remittance_claim_id, adjustment_number),
    CONSTRAINT remittance_adjustments_denied UNIQUE (remittance_claim_id, adjustment_number, amount),
    CONSTRAINT remittance_adjustments_remittance_claim_id_exists FOREIGN KEY (remittance_claim_id)
            REFERENCES remittance_claims(id) ON DELETE RESTRICT,
    CONSTRAINT remittance_adjustments_service_of_claim FOREIGN KEY (remittance_claim_id, service_number)
            REFERENCES remittance_services(remittance_claim_id, service_number) ON DELETE RESTRICT,
    CONSTRAINT remittance_adjustments_classified_as_something CHECK (classified_by IS NULL OR disposition IS NOT NULL),
    CONSTRAINT remittance_adjustments_denial_has_code CHECK (classified_by IS NULL OR disposition <> 'denial' OR
            denial_code ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$')
);

-- What is to be classified.
CREATE INDEX remittance_adjustments_assumed ON remittance_adjustments (denial_code)
    WHERE is_assumed;

-- What a payer remarks on a claim or a service (X12 LQ, MOA, MIA).
CREATE TABLE remittance_remarks (
    -- The claim of the remittance.
    remittance_claim_id remittance_claim_key NOT NULL,
    -- Its place in that claim, from 1.
    remark_number smallint NOT NULL,
    -- The service that it is about; empty for the whole claim.
    service_number smallint,
    -- The list of its code: HE remark codes, RX pharmacy (X12 LQ01); MIA or MOA where it stands there.
    code_list as_sent,
    -- The remark, such as N706 or MA130.
    code as_sent NOT NULL,
    CONSTRAINT remittance_remarks_pkey PRIMARY KEY (remittance_claim_id, remark_number),
    CONSTRAINT remittance_remarks_remittance_claim_id_exists FOREIGN KEY (remittance_claim_id)
            REFERENCES remittance_claims(id) ON DELETE RESTRICT,
    CONSTRAINT remittance_remarks_service_of_claim FOREIGN KEY (remittance_claim_id, service_number)
            REFERENCES remittance_services(remittance_claim_id, service_number) ON DELETE RESTRICT
);

-- What a payer withholds or adds beside the claims (X12 PLB). It posts nothing on claims; the check is what is
-- paid for claims less the sum of these.
CREATE TABLE provider_adjustments (
    -- The remittance.
    remittance_id remittance_key NOT NULL,
    -- Its place in the remittance, from 1.
    adjustment_number integer NOT NULL,
    -- The provider, as sent (X12 PLB01).
    provider as_sent,
    -- End of the provider's fiscal period (X12 PLB02).
    fiscal_period_ends_on calendar_date,
    -- WO an overpayment recovered, FB a balance carried forward, L6 interest, 72, CS and others (X12 PLB03-1).
    reason_code as_sent,
    -- What it refers to: a claim or a remittance mostly (X12 PLB03-2).
    reference as_sent,
    -- How much less is paid, US dollars; below zero adds (X12 PLB04).
    amount sent_usd NOT NULL,
    CONSTRAINT provider_adjustments_pkey PRIMARY KEY (remittance_id, adjustment_number),
    CONSTRAINT provider_adjustments_remittance_id_exists FOREIGN KEY (remittance_id)
            REFERENCES remittances(id) ON DELETE RESTRICT
);

-- What has another side: recoveries and balances carried forward, each by its amount.
CREATE INDEX provider_adjustments_to_settle ON provider_adjustments (reason_code, amount)
    WHERE reason_code IN ('WO', 'FB');

-- What an adjustment is to us, where it isn't what denial_code_library says of its code. A payer's own rule goes
-- before one for all, one of a reason before one of its group.
CREATE TABLE adjustment_rules (
    -- Primary key.
    id adjustment_rule_key DEFAULT uuidv7() NOT NULL,
    -- The payer whose adjustments it is about; empty for all.
    payer_id payer_key,
    -- CO, PR, OA, PI or CR (X12 CAS01).
    group_code text_given NOT NULL,
    -- Claim adjustment reason code (X12 CAS02); empty for all of the group.
    reason_code text_given,
    -- What it is to us.
    disposition disposition NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT adjustment_rules_pkey PRIMARY KEY (id),
    CONSTRAINT adjustment_rules_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT adjustment_rules_denial_has_code CHECK (disposition <> 'denial' OR
            (group_code IN ('CO', 'PR', 'OA', 'PI')))
);

-- The rules of a payer; serves the foreign key.
CREATE INDEX adjustment_rules_by_payer ON adjustment_rules (payer_id)
    WHERE payer_id IS NOT NULL;

-- Payer, group and reason have one answer.
CREATE UNIQUE INDEX adjustment_rules_one_answer ON adjustment_rules (COALESCE(payer_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid), group_code, COALESCE(reason_code, ''));

-- One refusal of a claim or of part of it, for one code.
CREATE TABLE denials (
    -- Primary key.
    id denial_key DEFAULT uuidv7() NOT NULL,
    -- The claim that was refused.
    claim_id claim_key NOT NULL,
    -- The claim's payer; filled in when left out.
    payer_id payer_key NOT NULL,
    -- The refused line of the claim; empty when the claim as a whole was refused.
    line_number smallint,
    -- Group and reason, such as CO-197; need not stand in denial_code_library.
    denial_code denial_code NOT NULL,
    -- Day of the payer's decision.
    denied_on calendar_date NOT NULL,
    -- Refused, US dollars.
    denial_amount usd NOT NULL,
    -- What went wrong, in the words of whoever found out.
    root_cause text_given,
    -- Could the practice have prevented it? Empty until someone has looked.
    preventable boolean,
    -- Who works it: a role or user id; empty for whoever comes next.
    assigned_to actor,
    -- Paid after all, US dollars. Kept from postings.
    recovered_amount signed_usd DEFAULT 0 NOT NULL,
    -- Given up, US dollars. Kept from postings.
    written_off_amount signed_usd DEFAULT 0 NOT NULL,
    -- Moved to the patient, US dollars. Kept from postings.
    transferred_amount signed_usd DEFAULT 0 NOT NULL,
    -- Taken off by the contract or settled by an earlier payer, US dollars. Kept from postings.
    adjusted_amount signed_usd DEFAULT 0 NOT NULL,
    -- Moved to a new claim, US dollars. Kept from postings.
    rebilled_amount signed_usd DEFAULT 0 NOT NULL,
    -- Taken back by the payer, US dollars: the denial ends, the claim's balance stays. Kept from postings.
    withdrawn_amount signed_usd DEFAULT 0 NOT NULL,
    -- Approved by decided appeals and not yet paid, US dollars: part of the open amount that waits for the payer.
    -- Kept from appeals.
    granted_amount signed_usd DEFAULT 0 NOT NULL,
    -- What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is. Kept from appeals
    -- and rebills.
    open_action open_action,
    -- The claim of a remittance that says it; empty where it was recorded by hand.
    remittance_claim_id remittance_claim_key,
    -- The adjustment there, which has its amount.
    adjustment_number smallint,
    -- The claim of a remittance by which the payer took it back. It is off the work list; the payer's correction
    -- settles it, or a person withdraws it.
    taken_back_in_id remittance_claim_key,
    -- The adjustment there.
    taken_back_adjustment_number smallint,
    -- Still open, US dollars. Computed.
    open_amount signed_usd GENERATED ALWAYS AS (denial_amount - recovered_amount - written_off_amount -
            transferred_amount - adjusted_amount - rebilled_amount -
            withdrawn_amount) STORED NOT NULL,
    -- pending while anything is open; then rebilled if any of it was, abandoned if all that wasn't withdrawn was
    -- written off, else resolved. Computed.
    resolution_status resolution_status GENERATED ALWAYS AS (status_of_denial(denial_amount, recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount, withdrawn_amount)) STORED NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denials_pkey PRIMARY KEY (id),
    CONSTRAINT denials_what_follows_it_carries UNIQUE (id, claim_id, payer_id, denial_code),
    CONSTRAINT denials_id_claim_id_unique UNIQUE (id, claim_id),
    CONSTRAINT denials_claim_of_payer FOREIGN KEY (claim_id, payer_id)
            REFERENCES claims(id, payer_id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT denials_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT denials_claim_line_of_claim FOREIGN KEY (claim_id, line_number)
            REFERENCES claim_lines(claim_id, line_number) ON DELETE RESTRICT,
    CONSTRAINT denials_adjustment_says_so FOREIGN KEY (remittance_claim_id, adjustment_number, denial_amount)
            REFERENCES remittance_adjustments(remittance_claim_id, adjustment_number, amount) ON DELETE RESTRICT,
    CONSTRAINT denials_taken_back_by_adjustment FOREIGN KEY (taken_back_in_id, taken_back_adjustment_number)
            REFERENCES remittance_adjustments(remittance_claim_id, adjustment_number) ON DELETE RESTRICT,
    CONSTRAINT denials_adjustment_of_remittance CHECK ((remittance_claim_id IS NULL) = (adjustment_number IS NULL)),
    CONSTRAINT denials_taken_back_in_remittance CHECK ((taken_back_in_id IS NULL) = (taken_back_adjustment_number IS NULL)),
    CONSTRAINT denials_denial_amount_positive CHECK (denial_amount > 0.0),
    CONSTRAINT denials_totals_not_negative CHECK (LEAST(recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount, withdrawn_amount, granted_amount) >= 0.0),
    CONSTRAINT denials_not_over_allocated CHECK (open_amount >= 0.0),
    CONSTRAINT denials_contractual_not_transferred CHECK (transferred_amount = 0.0 OR denial_code !~~ 'CO-%')
);

-- An assignee's denials, newest first.
CREATE INDEX denials_by_assignee ON denials (assigned_to, denied_on DESC, id DESC)
    WHERE assigned_to IS NOT NULL;

-- A claim's denials, newest first; also serves the foreign keys to claims and lines.
CREATE INDEX denials_by_claim ON denials (claim_id, denied_on DESC, id DESC);

-- Denials by day, newest first.
CREATE INDEX denials_by_day ON denials (denied_on DESC, id DESC);

-- A payer's denials, newest first; also serves the foreign key.
CREATE INDEX denials_by_payer ON denials (payer_id, denied_on DESC, id DESC);

-- Finds similar denials for estimated_recoveries, the newest first.
CREATE INDEX denials_by_payer_and_code ON denials (payer_id, denial_code, denied_on DESC, id DESC);

-- An adjustment denies once; also serves the foreign key.
CREATE UNIQUE INDEX denials_one_per_adjustment ON denials (remittance_claim_id, adjustment_number, claim_id)
    WHERE remittance_claim_id IS NOT NULL;

-- An adjustment takes one denial back; also serves the foreign key.
CREATE UNIQUE INDEX denials_taken_back_once ON denials (taken_back_in_id, taken_back_adjustment_number)
    WHERE taken_back_in_id IS NOT NULL;

-- What a payer remarked on a denial. The remarks of a remittance come with the denial that is posted from it.
CREATE TABLE denial_remarks (
    -- The denial.
    denial_id denial_key NOT NULL,
    -- Remittance advice remark code, such as MA130; need not stand in remark_code_library.
    remark_code remark_code NOT NULL,
    -- Role or user id that says it was entered by mistake, so that it counts no more; empty while it counts.
    withdrawn_by actor,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denial_remarks_pkey PRIMARY KEY (denial_id, remark_code),
    CONSTRAINT denial_remarks_denial_id_exists FOREIGN KEY (denial_id)
            REFERENCES denials(id) ON DELETE RESTRICT
);

-- What those who work a denial tell each other. A note is added, never changed.
CREATE TABLE denial_notes (
    -- Primary key; in the order in which notes are written.
    id denial_note_key DEFAULT uuidv7() NOT NULL,
    -- The denial.
    denial_id denial_key NOT NULL,
    -- What was done, heard or agreed; no name or number of a patient.
    note text_given NOT NULL,
    -- Who wrote it: a role or user id.
    noted_by actor NOT NULL,
    -- When it was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT denial_notes_pkey PRIMARY KEY (id),
    CONSTRAINT denial_notes_denial_id_exists FOREIGN KEY (denial_id)
            REFERENCES denials(id) ON DELETE RESTRICT
);

-- The notes on a denial in their order; also serves the foreign key.
CREATE INDEX denial_notes_by_denial ON denial_notes (denial_id, id);

-- Denials that wait for an action, with what triage says. Kept by the database; read denial_work_list.
CREATE TABLE denial_work_items (
    -- The denial.
    denial_id denial_key NOT NULL,
    -- Its claim.
    claim_id claim_key NOT NULL,
    -- The payer of the claim.
    payer_id payer_key NOT NULL,
    -- Group and reason, such as CO-197.
    denial_code denial_code NOT NULL,
    -- Day of the payer's decision.
    denied_on calendar_date NOT NULL,
    -- Refused, US dollars.
    denial_amount usd NOT NULL,
    -- To be worked, US dollars: what is open and not granted; for a follow_up what was granted.
    open_amount usd NOT NULL,
    -- appeal, rebill, write_off, transfer_to_patient, post_adjustment, investigate or follow_up.
    action denial_action NOT NULL,
    -- May a program act without asking, as long as the last day is not over?
    automatic boolean NOT NULL,
    -- 1 high, 2 medium, 3 low.
    priority_order smallint NOT NULL,
    -- Day from which it is on the list.
    listed_from calendar_date NOT NULL,
    -- Day by which to act, never after the last day.
    act_by calendar_date NOT NULL,
    -- Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by
    -- filing_rules; empty where there is none.
    last_day calendar_date,
    -- The policy that decides; empty when none fits.
    policy_id org_policy_key,
    -- Does an appeal make sense?
    appealable boolean NOT NULL,
    -- The remark that counts; empty when none does.
    remark_code remark_code,
    -- Which rule of triage decides.
    decided_by triage_rule NOT NULL,
    -- Who works it: denials.assigned_to.
    assigned_to actor,
    -- Triage says the same from this amount on, US dollars.
    amount_from usd NOT NULL,
    -- Triage says the same below this amount, US dollars; empty for no limit.
    amount_below usd,
    CONSTRAINT denial_work_items_pkey PRIMARY KEY (denial_id),
    CONSTRAINT denial_work_items_denial_of_claim FOREIGN KEY (denial_id, claim_id, payer_id, denial_code)
            REFERENCES denials(id, claim_id, payer_id, denial_code) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT denial_work_items_policy_id_exists FOREIGN KEY (policy_id)
            REFERENCES org_policies(id) ON DELETE RESTRICT
);

-- A worker's list in the order in which it is worked.
CREATE INDEX denial_work_items_assigned ON denial_work_items (assigned_to, priority_order, act_by, denial_amount DESC, denial_id)
    WHERE assigned_to IS NOT NULL;

-- What has a last day, first what expires first.
CREATE INDEX denial_work_items_by_last_day ON denial_work_items (last_day, denial_id);

-- A payer's list in the order in which it is worked.
CREATE INDEX denial_work_items_by_payer ON denial_work_items (payer_id, priority_order, act_by, denial_amount DESC, denial_id);

-- A policy's items; serves the foreign key.
CREATE INDEX denial_work_items_by_policy ON denial_work_items (policy_id);

-- The list in the order in which it is worked.
CREATE INDEX denial_work_items_by_urgency ON denial_work_items (priority_order, act_by, denial_amount DESC, denial_id);

-- What nobody has, in the order in which it is worked.
CREATE INDEX denial_work_items_unassigned ON denial_work_items (priority_order, act_by, denial_amount DESC, denial_id)
    WHERE assigned_to IS NULL;

-- A request that the payer reconsider a denial.
CREATE TABLE appeals (
    -- Primary key.
    id appeal_key DEFAULT uuidv7() NOT NULL,
    -- The denial that is appealed.
    denial_id denial_key NOT NULL,
    -- The denial's claim.
    claim_id claim_key NOT NULL,
    -- The denial's payer; filled in when left out.
    payer_id payer_key NOT NULL,
    -- The denial's code; filled in when left out.
    denial_code denial_code NOT NULL,
    -- first_level, second_level, third_level or external_review.
    appeal_level appeal_level NOT NULL,
    -- pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.
    status appeal_status DEFAULT 'pending' NOT NULL,
    -- high, medium or low.
    priority priority DEFAULT 'medium' NOT NULL,
    -- Asked for, US dollars.
    appealed_amount usd NOT NULL,
    -- Granted by the decision, US dollars: all when approved, part when partially approved, else empty.
    approved_amount usd,
    -- Paid for it, less what was taken back, US dollars. Kept from postings.
    paid_amount signed_usd DEFAULT 0 NOT NULL,
    -- Last day to file.
    due_on calendar_date NOT NULL,
    -- Day it went to the payer; empty before.
    filed_on calendar_date,
    -- due_on, as long as the payer doesn't have it; else empty.
    file_by calendar_date GENERATED ALWAYS AS (
    CASE
        WHEN status IN ('pending', 'in_progress') THEN due_on
        ELSE NULL
    END) STORED,
    -- Filed after the last day; recorded, not refused. Computed.
    filed_late boolean GENERATED ALWAYS AS (COALESCE(filed_on > due_on, false)) STORED NOT NULL,
    -- Day of the payer's decision; empty before.
    decided_on calendar_date,
    -- Day from which nobody waits for the rest of what was granted; empty while somebody does.
    released_on calendar_date,
    -- Granted and not yet paid or released, US dollars. Computed.
    granted_amount signed_usd GENERATED ALWAYS AS (
    CASE
        WHEN approved_amount IS NULL OR released_on IS NOT NULL THEN 0
        ELSE approved_amount - paid_amount
    END) STORED NOT NULL,
    -- Why the payer should pay.
    reason text_given NOT NULL,
    -- What was sent along: an array of objects, each with what is known of a document, such as its name and kind.
    supporting_documents jsonb DEFAULT '[]'::jsonb NOT NULL,
    -- Role or user id that works on it.
    assigned_to actor,
    -- The payer's answer.
    payer_response text_given,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT appeals_pkey PRIMARY KEY (id),
    CONSTRAINT appeals_id_denial_id_unique UNIQUE (id, denial_id),
    CONSTRAINT appeals_id_claim_id_unique UNIQUE (id, claim_id),
    CONSTRAINT appeals_denial_of_claim FOREIGN KEY (denial_id, claim_id, payer_id, denial_code)
            REFERENCES denials(id, claim_id, payer_id, denial_code) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT appeals_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT appeals_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT appeals_appealed_amount_positive CHECK (appealed_amount > 0),
    CONSTRAINT appeals_filed_when_submitted CHECK (filed_on IS NOT NULL OR (status IN ('pending',
            'in_progress', 'withdrawn'))),
    CONSTRAINT appeals_not_filed_before_submitted CHECK (filed_on IS NULL OR
            (status <> ALL (ARRAY['pending', 'in_progress']))),
    CONSTRAINT appeals_decided_has_date CHECK ((decided_on IS NOT NULL) = (status IN ('approved',
            'partially_approved', 'denied'))),
    CONSTRAINT appeals_decided_after_filing CHECK (decided_on >= filed_on),
    CONSTRAINT appeals_approved_amount_fits_status CHECK (
    CASE status
        WHEN 'approved' THEN approved_amount = appealed_amount
        WHEN 'partially_approved' THEN approved_amount > 0 AND
            approved_amount < appealed_amount
        ELSE approved_amount IS NULL
    END IS TRUE),
    CONSTRAINT appeals_paid_within_what_was_approved CHECK (paid_amount >= 0 AND paid_amount <=
    CASE
        WHEN decided_on IS NULL AND filed_on IS NOT NULL THEN appealed_amount
        ELSE COALESCE(approved_amount, 0)
    END),
    CONSTRAINT appeals_released_is_approved CHECK (released_on IS NULL OR approved_amount IS NOT NULL AND
            released_on >= decided_on),
    CONSTRAINT appeals_supporting_documents_fit CHECK (octet_length(concat(supporting_documents)) <= 1000000),
    CONSTRAINT appeals_supporting_documents_is_array CHECK (jsonb_typeof(supporting_documents) = 'array'),
    CONSTRAINT appeals_supporting_documents_are_objects CHECK (NOT supporting_documents @? 'strict $[*]?(@.type() != "object")'::jsonpath)
);

-- Open appeals of an assignee, most urgent first.
CREATE INDEX appeals_by_assignee ON appeals (assigned_to, due_on, id)
    WHERE status IN ('pending', 'in_progress', 'submitted', 'under_review');

-- A claim's appeals, newest first; also serves the foreign key.
CREATE INDEX appeals_by_claim ON appeals (claim_id, id DESC);

-- A denial's appeals; also serves the foreign key.
CREATE INDEX appeals_by_denial ON appeals (denial_id, claim_id);

-- All appeals, by due date.
CREATE INDEX appeals_by_due_day ON appeals (due_on, id);

-- A payer's appeals, first due first; also serves the foreign key.
CREATE INDEX appeals_by_payer ON appeals (payer_id, due_on, id);

-- Appeals of one status, first due first, paged by key.
CREATE INDEX appeals_by_status ON appeals (status, due_on, id);

-- Appeals that the payer doesn't have yet, in the order of denials_expiring.
CREATE INDEX appeals_expiring ON appeals (file_by, denial_id)
    WHERE file_by IS NOT NULL;

-- One open appeal per denial.
CREATE UNIQUE INDEX appeals_one_open_per_denial ON appeals (denial_id)
    WHERE status IN ('pending', 'in_progress', 'submitted', 'under_review');

-- One appeal per denial and level; a withdrawn one may be made again.
CREATE UNIQUE INDEX appeals_one_per_level ON appeals (denial_id, appeal_level)
    WHERE status <> 'withdrawn';

-- Appeals not yet filed, by due date: the overdue list.
CREATE INDEX appeals_to_file ON appeals (due_on, id)
    WHERE status IN ('pending', 'in_progress');

-- Logins that are one person each. What one of them requests, another one approves. The administrator writes it;
-- a login that a service or a pool shares has no place here.
CREATE TABLE personal_logins (
    -- Name of the login, as session_user has it.
    login text_given NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT personal_logins_pkey PRIMARY KEY (login)
);

-- A decision to give up money, or to say by hand that somebody else owes it; only an approved one moves any.
CREATE TABLE write_offs (
    -- Primary key.
    id write_off_key DEFAULT uuidv7() NOT NULL,
    -- The denial that is given up, wholly or in part.
    denial_id denial_key NOT NULL,
    -- The denial's claim.
    claim_id claim_key NOT NULL,
    -- The denial's payer; filled in when left out.
    payer_id payer_key NOT NULL,
    -- The denial's code; filled in when left out.
    denial_code denial_code NOT NULL,
    -- What is posted once it is approved: write_off, contractual_adjustment, other_payer or patient_responsibility.
    kind posting_kind DEFAULT 'write_off' NOT NULL,
    -- To be given up, US dollars.
    amount usd NOT NULL,
    -- below_threshold, timely_filing_expired, non_covered_service, patient_responsibility, contract_adjustment,
    -- uncollectible or other.
    reason write_off_reason NOT NULL,
    -- administrative, clinical, financial or patient_responsibility.
    category write_off_category NOT NULL,
    -- pending_approval, approved, rejected or reversed.
    status write_off_status DEFAULT 'pending_approval' NOT NULL,
    -- Could the practice have prevented the loss? Empty until someone has looked.
    preventable boolean,
    -- Role or user id that asked for it.
    requested_by actor NOT NULL,
    -- Day it was asked for.
    requested_on calendar_date NOT NULL,
    -- Role or user id that approved it; never the one that asked; database where a policy did.
    approved_by actor,
    -- Day of the approval.
    approved_on calendar_date,
    -- Role or user id that rejected it.
    rejected_by actor,
    -- Day of the rejection.
    rejected_on calendar_date,
    -- Role or user id that took it back.
    reversed_by actor,
    -- Day it was taken back.
    reversed_on calendar_date,
    -- The automatic policy that approves it by itself, as the work list says of the denial; empty where a person
    -- decides.
    policy_id org_policy_key,
    -- What a later reader should know.
    notes text_given,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT write_offs_pkey PRIMARY KEY (id),
    CONSTRAINT write_offs_id_denial_id_unique UNIQUE (id, denial_id),
    CONSTRAINT write_offs_denial_of_claim FOREIGN KEY (denial_id, claim_id, payer_id, denial_code)
            REFERENCES denials(id, claim_id, payer_id, denial_code) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT write_offs_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT write_offs_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT write_offs_policy_id_exists FOREIGN KEY (policy_id)
            REFERENCES org_policies(id) ON DELETE RESTRICT,
    CONSTRAINT write_offs_kind_is_approved CHECK (kind IN ('write_off', 'contractual_adjustment',
            'other_payer', 'patient_responsibility')),
    CONSTRAINT write_offs_amount_positive CHECK (amount > 0),
    CONSTRAINT write_offs_approval_fits_status CHECK (
    CASE
        WHEN status IN ('approved', 'reversed') THEN approved_by IS NOT NULL AND approved_on IS NOT NULL
        ELSE approved_by IS NULL AND approved_on IS NULL
    END),
    CONSTRAINT write_offs_rejection_fits_status CHECK (
    CASE
        WHEN status = 'rejected' THEN rejected_by IS NOT NULL AND rejected_on IS NOT NULL
        ELSE rejected_by IS NULL AND rejected_on IS NULL
    END),
    CONSTRAINT write_offs_reversal_fits_status CHECK (
    CASE
        WHEN status = 'reversed' THEN reversed_by IS NOT NULL AND reversed_on IS NOT NULL
        ELSE reversed_by IS NULL AND reversed_on IS NULL
    END),
    CONSTRAINT write_offs_approver_is_not_requester CHECK (lower(approved_by COLLATE "C") <> lower(requested_by COLLATE "C")),
    CONSTRAINT write_offs_approved_by_policy CHECK ((approved_by = 'database') = (policy_id IS NOT NULL)),
    CONSTRAINT write_offs_decided_by_a_caller CHECK ('database' <> rejected_by AND
            'database' <> reversed_by),
    CONSTRAINT write_offs_approved_after_request CHECK (approved_on >= requested_on),
    CONSTRAINT write_offs_rejected_after_request CHECK (rejected_on >= requested_on),
    CONSTRAINT write_offs_reversed_after_approval CHECK (reversed_on >= approved_on)
);

-- A claim's write-offs, newest first; also serves the foreign key.
CREATE INDEX write_offs_by_claim ON write_offs (claim_id, id DESC);

-- A denial's write-offs; also serves the foreign key.
CREATE INDEX write_offs_by_denial ON write_offs (denial_id, claim_id);

-- A payer's write-offs, newest first; also serves the foreign key.
CREATE INDEX write_offs_by_payer ON write_offs (payer_id, requested_on DESC, id DESC);

-- What a policy approved; serves the foreign key.
CREATE INDEX write_offs_by_policy ON write_offs (policy_id)
    WHERE policy_id IS NOT NULL;

-- Write-offs with a reason, newest first.
CREATE INDEX write_offs_by_reason ON write_offs (reason, requested_on DESC, id DESC);

-- Write-offs by day of request, newest first, paged by key.
CREATE INDEX write_offs_by_request ON write_offs (requested_on DESC, id DESC);

-- The approver's queue, oldest first.
CREATE INDEX write_offs_to_approve ON write_offs (requested_on, id)
    WHERE status = 'pending_approval';

-- A denied claim sent again with a correction.
CREATE TABLE rebills (
    -- Primary key.
    id rebill_key DEFAULT uuidv7() NOT NULL,
    -- The denial that the correction answers.
    denial_id denial_key NOT NULL,
    -- The denied claim.
    original_claim_id claim_key NOT NULL,
    -- The denial's payer; filled in when left out.
    payer_id payer_key NOT NULL,
    -- The denial's code; filled in when left out.
    denial_code denial_code NOT NULL,
    -- The corrected claim; empty until it is made. One corrected claim may answer several denials.
    new_claim_id claim_key,
    -- corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or
    -- other.
    reason rebill_reason NOT NULL,
    -- What differs from the original claim.
    changes text_given NOT NULL,
    -- pending, submitted, accepted, paid, partially_paid or denied_again.
    status rebill_status DEFAULT 'pending' NOT NULL,
    -- Last day to submit the corrected claim; filled in by filing_rules when left out, empty where none fits.
    due_on calendar_date,
    -- due_on, as long as the payer doesn't have it; else empty.
    submit_by calendar_date GENERATED ALWAYS AS (
    CASE
        WHEN status = 'pending' THEN due_on
        ELSE NULL
    END) STORED,
    -- Day the corrected claim went to the payer.
    submitted_on calendar_date,
    -- Day the payer paid or denied it again.
    resolved_on calendar_date,
    -- Role or user id that works on it.
    assigned_to actor,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT rebills_pkey PRIMARY KEY (id),
    CONSTRAINT rebills_id_denial_id_unique UNIQUE (id, denial_id),
    CONSTRAINT rebills_new_claim_once_per_denial UNIQUE (new_claim_id, denial_id),
    CONSTRAINT rebills_denial_of_claim FOREIGN KEY (denial_id, original_claim_id, payer_id, denial_code)
            REFERENCES denials(id, claim_id, payer_id, denial_code) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT rebills_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT rebills_original_claim_id_exists FOREIGN KEY (original_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT rebills_new_claim_id_exists FOREIGN KEY (new_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT rebills_new_claim_is_another_claim CHECK (new_claim_id::uuid <> original_claim_id::uuid),
    CONSTRAINT rebills_submission_fits_status CHECK (status = 'pending' OR submitted_on IS NOT NULL AND
            new_claim_id IS NOT NULL),
    CONSTRAINT rebills_not_submitted_while_pending CHECK (status <> 'pending' OR submitted_on IS NULL),
    CONSTRAINT rebills_resolution_fits_status CHECK ((resolved_on IS NOT NULL) = (status IN ('paid',
            'partially_paid', 'denied_again'))),
    CONSTRAINT rebills_resolved_after_submission CHECK (resolved_on >= submitted_on)
);

-- A denial's rebills; also serves the foreign key.
CREATE INDEX rebills_by_denial ON rebills (denial_id, original_claim_id);

-- A claim's rebills, newest first; also serves the foreign key.
CREATE INDEX rebills_by_original_claim ON rebills (original_claim_id, id DESC);

-- A payer's rebills by day of submission, newest first; also serves the foreign key.
CREATE INDEX rebills_by_payer ON rebills (payer_id, submitted_on DESC, id DESC);

-- Rebills with a reason, newest first.
CREATE INDEX rebills_by_reason ON rebills (reason, submitted_on DESC, id DESC);

-- Rebills by day of submission, those not yet submitted first, then newest first, paged by key.
CREATE INDEX rebills_by_submission ON rebills (submitted_on DESC, id DESC);

-- Rebills that the payer doesn't have yet, in the order of denials_expiring.
CREATE INDEX rebills_expiring ON rebills (submit_by, denial_id)
    WHERE submit_by IS NOT NULL;

-- One open rebill per denial.
CREATE UNIQUE INDEX rebills_one_open_per_denial ON rebills (denial_id)
    WHERE status IN ('pending', 'submitted', 'accepted');

-- Until which day the books are closed: nothing is posted or denied on or before it.
CREATE TABLE period_closings (
    -- The last closed day.
    closed_through calendar_date NOT NULL,
    -- Role or user id that closed it.
    closed_by actor NOT NULL,
    -- Is it the closing that holds? Set by the database.
    is_last boolean DEFAULT true NOT NULL,
    -- When it was closed.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT period_closings_pkey PRIMARY KEY (closed_through)
);

-- One closing holds: the last one.
CREATE UNIQUE INDEX period_closings_one_is_last ON period_closings (is_last)
    WHERE is_last;

-- The ledger of the claims: what became of the billed money. Rows are added, never changed; a mistake is
-- reversed. docs/postings.md shows what a posting sets off.
CREATE TABLE postings (
    -- Primary key.
    id posting_key DEFAULT uuidv7() NOT NULL,
    -- The claim.
    claim_id claim_key NOT NULL,
    -- The denial of that claim that it settles; empty when it settles none.
    denial_id denial_key,
    -- payment, contractual_adjustment, patient_responsibility, other_payer, write_off, rebilled or denial_withdrawn;
    -- of the patient: patient_payment or patient_write_off.
    kind posting_kind NOT NULL,
    -- US dollars, not zero; below zero where it takes something back or the payer says so.
    amount signed_usd NOT NULL,
    -- Business day that it counts for.
    posted_on calendar_date NOT NULL,
    -- Role or user id that posted it; the approver of a write-off; database where it follows from something else.
    posted_by actor NOT NULL,
    -- The filed or granted appeal that it pays.
    appeal_id appeal_key,
    -- The approved write-off, adjustment or transfer; every row of kind write_off has one.
    write_off_id write_off_key,
    -- The rebill that moved it, if one did.
    rebill_id rebill_key,
    -- The claim on which the money lives from now on: the new claim of a rebill (every row of kind rebilled has
    -- one), the replacement, or the claim of the next payer.
    moved_to_claim_id claim_key,
    -- The row that was a mistake of ours: of the same claim, denial, kind and source; this one has its amount with
    -- the other sign. Once.
    reverses_id posting_key,
    -- The row of the same claim and kind that is taken back, wholly or in part, by the payer or because the payer
    -- paid after all; together at most its amount.
    takes_back_id posting_key,
    -- The denial that it was about, where it would take back more than the denial has: it then counts for the claim
    -- alone.
    unsettled_denial_id denial_key,
    -- The claim of a remittance that says it; empty where it was posted by hand.
    remittance_claim_id remittance_claim_key,
    -- The service there that it follows from.
    service_number smallint,
    -- The adjustment there that it follows from.
    adjustment_number smallint,
    -- Names the command that posted it: the same key posts once.
    idempotency_key idempotency_key,
    -- Position among the rows of its key, from 1.
    idempotency_ordinal smallint,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT postings_pkey PRIMARY KEY (id),
    CONSTRAINT postings_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT postings_denial_of_claim FOREIGN KEY (denial_id, claim_id)
            REFERENCES denials(id, claim_id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT postings_unsettled_denial_of_claim FOREIGN KEY (unsettled_denial_id, claim_id)
            REFERENCES denials(id, claim_id) ON DELETE RESTRICT,
    CONSTRAINT postings_appeal_of_denial FOREIGN KEY (appeal_id, denial_id)
            REFERENCES appeals(id, denial_id) ON DELETE RESTRICT,
    CONSTRAINT postings_write_off_of_denial FOREIGN KEY (write_off_id, denial_id)
            REFERENCES write_offs(id, denial_id) ON DELETE RESTRICT,
    CONSTRAINT postings_rebill_of_denial FOREIGN KEY (rebill_id, denial_id)
            REFERENCES rebills(id, denial_id) ON DELETE RESTRICT,
    CONSTRAINT postings_moved_to_claim_id_exists FOREIGN KEY (moved_to_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT postings_reverses_id_exists FOREIGN KEY (reverses_id)
            REFERENCES postings(id) ON DELETE RESTRICT,
    CONSTRAINT postings_takes_back_id_exists FOREIGN KEY (takes_back_id)
            REFERENCES postings(id) ON DELETE RESTRICT,
    CONSTRAINT postings_remittance_claim_id_exists FOREIGN KEY (remittance_claim_id)
            REFERENCES remittance_claims(id) ON DELETE RESTRICT,
    CONSTRAINT postings_service_of_remittance FOREIGN KEY (remittance_claim_id, service_number)
            REFERENCES remittance_services(remittance_claim_id, service_number) ON DELETE RESTRICT,
    CONSTRAINT postings_adjustment_of_remittance FOREIGN KEY (remittance_claim_id, adjustment_number)
            REFERENCES remittance_adjustments(remittance_claim_id, adjustment_number) ON DELETE RESTRICT,
    CONSTRAINT postings_remittance_says_of_what CHECK (remittance_claim_id IS NOT NULL OR
            service_number IS NULL AND adjustment_number IS NULL),
    CONSTRAINT postings_remittance_kind CHECK (remittance_claim_id IS NULL OR (kind IN ('payment',
            'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn'))),
    CONSTRAINT postings_amount_not_zero CHECK (amount <> 0.0),
    CONSTRAINT postings_negative_takes_back CHECK (amount > 0.0 OR reverses_id IS NOT NULL OR
            takes_back_id IS NOT NULL OR (kind IN ('payment', 'contractual_adjustment', 'patient_responsibility',
            'other_payer', 'patient_payment'))),
    CONSTRAINT postings_reverses_or_takes_back CHECK (reverses_id IS NULL OR takes_back_id IS NULL),
    CONSTRAINT postings_settles_or_not CHECK (denial_id IS NULL OR
            unsettled_denial_id IS NULL),
    CONSTRAINT postings_source_fits_kind CHECK ((write_off_id IS NOT NULL OR kind <> 'write_off') AND
            (write_off_id IS NULL OR (kind IN ('write_off', 'contractual_adjustment', 'other_payer',
            'patient_responsibility'))) AND (moved_to_claim_id IS NOT NULL OR kind <> 'rebilled') AND
            (moved_to_claim_id IS NULL OR (kind IN ('rebilled', 'patient_responsibility', 'other_payer'))) AND
            (appeal_id IS NULL OR kind = 'payment') AND (rebill_id IS NULL OR kind = 'rebilled')),
    CONSTRAINT postings_source_names_denial CHECK (denial_id IS NOT NULL OR appeal_id IS NULL AND
            rebill_id IS NULL AND write_off_id IS NULL),
    CONSTRAINT postings_denial_fits_kind CHECK (
    CASE
        WHEN denial_id IS NULL THEN kind <> 'denial_withdrawn'
        ELSE kind <> ALL (ARRAY['patient_payment', 'patient_write_off'])
    END),
    CONSTRAINT postings_key_has_ordinal CHECK ((idempotency_key IS NULL) = (idempotency_ordinal IS NULL)),
    CONSTRAINT postings_moved_to_another_claim CHECK (moved_to_claim_id::uuid <> claim_id::uuid)
);

-- An appeal's payments; also serves the foreign key.
CREATE INDEX postings_by_appeal ON postings (appeal_id, denial_id)
    WHERE appeal_id IS NOT NULL;

-- A claim's postings in order; also serves the foreign key.
CREATE INDEX postings_by_claim ON postings (claim_id, id);

-- Postings of a span of days.
CREATE INDEX postings_by_day ON postings USING brin (posted_on);

-- A denial's postings; also serves the foreign key.
CREATE INDEX postings_by_denial ON postings (denial_id, claim_id)
    WHERE denial_id IS NOT NULL;

-- What was moved to a claim; also serves the foreign key.
CREATE INDEX postings_by_new_claim ON postings (moved_to_claim_id)
    WHERE moved_to_claim_id IS NOT NULL;

-- A rebill's postings; also serves the foreign key.
CREATE INDEX postings_by_rebill ON postings (rebill_id, denial_id)
    WHERE rebill_id IS NOT NULL;

-- What was posted of a remittance; also serves the foreign keys.
CREATE INDEX postings_by_remittance_claim ON postings (remittance_claim_id, adjustment_number)
    WHERE remittance_claim_id IS NOT NULL;

-- What takes a row back; also serves the foreign key.
CREATE INDEX postings_by_taken_back ON postings (takes_back_id)
    WHERE takes_back_id IS NOT NULL;

-- A write-off's postings; also serves the foreign key.
CREATE INDEX postings_by_write_off ON postings (write_off_id, denial_id)
    WHERE write_off_id IS NOT NULL;

-- An idempotency key posts once.
CREATE UNIQUE INDEX postings_key_used_once ON postings (idempotency_key, idempotency_ordinal)
    WHERE idempotency_key IS NOT NULL;

-- A row is reversed once.
CREATE UNIQUE INDEX postings_reversed_once ON postings (reverses_id)
    WHERE reverses_id IS NOT NULL;

-- The days on which parts of a claim became the patient's.
CREATE INDEX postings_to_patients ON postings (claim_id, posted_on)
    WHERE kind = 'patient_responsibility' AND amount > 0;

-- What postings_to_review lists, paged by key.
CREATE INDEX postings_to_review_by_id ON postings (id)
    WHERE unsettled_denial_id IS NOT NULL OR takes_back_id IS NOT NULL AND posted_by = 'database' AND
        (kind <> 'other_payer' OR moved_to_claim_id IS NOT NULL);

-- Serves the foreign key.
CREATE INDEX postings_unsettled ON postings (unsettled_denial_id, claim_id)
    WHERE unsettled_denial_id IS NOT NULL;

-- A write-off is posted once.
CREATE UNIQUE INDEX postings_write_off_posted_once ON postings (write_off_id)
    WHERE write_off_id IS NOT NULL AND amount > 0;

-- Which status may follow which. That of a claim follows from facts and isn't here.
CREATE TABLE status_transitions (
    -- appeals, write_offs or rebills.
    table_name text NOT NULL,
    -- The status before; none for a new row.
    from_status text NOT NULL,
    -- A status that may follow it.
    to_status text NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT status_transitions_pkey PRIMARY KEY (table_name, from_status, to_status),
    CONSTRAINT status_transitions_table_name_known CHECK (table_name IN ('appeals',
            'write_offs', 'rebills')),
    CONSTRAINT status_transitions_changes_status CHECK (from_status <> to_status)
);

-- Claims that stood under the wrong reference: two references of one patient, or one claim filed with another.
-- Adding a row moves the claims; a mistake is mended by another row.
CREATE TABLE patient_corrections (
    -- Primary key.
    id patient_correction_key DEFAULT uuidv7() NOT NULL,
    -- The reference that was wrong.
    from_reference patient_reference NOT NULL,
    -- The reference that the claims have from then on.
    to_reference patient_reference NOT NULL,
    -- The claims that were moved. Given: only these; left out: all of the wrong reference, filled in.
    claim_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    -- Role or user id that decided it.
    corrected_by actor NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT patient_corrections_pkey PRIMARY KEY (id),
    CONSTRAINT patient_corrections_two_references CHECK (from_reference <> to_reference)
);

-- What a patient's claims were called before.
CREATE INDEX patient_corrections_by_corrected_reference ON patient_corrections (to_reference, id);

-- What became of a reference.
CREATE INDEX patient_corrections_by_reference ON patient_corrections (from_reference, id);

-- A payment beside what the contract says it should have been.
CREATE TABLE payment_variances (
    -- Primary key.
    id payment_variance_key DEFAULT uuidv7() NOT NULL,
    -- The claim that was paid.
    claim_id claim_key NOT NULL,
    -- The claim's payer; filled in when left out.
    payer_id payer_key NOT NULL,
    -- Day of the payment.
    paid_on calendar_date NOT NULL,
    -- What the contract says, US dollars.
    expected_amount usd NOT NULL,
    -- What was paid, US dollars.
    actual_amount usd NOT NULL,
    -- Actual less expected, US dollars; below zero for an underpayment. Computed.
    variance_amount signed_usd GENERATED ALWAYS AS (actual_amount -
            expected_amount) STORED NOT NULL,
    -- Variance in percent of the expected amount, two decimals. Computed.
    variance_percentage numeric GENERATED ALWAYS AS (COALESCE(round((actual_amount -
            expected_amount) * 100 / NULLIF(expected_amount, 0), 2), 0)) STORED NOT NULL,
    -- underpayment, overpayment, or expected when within one cent. Computed.
    variance_type variance_type GENERATED ALWAYS AS (
    CASE
        WHEN abs(actual_amount - expected_amount) <= 0.01 THEN 'expected'
        WHEN actual_amount < expected_amount THEN 'underpayment'
        ELSE 'overpayment'
    END) STORED NOT NULL,
    -- contract_adjustment, bundling, non_covered_service, missing_authorization, credentialing_issue,
    -- coordination_of_benefits, incorrect_coding, timely_filing, duplicate_claim or other; empty until known.
    variance_reason variance_reason,
    -- Is it worth an appeal?
    needs_appeal boolean DEFAULT false NOT NULL,
    -- The appeal of the same claim that asks for the difference.
    appeal_id appeal_key,
    -- How it ended; empty while it is unresolved.
    resolution text_given,
    -- Day it ended.
    resolved_on calendar_date,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT payment_variances_pkey PRIMARY KEY (id),
    CONSTRAINT payment_variances_claim_of_payer FOREIGN KEY (claim_id, payer_id)
            REFERENCES claims(id, payer_id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT payment_variances_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT payment_variances_appeal_of_claim FOREIGN KEY (appeal_id, claim_id)
            REFERENCES appeals(id, claim_id) ON DELETE RESTRICT,
    CONSTRAINT payment_variances_expected_amount_positive CHECK (expected_amount > 0),
    CONSTRAINT payment_variances_appeal_is_needed CHECK (appeal_id IS NULL OR needs_appeal),
    CONSTRAINT payment_variances_resolution_has_date CHECK ((resolution IS NULL) = (resolved_on IS NULL)),
    CONSTRAINT payment_variances_resolved_after_payment CHECK (resolved_on >= paid_on)
);

-- An appeal's variances; also serves the foreign key.
CREATE INDEX payment_variances_by_appeal ON payment_variances (appeal_id, claim_id)
    WHERE appeal_id IS NOT NULL;

-- A claim's variances, newest first; also serves the foreign key.
CREATE INDEX payment_variances_by_claim ON payment_variances (claim_id, id DESC);

-- A payer's variances by day of payment, newest first; also serves the foreign key.
CREATE INDEX payment_variances_by_payer ON payment_variances (payer_id, paid_on DESC, id DESC);

-- Variances by day of payment, newest first.
CREATE INDEX payment_variances_by_payment ON payment_variances (paid_on DESC, id DESC);

-- Unresolved variances, oldest first.
CREATE INDEX payment_variances_to_resolve ON payment_variances (paid_on, id)
    WHERE resolved_on IS NULL;

-- What Medicare's fee schedule says of a procedure, from a day until the next row of the procedure.
-- Organizations load it from the public file of relative values; descriptions stay out.
CREATE TABLE procedure_indicators (
    -- CPT or HCPCS code; of the file the row without a modifier.
    procedure_code procedure_code NOT NULL,
    -- First day of service that it is for.
    valid_from calendar_date NOT NULL,
    -- 000, 010, 090, MMM, XXX, YYY or ZZZ (GLOB DAYS).
    global_days global_days NOT NULL,
    -- 0, 1, 2, 3 or 9 (BILAT SURG).
    bilateral_indicator bilateral_indicator NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT procedure_indicators_pkey PRIMARY KEY (procedure_code, valid_from)
);

-- What a claim's coding must satisfy. Ranges and prefixes instead of regular expressions, so that no rule can be
-- malformed.
CREATE TABLE coding_rules (
    -- Primary key.
    id coding_rule_key DEFAULT uuidv7() NOT NULL,
    -- Name that findings show.
    name text_given NOT NULL,
    -- modifier_required, modifier_forbidden, diagnosis_required, diagnosis_not_specific or incompatible_codes.
    rule_type coding_rule_type NOT NULL,
    -- The payer that it is for; empty for any.
    payer_id payer_key,
    -- First procedure code that it looks at. Codes compare as bytes; a range whose ends have one form (digits alone,
    -- a letter first, the same letter last) holds that form alone: 3074F is not in 10004 to 69990.
    procedure_from procedure_code NOT NULL,
    -- Last procedure code that it looks at, inclusive.
    procedure_to procedure_code NOT NULL,
    -- Only lines that carry this modifier, or the second one; empty for all lines.
    procedure_modifier_1 procedure_modifier,
    -- The other modifier that a line may carry.
    procedure_modifier_2 procedure_modifier,
    -- Only procedures whose bilateral indicator is 1 (true), or 0, 2 or 9 (false); of one that procedure_indicators
    -- lacks the rule can't tell. Empty for all.
    procedure_takes_50 boolean,
    -- First code of the companion range, compared like procedure_from: the rule applies when another line with such
    -- a code stands on the same claim and service day.
    companion_from procedure_code,
    -- Last code of the companion range, inclusive.
    companion_to procedure_code,
    -- The companion is another line with the same procedure code and service day, instead of a range.
    companion_is_same_procedure boolean DEFAULT false NOT NULL,
    -- Only companions that carry this modifier; empty for all.
    companion_modifier procedure_modifier,
    -- Only companions that procedure_indicators says are minor (000, 010) or major (090) surgery; of one that it
    -- lacks the rule can't tell. Empty for all.
    companion_global_period global_period,
    -- The modifier that is required or forbidden.
    modifier procedure_modifier,
    -- Incompatible codes: may they stand together where one of them carries a modifier that NCCI knows, such as 59,
    -- XS or LT (modifier indicator 1)?
    may_be_bypassed boolean DEFAULT false NOT NULL,
    -- What to change.
    message text_given NOT NULL,
    -- error, warning or info.
    severity severity NOT NULL,
    -- Is it in use?
    active boolean DEFAULT true NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT coding_rules_pkey PRIMARY KEY (id),
    CONSTRAINT coding_rules_name_unique UNIQUE (name),
    CONSTRAINT coding_rules_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT coding_rules_procedure_range_ordered CHECK ((procedure_from COLLATE "C") <= (procedure_to COLLATE "C")),
    CONSTRAINT coding_rules_companion_range_ordered CHECK ((companion_from COLLATE "C") <= (companion_to COLLATE "C")),
    CONSTRAINT coding_rules_companion_range_whole CHECK ((companion_from IS NULL) = (companion_to IS NULL)),
    CONSTRAINT coding_rules_companion_is_range_or_same CHECK (NOT (companion_is_same_procedure AND
            companion_from IS NOT NULL)),
    CONSTRAINT coding_rules_companion_modifier_has_companion CHECK (companion_modifier IS NULL OR
            companion_is_same_procedure OR companion_from IS NOT NULL),
    CONSTRAINT coding_rules_global_period_has_companion CHECK (companion_global_period IS NULL OR
            companion_is_same_procedure OR companion_from IS NOT NULL),
    CONSTRAINT coding_rules_procedure_modifiers_without_gap CHECK (procedure_modifier_2 IS NULL OR
            procedure_modifier_1 IS NOT NULL),
    CONSTRAINT coding_rules_modifier_fits_type CHECK ((modifier IS NOT NULL) = (rule_type IN ('modifier_required', 'modifier_forbidden'))),
    CONSTRAINT coding_rules_incompatible_has_companion CHECK (rule_type <> 'incompatible_codes' OR
            companion_from IS NOT NULL),
    CONSTRAINT coding_rules_bypassed_is_incompatible CHECK (NOT may_be_bypassed OR
            rule_type = 'incompatible_codes')
);

-- A payer's rules; also serves the foreign key.
CREATE INDEX coding_rules_by_payer ON coding_rules (payer_id)
    WHERE payer_id IS NOT NULL;

-- The diagnoses of a rule of type diagnosis_required or diagnosis_not_specific. Required: one diagnosis of the
-- line, at least, must be among them; a line without pointers breaks the rule. Not specific: not all of the line
-- may be; a line without pointers keeps it. On an institutional claim, which has no pointers, every line has all
-- diagnoses of the claim. A rule without diagnoses finds nothing.
CREATE TABLE coding_rule_diagnoses (
    -- The rule.
    coding_rule_id coding_rule_key NOT NULL,
    -- Start of ICD-10-CM codes, or a whole one.
    prefix diagnosis_prefix NOT NULL,
    -- First day of service from which the prefix alone is no code any more, only those that begin with it; empty
    -- where it may be one.
    header_since calendar_date,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT coding_rule_diagnoses_pkey PRIMARY KEY (coding_rule_id, prefix),
    CONSTRAINT coding_rule_diagnoses_coding_rule_id_exists FOREIGN KEY (coding_rule_id)
            REFERENCES coding_rules(id) ON DELETE RESTRICT
);

-- Payers that turned out to be one. Adding a row gives all that one payer has to the other and takes it out.
CREATE TABLE payer_merges (
    -- Primary key.
    id payer_merge_key DEFAULT uuidv7() NOT NULL,
    -- The payer that is taken out.
    from_payer_id payer_key NOT NULL,
    -- The payer that gets what it had.
    into_payer_id payer_key NOT NULL,
    -- What the first was called, such as BCBS-CA-001. Filled in.
    from_business_id business_id NOT NULL,
    -- Its name. Filled in.
    from_name text_given NOT NULL,
    -- Role or user id that decided it.
    merged_by actor NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- The login that wrote the row. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    CONSTRAINT payer_merges_pkey PRIMARY KEY (id),
    CONSTRAINT payer_merges_into_payer_id_exists FOREIGN KEY (into_payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT payer_merges_two_payers CHECK (from_payer_id::uuid <> into_payer_id::uuid)
);

-- What was merged into a payer; also serves the foreign key.
CREATE INDEX payer_merges_by_payer ON payer_merges (into_payer_id);

-- What was changed or taken out: a row for each row of a table that audit() watches. Written by triggers alone,
-- read with access audit.
CREATE TABLE audit_log (
    -- Primary key; of one transaction in the order of its changes.
    id audit_entry_key DEFAULT uuidv7() NOT NULL,
    -- The row of audit_seals that covers it; empty until the next seal.
    seal integer,
    -- The table.
    changed_table text NOT NULL,
    -- UPDATE, DELETE, or TRUNCATE, which has no values.
    operation text NOT NULL,
    -- Primary key of the changed row, its columns with a space between them.
    row_key text COLLATE "C",
    -- What the changed columns held, of a deleted row all. Where a column bears patients, audit_digest() of it.
    old_values jsonb,
    -- What the changed columns hold since; empty of a deleted row.
    new_values jsonb,
    -- Who did it, as the application says (setting rcm.actor, or the column that names who decided); empty where it
    -- doesn't.
    actor actor,
    -- The login that did it. Set by the database.
    recorded_login text DEFAULT SESSION_USER NOT NULL,
    -- The role that it had taken on. Set by the database.
    recorded_role text DEFAULT COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER) NOT NULL,
    -- PostgreSQL's number of the transaction, by which changes made together are found.
    transaction_number bigint DEFAULT pg_current_xact_id()::text::bigint NOT NULL,
    -- When the transaction began.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);

-- What became of a row.
CREATE INDEX audit_log_by_row ON audit_log (row_key, id);

-- The rows of a seal in their order, those without a seal last.
CREATE INDEX audit_log_by_seal ON audit_log (seal, id);

-- One row, made at random by the migration and read by no access: the key of audit_digest().
CREATE TABLE audit_keys (
    -- Always true, so there is one row.
    singleton boolean DEFAULT true NOT NULL,
    -- 32 bytes.
    digest_key bytea DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_keys_pkey PRIMARY KEY (singleton),
    CONSTRAINT audit_keys_has_one_row CHECK (singleton),
    CONSTRAINT audit_keys_digest_key_length CHECK (octet_length(digest_key) = 32)
);

-- Digests over the rows of audit_log, each over the one before it. Adding a row seals all that has no seal yet;
-- setting pruned_at takes the rows of a seal out.
CREATE TABLE audit_seals (
    -- Counts from 1 without a gap; 0 stands before the first.
    number integer NOT NULL,
    -- How many rows of audit_log it covers.
    entries bigint NOT NULL,
    -- SHA-256 of the digests of these rows in the order of their ids.
    content_sha256 bytea NOT NULL,
    -- SHA-256 of the digest of the seal before, of this one's number, entries, content and time.
    sha256 bytea NOT NULL,
    -- When its rows were taken out, six years or more after they were sealed; empty while they are there.
    pruned_at timestamp with time zone,
    -- When it was made; its rows are older.
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_seals_pkey PRIMARY KEY (number),
    CONSTRAINT audit_seals_pruned_later CHECK (pruned_at > created_at)
);

-- Functions of the triggers, and what they call

-- Raises a check violation named after a rule, on a table, with what to do instead.
CREATE FUNCTION refuse(rule text, subject text, advice text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    raise check_violation using
        message = format('%s: %s', rule, advice),
        table = subject,
        constraint = rule;
end
$$;

-- Trigger: refuses; its condition says when, its arguments name the rule and what to do instead.
CREATE FUNCTION refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    raise check_violation using
        message = format('%s: %s', tg_argv[0], tg_argv[1]),
        table = tg_table_name,
        constraint = tg_argv[0];
end
$$;

-- Trigger: the row is written now, whatever its writer says.
CREATE FUNCTION set_created_at()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    new.created_at := now();
    return new;
end
$$;

-- Has a new table tell which login and role recorded each row: select keep_recorder(cast('write_offs' as
-- regclass)).
CREATE FUNCTION keep_recorder(recorded regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    rule text := (select relname from pg_class where oid = recorded) || '_recorded_by_database';
begin
    execute format(
        'alter table %s add column recorded_login text not null default session_user, '
        'add column recorded_role text not null default coalesce(nullif(current_setting(''role''), ''none''), session_user)',
        recorded
    );
    execute format('comment on column %s.recorded_login is %L', recorded, 'The login that wrote the row. Set by the database.');
    execute format('comment on column %s.recorded_role is %L', recorded, 'The role that it had taken on. Set by the database.');
    execute format(
        'create trigger %I before insert on %s for each row '
        'when (new.recorded_login <> session_user '
        'or new.recorded_role <> coalesce(nullif(current_setting(''role''), ''none''), session_user)) '
        'execute function refuse_change(%L, %L)',
        rule, recorded, rule, 'the database says who recorded it; leave it out'
    );
    execute format('comment on trigger %I on %s is %L', rule, recorded, 'Nobody says that another login recorded a row.');
end
$$;
SELECT pin_search_path('keep_recorder(regclass)');

-- Last day of a step by the most specific filing rule; null where no rule fits, or the day that it counts from
-- isn't given.
CREATE FUNCTION deadline_by_rule(payer uuid, type_of_claim text, filed_step text, first_service date, last_service date, remitted_on date, decided_on date)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return (
        select cast(counted.day + rule.receipt_days + rule.length * cast('1 ' || rule.unit as interval) as date)
        from filing_rules as rule
        cross join lateral (
            select
                case rule.basis
                    when 'service_from' then first_service
                    when 'service_through' then last_service
                    when 'remittance_receipt' then remitted_on
                    else decided_on
                end as day
        ) as counted
        where rule.step = filed_step
            and (rule.payer_id is null or rule.payer_id = payer)
            and (rule.payer_type is null or rule.payer_type = (select payers.payer_type from payers where payers.id = payer))
            and (rule.claim_type is null or rule.claim_type = type_of_claim)
            and (rule.valid_from <= counted.day) is not false
            and (rule.valid_to >= counted.day) is not false
        order by rule.payer_id is null, rule.payer_type is null, rule.claim_type is null, rule.valid_from desc nulls last
        limit 1
    );
end
$$;
SELECT pin_search_path('deadline_by_rule(uuid, text, text, date, date, date, date)');

-- Last day to appeal at a level what a payer decided on a day, stored or not; null where no filing rule fits.
CREATE FUNCTION appeal_deadline_of(payer uuid, claim_type text, level text, decided_on date)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    asked appeal_level := level;
begin
    return deadline_by_rule(payer, claim_type, asked, null, null, decided_on, decided_on);
end
$$;
SELECT pin_search_path('appeal_deadline_of(uuid, text, text, date)');

-- What a denial code is about: what the library says of it, else of the same reason under another group, else
-- unknown.
CREATE FUNCTION category_of(code text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return coalesce(
        (select category from denial_code_library where denial_code = code),
        -- The reason without its group; where the library has it under several groups, the first of them decides.
        (
            select category
            from denial_code_library
            where split_part(denial_code, '-', 2) = split_part(code, '-', 2)
            order by denial_code collate "C"
            limit 1
        ),
        'unknown'
    );
end
$$;
SELECT pin_search_path('category_of(text)');

-- What a rule of triage says, in a sentence, and in another one that its last day is over.
CREATE FUNCTION reason_of(decided_by text, policy_name text, policy_rank integer, remark text, action text, last_day date)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return case decided_by
        when 'contractual' then 'Contractual adjustment, no denial: post it.'
        when 'policy' then format('Policy "%s" (rank %s) is the first that fits.', policy_name, policy_rank)
        when 'remark' then format('No policy fits; remark %s says what to do.', remark)
        when 'library' then 'No policy fits; the library says what to do about the code.'
        when 'no_policy' then 'No policy fits.'
        when 'not_appealable' then 'No policy fits; there is no appeal.'
        when 'code_not_valid' then 'No policy fits; the code was not valid on the day.'
        when 'unknown_code' then 'No policy fits; the library lacks the code.'
    end
        || case
            when last_day >= current_date or last_day is null then ''
            when action = 'rebill' then to_char(last_day, '" The last day to file the correction was "YYYY-MM-DD"."')
            else to_char(last_day, '" The last day to appeal was "YYYY-MM-DD"."')
        end;
end
$$;
SELECT pin_search_path('reason_of(text, text, integer, text, text, date)');

-- How to do what triage says: what the remark that counts says of it, else the entry of the library; null where
-- neither speaks of that action.
CREATE FUNCTION steps_for(action text, decided_by text, denied_on date, remarked_action text, remarked_steps text, entered_action text, usual_resolution text, valid_from date, valid_to date)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return case
        when remarked_steps is not null
            and coalesce(remarked_action = action, action in ('appeal', 'rebill', 'investigate'))
            then remarked_steps
        when decided_by = 'code_not_valid' then usual_resolution
        when entered_action = action
            and (valid_from is null or valid_from <= denied_on)
            and (valid_to is null or valid_to >= denied_on)
            then usual_resolution
    end;
end
$$;
SELECT pin_search_path('steps_for(text, text, date, text, text, text, text, date, date)');

-- What to do about a denial, stored or not. A contractual adjustment is posted. Else the first policy that fits
-- decides: by rank, those for the payer before those for any, those for the code before those for its category
-- before those for any, then by name. None appeals what has no appeal, and one for everything only what a
-- remark, else the library, says to appeal. Where no policy fits, that is done, unless it is an appeal. Nothing
-- is to be done later than filing_rules allow.
CREATE FUNCTION triage(denial denial_to_triage)
 RETURNS triaged_denial
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    answer triaged_denial;
    known denial_code_library;
    entry denial_code_library;
    remark remark_code_library;
    policy org_policies;
    type_of_payer text;
    said text;
    levels integer := 0;
    since date := denial.denied_on;
begin
    select * into known from denial_code_library where denial_code = denial.denial_code;
    if (known.valid_from <= denial.denied_on) is not false and (known.valid_to >= denial.denied_on) is not false then
        entry := known;
    end if;
    select payer_type into type_of_payer from payers where id = denial.payer_id;
    if cardinality(denial.remarks) > 0 then
        select *
        into remark
        from remark_code_library
        where remark_code = any (denial.remarks) and next_steps is not null
        -- What takes the appeal away is heard before what asks for one.
        -- Then what is wrong with the claim goes before what is to be argued.
        order by
            not prevents_appeal, array_position(array['rebill', 'appeal', 'investigate'], cast(recommended_action as text)),
            remark_code collate "C"
        limit 1;
    end if;

    if denial.denial_id is not null then
        select count(*), greatest(max(appeals.decided_on), since)
        into levels, since
        from appeals
        where appeals.denial_id = denial.denial_id
            and (status in ('denied', 'partially_approved') or released_on is not null);
    end if;

    answer.category := coalesce(entry.category, category_of(denial.denial_code));
    answer.appealable := coalesce(entry.appealable, false)
        and not coalesce(type_of_payer = any (entry.not_appealable_by), false)
        and not coalesce(remark.prevents_appeal, false)
        -- There are four.
        and levels < 4;
    answer.automatic := false;
    answer.remark_code := remark.remark_code;
    -- A remark is about this denial, the library about all of its code.
    said := coalesce(remark.recommended_action, entry.recommended_action);

    if denial.open_amount <= 0 then
        answer.reason := 'Nothing is open.';
        return answer;
    end if;

    -- Under group PR the patient owes it.
    if answer.category = 'contractual_adjustment' and denial.denial_code not like 'PR-%' then
        answer.action := 'post_adjustment';
        answer.decided_by := 'contractual';
        answer.remark_code := null;
        remark := null;
        answer.amount_from := 0;
    else
        select *
        into policy
        from org_policies
        where active
            and policy_type <> 'approval_threshold'
            and (payer_id is null or payer_id = denial.payer_id)
            and (payer_types is null or type_of_payer = any (payer_types))
            and (denial_category is null or denial_category = answer.category)
            and (denial_code is null or denial_code = denial.denial_code)
            and (except_group is null or except_group <> split_part(denial.denial_code, '-', 1))
            and min_amount <= denial.open_amount
            and (max_amount is null or max_amount > denial.open_amount)
            and (valid_from is null or valid_from <= denial.denied_on)
            and (valid_to is null or valid_to >= denial.denied_on)
            and (
                policy_type <> 'appeal_threshold'
                or answer.appealable
                -- One for everything appeals nothing whose cure is something else.
                and (said = 'appeal' or num_nonnulls(payer_id, denial_category, denial_code) > 0)
            )
            -- A contractual obligation is never billed to the patient.
            and (policy_type <> 'transfer_to_patient' or denial.denial_code not like 'CO-%')
        order by priority_rank, payer_id is null, denial_code is null, denial_category is null, name collate "C"
        limit 1;

        -- Where any policy of the payer begins or ends.
        select max(bound) filter (where bound <= denial.open_amount), min(bound) filter (where bound > denial.open_amount)
        into answer.amount_from, answer.amount_below
        from (
            select min_amount as bound from org_policies where active and (payer_id is null or payer_id = denial.payer_id)
            union all
            select max_amount from org_policies where active and (payer_id is null or payer_id = denial.payer_id)
        ) as limits;
        answer.amount_from := coalesce(answer.amount_from, 0);

        answer.action := case
            when policy.policy_type = 'appeal_threshold' then 'appeal'
            when policy.policy_type = 'write_off_threshold' then 'write_off'
            when policy.policy_type = 'rebill_threshold' then 'rebill'
            when policy.policy_type = 'transfer_to_patient' then 'transfer_to_patient'
            -- Below every policy that appeals.
            when said is null or said = 'appeal' then 'investigate'
            else said
        end;
        answer.decided_by := case
            when policy.id is not null then 'policy'
            when said <> 'appeal' and remark.recommended_action is not null then 'remark'
            when said <> 'appeal' then 'library'
            when entry.id is not null and answer.appealable then 'no_policy'
            when entry.id is not null then 'not_appealable'
            when known.id is not null then 'code_not_valid'
            else 'unknown_code'
        end;
    end if;

    answer.automatic := coalesce(policy.automatic, false) and coalesce(remark.recommended_action, answer.action) = answer.action;
    answer.priority := case
        when answer.action = 'rebill' or (answer.action = 'appeal' and answer.automatic) then 'high'
        when answer.action = 'write_off' then 'low'
        else 'medium'
    end;
    answer.last_day := last_day_to_act(
        denial, answer.action, answer.appealable, coalesce(remark.asks_for_new_claim, false)
    );
    answer.act_by := least(since + coalesce(policy.days_to_act, 30), answer.last_day);
    answer.days := answer.act_by - denial.denied_on;
    answer.next_steps := steps_for(
        answer.action, answer.decided_by, denial.denied_on, remark.recommended_action, remark.next_steps,
        known.recommended_action, known.usual_resolution, known.valid_from, known.valid_to
    );
    answer.policy_id := policy.id;
    answer.policy_name := policy.name;
    answer.reason := reason_of(
        answer.decided_by, policy.name, policy.priority_rank, answer.remark_code, answer.action, answer.last_day
    );
    return answer;
end
$$;
SELECT pin_search_path('triage(denial_to_triage)');

-- What an adjustment of a payer is to us: by the closest of adjustment_rules, else by denial_code_library, else
-- by the same reason under another group. Empty where nobody knows, and for group CR and groups that X12 doesn't
-- know, of which a person has to say it.
CREATE FUNCTION disposition_of(payer uuid, sent_group text, sent_reason text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    answer text;
begin
    select disposition
    into answer
    from adjustment_rules
    where group_code = sent_group
        and (payer_id is null or payer_id = payer)
        and (reason_code is null or reason_code = sent_reason)
    order by payer_id is null, reason_code is null
    limit 1;
    if answer is not null or sent_group is null or sent_group not in ('CO', 'PR', 'OA', 'PI') then
        return answer;
    end if;

    select disposition into answer from denial_code_library where denial_code = sent_group || '-' || sent_reason;
    if answer is not null then
        return answer;
    end if;
    -- The reason without its group; where the library has it under several groups, the first of them decides.
    select disposition
    into answer
    from denial_code_library
    where split_part(denial_code, '-', 2) = sent_reason
    order by denial_code collate "C"
    limit 1;
    return case
        when sent_group = 'PR' and answer in ('contractual', 'patient') then 'patient'
        when answer = 'patient' then 'denial'
        else answer
    end;
end
$$;
SELECT pin_search_path('disposition_of(uuid, text, text)');

-- Last day to file a claim, stored or not, by its payer, type, first and last day of service and the claim that
-- it replaces; null where no filing rule fits.
CREATE FUNCTION filing_deadline_of(payer uuid, type_of_claim text, first_service date, last_service date, replaced_claim uuid)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    remitted_on date;
begin
    if replaced_claim is null then
        return deadline_by_rule(payer, type_of_claim, 'original_claim', first_service, last_service, null, null);
    end if;
    -- Without a denial nobody knows the day of the answer; the service is never later.
    select max(denied_on) into remitted_on from denials where claim_id = replaced_claim;
    return deadline_by_rule(
        payer, type_of_claim, 'corrected_claim', first_service, last_service, coalesce(remitted_on, last_service), null
    );
end
$$;
SELECT pin_search_path('filing_deadline_of(uuid, text, date, date, uuid)');

-- Last day to file a claim; of one that replaces another, to file the correction. Null where no filing rule
-- fits.
CREATE FUNCTION filing_deadline(claim uuid)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return (
        select filing_deadline_of(payer_id, claim_type, service_from, service_to, replaces_claim_id) from claims where id = claim
    );
end
$$;
SELECT pin_search_path('filing_deadline(uuid)');

-- Last day to appeal a denial at a level, counted from the denial or from the decision of the level before; null
-- where that isn't decided yet, and where no filing rule fits.
CREATE FUNCTION appeal_deadline(denial uuid, level text)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    levels constant text[] := array['first_level', 'second_level', 'third_level', 'external_review'];
    asked appeal_level := level;
    denied record;
begin
    select
        denials.payer_id,
        claims.claim_type,
        denials.denied_on,
        case
            when asked = 'first_level' then denials.denied_on
            else (
                select max(appeals.decided_on)
                from appeals
                where appeals.denial_id = denials.id
                    and appeals.appeal_level = levels[array_position(levels, cast(asked as text)) - 1]
            )
        end as decided_on
    into denied
    from denials
    join claims on claims.id = denials.claim_id
    where denials.id = denial;
    return deadline_by_rule(
        denied.payer_id, denied.claim_type, asked, null, null, denied.denied_on, denied.decided_on
    );
end
$$;
SELECT pin_search_path('appeal_deadline(uuid, text)');

-- Last day to appeal a denial at the level that comes next; null where none is left.
CREATE FUNCTION next_appeal_deadline(denial uuid)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    levels constant text[] := array['first_level', 'second_level', 'third_level', 'external_review'];
begin
    return (
        select
            deadline_by_rule(
                denials.payer_id, claims.claim_type, levels[1 + decided.number], null, null, denials.denied_on,
                coalesce(decided.last_on, denials.denied_on)
            )
        from denials
        join claims on claims.id = denials.claim_id
        cross join lateral (
            select count(*) as number, max(appeals.decided_on) as last_on
            from appeals
            where appeals.denial_id = denials.id and (appeals.status in ('denied', 'partially_approved') or appeals.released_on is not null)
        ) as decided
        where denials.id = denial
    );
end
$$;
SELECT pin_search_path('next_appeal_deadline(uuid)');

-- Last day to file the corrected or new claim of a rebill, or to appeal at the next level what is to be appealed
-- or investigated; null where there is none or nobody knows. Of a denial that isn't stored nobody knows the
-- service.
CREATE FUNCTION last_day_to_act(denial denial_to_triage, action text, appealable boolean, is_new_claim boolean)
 RETURNS date
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    claim record;
begin
    if action = 'rebill' then
        select claims.claim_type, claims.service_from, claims.service_to
        into claim
        from denials
        join claims on claims.id = denials.claim_id
        where denials.id = denial.denial_id;
        return deadline_by_rule(
            denial.payer_id, claim.claim_type, case when is_new_claim then 'original_claim' else 'corrected_claim' end,
            claim.service_from, claim.service_to, denial.denied_on, null
        );
    end if;
    if not appealable or action not in ('appeal', 'investigate') then
        return null;
    end if;
    if denial.denial_id is null then
        return appeal_deadline_of(denial.payer_id, null, 'first_level', denial.denied_on);
    end if;
    return next_appeal_deadline(denial.denial_id);
end
$$;
SELECT pin_search_path('last_day_to_act(denial_to_triage, text, boolean, boolean)');

-- Trigger: an appeal is due on the last day that filing_rules allow.
CREATE FUNCTION fill_due_day()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    -- A level whose turn has not come has no deadline; let_appeals_take_effect refuses it.
    new.due_on := coalesce(
        appeal_deadline(new.denial_id, new.appeal_level),
        appeal_deadline(new.denial_id, 'first_level'),
        case when new.appeal_level <> 'first_level'
            and not exists (select from appeals where denial_id = new.denial_id and decided_on is not null)
            then current_date end
    );
    if new.due_on is null then
        perform refuse('appeals_have_a_last_day', 'appeals', 'no filing rule says by when to appeal; give due_on, or enter the rule');
    end if;
    return new;
end
$$;
SELECT pin_search_path('fill_due_day()');
REVOKE EXECUTE ON FUNCTION fill_due_day() FROM PUBLIC;

-- What denial_work_items should hold for these denials: nothing where nothing is open, or something is under way
-- (an appeal, a rebill, a write-off that waits for approval, a reversal that waits for its correction).
CREATE FUNCTION expected_work_items(denial_ids uuid[])
 RETURNS SETOF denial_work_items
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
begin
    return query
    select
        denials.id,
        denials.claim_id,
        denials.payer_id,
        denials.denial_code,
        denials.denied_on,
        denials.denial_amount,
        cast(waiting.amount as usd),
        cast(case when granted.listed_from is null then decision.action else 'follow_up' end as denial_action),
        granted.listed_from is null and decision.automatic,
        cast(case
            when granted.listed_from is not null or decision.priority = 'medium' then 2
            when decision.priority = 'high' then 1
            else 3
        end as smallint),
        cast(coalesce(granted.listed_from, denials.denied_on) as calendar_date),
        cast(coalesce(granted.listed_from, decision.act_by) as calendar_date),
        cast(case when granted.listed_from is null then decision.last_day end as calendar_date),
        cast(case when granted.listed_from is null then decision.policy_id end as org_policy_key),
        decision.appealable,
        decision.remark_code,
        decision.decided_by,
        denials.assigned_to,
        cast(decision.amount_from as usd),
        cast(decision.amount_below as usd)
    from unnest(denial_ids) as worked (id)
    join denials on denials.id = worked.id
    left join lateral (
        -- All that is open was granted: ask the payer where it stays.
        select max(decided_on) + 30 as listed_from
        from appeals
        where appeals.denial_id = denials.id and appeals.granted_amount > 0
            and denials.granted_amount >= denials.open_amount
    ) as granted on true
    cross join lateral (
        select
            case when granted.listed_from is null then denials.open_amount - denials.granted_amount
                else denials.open_amount end as amount
    ) as waiting
    cross join lateral triage(
        cast(
            row(
                denials.payer_id, denials.denial_code, denials.denied_on, waiting.amount,
                array(
                    select cast(remark_code as text)
                    from denial_remarks
                    where denial_remarks.denial_id = denials.id and withdrawn_by is null
                ),
                denials.id
            ) as denial_to_triage
        )
    ) as decision
    where denials.open_amount > 0
        and denials.open_action is null
        and denials.taken_back_in_id is null
        and not exists (
            select from write_offs where write_offs.denial_id = denials.id and write_offs.status = 'pending_approval'
        );
end
$$;
SELECT pin_search_path('expected_work_items(uuid[])');

-- Has the work list follow these denials, whose rows the caller has locked.
CREATE FUNCTION keep_work_items(denial_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    expected denial_work_items[];
    kept denial_work_items;
begin
    select array_agg(item) into expected from expected_work_items(denial_ids) as item;

    delete from denial_work_items
    using (
        select unnest(denial_ids) as id
        except
        select item.denial_id from unnest(expected) as item
    ) as done
    where denial_work_items.denial_id = done.id;

    -- One by one: Citus plans an INSERT of a SELECT anew for each call, and only outside of generic plans.
    foreach kept in array coalesce(expected, '{}')
    loop
        insert into denial_work_items
        values (kept.*)
        on conflict (denial_id) do update
        set
            denied_on = excluded.denied_on,
            denial_amount = excluded.denial_amount,
            open_amount = excluded.open_amount,
            action = excluded.action,
            automatic = excluded.automatic,
            priority_order = excluded.priority_order,
            listed_from = excluded.listed_from,
            act_by = excluded.act_by,
            last_day = excluded.last_day,
            policy_id = excluded.policy_id,
            appealable = excluded.appealable,
            remark_code = excluded.remark_code,
            decided_by = excluded.decided_by,
            assigned_to = excluded.assigned_to,
            amount_from = excluded.amount_from,
            amount_below = excluded.amount_below;
    end loop;
end
$$;
SELECT pin_search_path('keep_work_items(uuid[])');

-- Has the work list follow denials to which something was posted: triages anew only where the amount left the
-- bounds of the answer.
CREATE FUNCTION settle_work_items(denial_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    worked_ids uuid[];
    amounts numeric[];
    kept_ids uuid[];
begin
    select array_agg(denials.id), array_agg(denials.open_amount)
    into worked_ids, amounts
    from unnest(denial_ids) as settled (id)
    join denials on denials.id = settled.id
    where denials.open_amount > 0 and denials.granted_amount = 0 and denials.open_action is null
        and denials.taken_back_in_id is null;

    with kept as (
        update denial_work_items
        set open_amount = worked.amount
        from unnest(worked_ids, amounts) as worked (id, amount)
        where denial_work_items.denial_id = worked.id
            and denial_work_items.action <> 'follow_up'
            and denial_work_items.amount_from <= worked.amount
            and (denial_work_items.amount_below is null or denial_work_items.amount_below > worked.amount)
        returning denial_work_items.denial_id
    )
    select array_agg(denial_id) into kept_ids from kept;

    if kept_ids is null or cardinality(kept_ids) < cardinality(denial_ids) then
        perform keep_work_items(array(select unnest(denial_ids) except select unnest(kept_ids)));
    end if;
end
$$;
SELECT pin_search_path('settle_work_items(uuid[])');

-- Trigger: triages anew what a changed policy may concern.
CREATE FUNCTION follow_policies()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    payer_ids uuid[];
    for_all boolean;
begin
    -- A denial that is recorded meanwhile would keep the old answer.
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from new_policies;
    elsif tg_op = 'DELETE' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from old_policies;
    else
        select array_agg(payer_id), bool_or(payer_id is null)
        into payer_ids, for_all
        from (select payer_id from old_policies union all select payer_id from new_policies) as policy;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where for_all or payer_id = any (payer_ids)
    ));
    return null;
end
$$;
SELECT pin_search_path('follow_policies()');
REVOKE EXECUTE ON FUNCTION follow_policies() FROM PUBLIC;

-- Trigger: frees a policy that is taken out; follow_policies then finds the next.
CREATE FUNCTION release_policy()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    update denial_work_items set policy_id = null where policy_id = old.id;
    return old;
end
$$;
SELECT pin_search_path('release_policy()');
REVOKE EXECUTE ON FUNCTION release_policy() FROM PUBLIC;

-- Trigger: triages anew what a changed entry of the library may concern.
CREATE FUNCTION follow_library()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    reasons text[];
begin
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(split_part(denial_code, '-', 2)) into reasons from new_entries;
    elsif tg_op = 'DELETE' then
        select array_agg(split_part(denial_code, '-', 2)) into reasons from old_entries;
    else
        select array_agg(split_part(denial_code, '-', 2))
        into reasons
        from (select denial_code from old_entries union all select denial_code from new_entries) as entry;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where split_part(denial_code, '-', 2) = any (reasons)
    ));
    return null;
end
$$;
SELECT pin_search_path('follow_library()');
REVOKE EXECUTE ON FUNCTION follow_library() FROM PUBLIC;

-- Trigger: triages anew what a changed entry of the remark library concerns.
CREATE FUNCTION follow_remark_library()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    codes text[];
begin
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(remark_code) into codes from new_entries;
    elsif tg_op = 'DELETE' then
        select array_agg(remark_code) into codes from old_entries;
    else
        select array_agg(remark_code)
        into codes
        from (select remark_code from old_entries union all select remark_code from new_entries) as entry;
    end if;

    perform keep_work_items(array(
        select item.denial_id
        from denial_work_items as item
        where exists (
            select from denial_remarks
            where denial_remarks.denial_id = item.denial_id and denial_remarks.remark_code = any (codes)
        )
    ));
    return null;
end
$$;
SELECT pin_search_path('follow_remark_library()');
REVOKE EXECUTE ON FUNCTION follow_remark_library() FROM PUBLIC;

-- Trigger: triages anew what a payer remarked on.
CREATE FUNCTION follow_remarks()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    denial_ids uuid[];
begin
    -- Waits for whoever changes policies or the libraries, as a new denial does.
    lock table denials in row exclusive mode;
    select array_agg(distinct denial_id) into denial_ids from new_remarks;
    perform 1 from denials where id = any (denial_ids) order by id for no key update;
    perform keep_work_items(denial_ids);
    return null;
end
$$;
SELECT pin_search_path('follow_remarks()');
REVOKE EXECUTE ON FUNCTION follow_remarks() FROM PUBLIC;

-- Trigger: triages a corrected denial anew.
CREATE FUNCTION follow_denial()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    perform keep_work_items(array[new.id]);
    return null;
end
$$;
SELECT pin_search_path('follow_denial()');
REVOKE EXECUTE ON FUNCTION follow_denial() FROM PUBLIC;

-- Trigger: has the work list show who works a denial.
CREATE FUNCTION follow_assignment()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    update denial_work_items set assigned_to = new.assigned_to where denial_id = new.id;
    return null;
end
$$;
SELECT pin_search_path('follow_assignment()');
REVOKE EXECUTE ON FUNCTION follow_assignment() FROM PUBLIC;

-- Trigger: triages anew what is open at a payer whose type was corrected.
CREATE FUNCTION follow_payer()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    lock table denials in share row exclusive mode;
    perform keep_work_items(array(select denial_id from denial_work_items where payer_id = new.id));
    return null;
end
$$;
SELECT pin_search_path('follow_payer()');
REVOKE EXECUTE ON FUNCTION follow_payer() FROM PUBLIC;

-- Every denial that the work list lacks, has without need or has otherwise than triage says: empty, always.
CREATE FUNCTION reconcile_work_list()
 RETURNS TABLE(denial_id uuid, difference text)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return query
    select
        cast(coalesce(kept.denial_id, expected.denial_id) as uuid),
        case
            when kept.denial_id is null then 'missing'
            when expected.denial_id is null then 'not to be worked'
            else 'differs'
        end
    from denial_work_items as kept
    full join expected_work_items(array(select id from denials where denials.open_amount > 0)) as expected
        on expected.denial_id = kept.denial_id
    where row(kept.*) is distinct from row(expected.*)
    order by 1;
end
$$;
SELECT pin_search_path('reconcile_work_list()');

-- Has the work list say what triage says, and tells how many denials differed. For the owner of the schema,
-- after a restore without triggers.
CREATE FUNCTION repair_work_list()
 RETURNS bigint
 LANGUAGE plpgsql
AS $$
declare
    denial_ids uuid[];
begin
    lock table denials in share row exclusive mode;
    select array_agg(differing.denial_id) into denial_ids from reconcile_work_list() as differing;
    perform keep_work_items(denial_ids);
    return coalesce(cardinality(denial_ids), 0);
end
$$;
SELECT pin_search_path('repair_work_list()');

-- Trigger: counts anew what a changed filing rule may concern.
CREATE FUNCTION follow_filing_rules()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    payer_ids uuid[];
    for_all boolean;
begin
    -- A denial that is recorded meanwhile would keep the old answer.
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from new_rules;
    elsif tg_op = 'DELETE' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from old_rules;
    else
        select array_agg(payer_id), bool_or(payer_id is null)
        into payer_ids, for_all
        from (select payer_id from old_rules union all select payer_id from new_rules) as rule;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where for_all or payer_id = any (payer_ids)
    ));
    return null;
end
$$;
SELECT pin_search_path('follow_filing_rules()');
REVOKE EXECUTE ON FUNCTION follow_filing_rules() FROM PUBLIC;

-- What is left of a posting once reversals and take-backs are off it, US dollars, with its own sign.
CREATE FUNCTION remaining_amount(posting uuid)
 RETURNS numeric
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return (
        select taken.amount + coalesce(sum(taker.amount + coalesce(mistake.amount, 0)), 0)
        from postings as taken
        left join postings as taker on taken.id in (taker.reverses_id, taker.takes_back_id)
        left join postings as mistake on mistake.reverses_id = taker.id
        where taken.id = posting
        group by taken.id
    );
end
$$;
SELECT pin_search_path('remaining_amount(uuid)');

-- Takes back what settled a denial, write-offs first, then the patient's part, then what was rebilled, the
-- newest first, up to an amount.
CREATE FUNCTION take_back_for_payment(denial uuid, needed numeric, day date)
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'auto'
AS $$
begin
    insert into postings (
        claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id, rebill_id, moved_to_claim_id, takes_back_id
    )
    select
        claim_id, denial_id, kind, -least(remaining, needed - before), day, 'database', write_off_id, rebill_id,
        moved_to_claim_id, id
    from (
        select
            *,
            coalesce(sum(remaining) over (
                order by preference, id desc rows between unbounded preceding and 1 preceding
            ), 0) as before
        from (
            select
                postings.*,
                -- A payer may have taken the patient's part back without saying of which row.
                least(
                    remaining_amount(postings.id),
                    case postings.kind when 'patient_responsibility' then denials.transferred_amount end
                ) as remaining,
                array_position(array['write_off', 'patient_responsibility', 'rebilled'], cast(postings.kind as text)) as preference
            from postings
            join denials on denials.id = postings.denial_id
            where denial_id = denial and kind in ('write_off', 'patient_responsibility', 'rebilled')
                and amount > 0 and reverses_id is null
        ) as settled
        where remaining > 0
    ) as candidate
    where before < needed;
end
$$;
SELECT pin_search_path('take_back_for_payment(uuid, numeric, date)');

-- Takes back what was expected of the payer before, on the claim of a later payer.
CREATE FUNCTION take_back_expected(claim uuid, day date)
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'auto'
AS $$
begin
    insert into postings (claim_id, kind, amount, posted_on, posted_by, takes_back_id)
    select claim_id, kind, -remaining, day, 'database', id
    from (
        select *, remaining_amount(id) as remaining
        from postings
        where claim_id = claim and kind = 'other_payer' and amount > 0 and posted_by = 'database'
            and moved_to_claim_id is null and takes_back_id is null
    ) as expected
    where remaining > 0;
end
$$;
SELECT pin_search_path('take_back_expected(uuid, date)');

-- Refuses where the open denials of a line exceed its charge.
CREATE FUNCTION check_denied_lines(claim_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
begin
    if exists (
        select
        from (
            select denials.claim_id, denials.line_number, sum(denials.open_amount) as open_amount
            from unnest(claim_ids) as changed (id)
            join denials on denials.claim_id = changed.id
            where denials.line_number is not null
            group by denials.claim_id, denials.line_number
        ) as denied
        join claim_lines
            on claim_lines.claim_id = denied.claim_id and claim_lines.line_number = denied.line_number
        where denied.open_amount > claim_lines.charge_amount
    ) then
        perform refuse('denials_within_line', 'denials', 'the open denials of the line exceed its charge');
    end if;
end
$$;
SELECT pin_search_path('check_denied_lines(uuid[])');

-- Refuses what was posted by hand to settle denials where it comes to what the first approval_threshold that
-- fits says.
CREATE FUNCTION check_approval(denial_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    -- The zone of a session is its client's to set.
    today date := cast(now() at time zone 'UTC' as date);
begin
    if exists (
        select
        from (
            select denial_id, sum(greatest(amount, 0)) as amount
            from (
                select posted.denial_id, posted.kind, sum(posted.amount) as amount
                from postings as posted
                left join postings as mistake on mistake.id = posted.reverses_id
                join postings as said on said.id = coalesce(
                    case
                        when coalesce(mistake.amount, posted.amount) < 0
                            then coalesce(mistake.takes_back_id, posted.takes_back_id)
                    end,
                    mistake.id,
                    posted.id
                )
                where posted.denial_id = any (denial_ids)
                    and posted.kind in ('contractual_adjustment', 'other_payer', 'patient_responsibility')
                    and said.posted_by <> 'database' and said.remittance_claim_id is null and said.write_off_id is null
                group by posted.denial_id, posted.kind
            ) as of_kind
            group by denial_id
        ) as by_hand
        join denials on denials.id = by_hand.denial_id
        join payers on payers.id = denials.payer_id
        cross join lateral (
            select min_amount
            from org_policies
            where active and policy_type = 'approval_threshold'
                and (payer_id is null or payer_id = payers.id)
                and (payer_types is null or cast(payers.payer_type as text) = any (payer_types))
                and (denial_category is null or denial_category = category_of(denials.denial_code))
                and (denial_code is null or denial_code = denials.denial_code)
                and (except_group is null or except_group <> split_part(denials.denial_code, '-', 1))
                and (valid_from is null or valid_from <= today)
                and (valid_to is null or valid_to >= today)
            order by priority_rank, payer_id is null, denial_code is null, denial_category is null, name collate "C"
            limit 1
        ) as threshold
        where by_hand.amount >= threshold.min_amount
    ) then
        perform refuse('postings_need_approval', 'postings', 'request it as a write-off of this kind, which somebody else approves');
    end if;
end
$$;
SELECT pin_search_path('check_approval(uuid[])');

-- The last day whose books are closed; above READ COMMITTED it locks the closing, so that one that was added
-- meanwhile is noticed.
CREATE FUNCTION last_closed_day()
 RETURNS date
 LANGUAGE plpgsql
AS $$
declare
    day date;
begin
    if current_setting('transaction_isolation') = 'read committed' then
        select closed_through into day from period_closings where is_last;
    else
        select closed_through into day from period_closings where is_last for share;
    end if;
    return day;
end
$$;
SELECT pin_search_path('last_closed_day()');

-- Adds one posting to the totals of its claim and denial, where the denial has that much open; else says false.
CREATE FUNCTION post_one(posted_claim uuid, posted_denial uuid, posted_kind text, posted numeric, posted_day date)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
declare
    held record;
    -- What the payer owes less for it.
    settled numeric := case when posted_kind in ('patient_payment', 'patient_write_off', 'denial_withdrawn') then 0 else posted end;
    denied numeric := case when posted_denial is null then 0 else posted end;
    expected boolean := true;
begin
    if posted_denial is not null then
        update denials
        set
            recovered_amount = recovered_amount + case when posted_kind = 'payment' then posted else 0 end,
            transferred_amount = transferred_amount + case when posted_kind = 'patient_responsibility' then posted else 0 end,
            adjusted_amount = adjusted_amount
                + case when posted_kind in ('contractual_adjustment', 'other_payer') then posted else 0 end,
            withdrawn_amount = withdrawn_amount + case when posted_kind = 'denial_withdrawn' then posted else 0 end,
            updated_at = now()
        where id = posted_denial and claim_id = posted_claim and open_amount >= posted and granted_amount = 0
        returning open_amount, open_action, taken_back_in_id into held;

        if not found then
            return false;
        end if;
        if held.open_amount = 0 then
            delete from denial_work_items where denial_id = posted_denial;
        elsif held.open_action is null and held.taken_back_in_id is null then
            -- Mostly triage says the same, and only the amount of the work changes.
            update denial_work_items
            set open_amount = held.open_amount
            where denial_id = posted_denial
                and amount_from <= held.open_amount and (amount_below is null or amount_below > held.open_amount);
            if not found then
                perform keep_work_items(array[posted_denial]);
            end if;
        end if;
    end if;

    loop
        update claims
        set
            paid_amount = paid_amount + case when posted_kind = 'payment' then posted else 0 end,
            contractual_amount = contractual_amount + case when posted_kind = 'contractual_adjustment' then posted else 0 end,
            patient_responsibility_amount = patient_responsibility_amount
                + case when posted_kind = 'patient_responsibility' then posted else 0 end,
            other_payer_amount = other_payer_amount + case when posted_kind = 'other_payer' then posted else 0 end,
            patient_paid_amount = patient_paid_amount + case when posted_kind = 'patient_payment' then posted else 0 end,
            patient_written_off_amount = patient_written_off_amount
                + case when posted_kind = 'patient_write_off' then posted else 0 end,
            open_denied_amount = open_denied_amount - denied,
            answers = answers + case when posted_kind in ('patient_payment', 'patient_write_off') then 0 else 1 end,
            updated_at = now()
        where id = posted_claim
            and (
                not expected or other_payer_amount <= 0
                or payer_balance_amount - settled >= open_denied_amount - denied
            )
        returning voided_on, service_from into held;
        exit when found;
        if not expected then
            return false;
        end if;
        perform take_back_expected(posted_claim, posted_day);
        expected := false;
    end loop;

    if held.voided_on is not null then
        perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
    end if;
    if posted_day < held.service_from and posted_kind <> 'patient_payment' then
        perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
    end if;
    return true;
end
$$;

-- Adds postings to the totals of their claims, denials and appeals, and has the work list follow.
CREATE FUNCTION post_many(posted postings[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    -- Of appeals, denials and claims in the order of their ids, in which they are locked.
    appeal record;
    denial record;
    claim record;
    held record;
    position integer := 0;
    locked bigint;
    -- Reversals of what the database posted, which was no answer.
    undone_ids uuid[];
    sourced_ids uuid[];
    overpaid_ids uuid[] := array[]::uuid[];
    overpaid numeric[] := array[]::numeric[];
begin
    select array_agg(id) as ids, array_agg(paid) as paid
    into appeal
    from (
        select appeal_id as id, sum(amount) as paid
        from unnest(posted)
        where appeal_id is not null
        group by appeal_id
        order by appeal_id
    ) as change;
    if appeal.ids is not null then
        perform 1 from appeals where id = any (appeal.ids) order by id for no key update;
    end if;

    select
        array_agg(id) as ids,
        array_agg(claim_id) as claim_ids,
        array_agg(settled) as settled,
        array_agg(recovered) as recovered,
        array_agg(written_off) as written_off,
        array_agg(transferred) as transferred,
        array_agg(adjusted) as adjusted,
        array_agg(rebilled) as rebilled,
        array_agg(withdrawn) as withdrawn,
        array_agg(taken_back) as taken_back,
        array_agg(answered) as answered,
        array_agg(day) as days
    into denial
    from (
        select
            denial_id as id,
            claim_id,
            sum(amount) as settled,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as recovered,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as transferred,
            coalesce(sum(amount) filter (where kind in ('contractual_adjustment', 'other_payer')), 0) as adjusted,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'denial_withdrawn'), 0) as withdrawn,
            bool_or(amount < 0) and bool_and(reverses_id is null) as taken_back,
            bool_or(remittance_claim_id is not null) as answered,
            max(posted_on) as day
        from unnest(posted)
        where denial_id is not null
        group by denial_id, claim_id
        order by denial_id
    ) as change;

    if exists (select from unnest(posted) where reverses_id is not null) then
        select array_agg(id)
        into undone_ids
        from postings
        where id = any (array(select reverses_id from unnest(posted))) and posted_by = 'database';

        -- As rebills and replacements do: written before the denials are locked, so that of a reversal and of whoever voids
        -- the new claim one sees the other, at every isolation level.
        update claims
        set updated_at = now()
        where id in (
            select moved_to_claim_id
            from unnest(posted)
            where moved_to_claim_id is not null and amount > 0 and reverses_id is not null
        );
    end if;

    select
        array_agg(id) as ids,
        array_agg(paid) as paid,
        array_agg(contractual) as contractual,
        array_agg(responsibility) as responsibility,
        array_agg(other_payer) as other_payer,
        array_agg(written_off) as written_off,
        array_agg(rebilled) as rebilled,
        array_agg(patient_paid) as patient_paid,
        array_agg(patient_written_off) as patient_written_off,
        array_agg(settled) as settled,
        array_agg(answers) as answers,
        array_agg(taken) as taken,
        array_agg(told) as told,
        array_agg(day) as days,
        array_agg(untied) as untied,
        array_agg(earliest) as earliest
    into claim
    from (
        select
            claim_id as id,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
            coalesce(sum(amount) filter (where kind = 'contractual_adjustment'), 0) as contractual,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as responsibility,
            coalesce(sum(amount) filter (where kind = 'other_payer'), 0) as other_payer,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'patient_payment'), 0) as patient_paid,
            coalesce(sum(amount) filter (where kind = 'patient_write_off'), 0) as patient_written_off,
            coalesce(sum(amount) filter (where denial_id is not null), 0) as settled,
            cast(coalesce(sum(case when reverses_id is null then 1 else -1 end) filter (where kind in (
                'payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn'
            ) and posted_by <> 'database' and reverses_id = any (undone_ids) is not true), 0) as integer) as answers,
            coalesce(sum(amount) filter (where kind not in ('patient_payment', 'patient_write_off', 'denial_withdrawn')), 0) as taken,
            bool_or(kind = 'other_payer' and posted_by <> 'database') as told,
            max(posted_on) as day,
            bool_or(reverses_id is null and takes_back_id is null) as untied,
            min(posted_on) filter (where kind <> 'patient_payment') as earliest
        from unnest(posted)
        group by claim_id
        order by claim_id
    ) as change;

    perform 1
    from unnest(denial.ids, denial.claim_ids) as posted_to (id, claim_id)
    join denials on denials.id = posted_to.id and denials.claim_id = posted_to.claim_id
    order by denials.id
    for no key update of denials;
    get diagnostics locked = row_count;

    for held in
        select id, voided_on, service_from, payer_balance_amount, open_denied_amount, other_payer_amount
        from claims
        where id = any (claim.ids)
        order by id
        for no key update
    loop
        position := position + 1;
        if held.voided_on is not null and claim.untied[position] then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
        end if;
        if claim.earliest[position] < held.service_from then
            perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
        end if;
        if held.other_payer_amount > 0 and (
            claim.told[position]
            or held.payer_balance_amount - claim.taken[position] < held.open_denied_amount - claim.settled[position]
        ) then
            perform take_back_expected(held.id, claim.days[position]);
        end if;
    end loop;
    if locked < cardinality(denial.ids) or position < cardinality(claim.ids) then
        -- Says which of them there isn't.
        set constraints postings_claim_id_exists, postings_denial_of_claim immediate;
    end if;

    if denial.ids is not null then
        position := 0;
        for held in
            select
                denials.id, denials.open_amount, denials.recovered_amount, denials.transferred_amount,
                denials.adjusted_amount, claims.id as claim_id, claims.payer_balance_amount
            from denials
            join claims on claims.id = denials.claim_id
            where denials.id = any (denial.ids)
            order by denials.id
        loop
            position := position + 1;
            if denial.taken_back[position] and least(
                held.recovered_amount + denial.recovered[position],
                held.transferred_amount + denial.transferred[position],
                held.adjusted_amount + denial.adjusted[position]
            ) < 0 then
                -- Else prepare_posting had seen it.
                raise serialization_failure using message = 'somebody took back from the same denial; run the transaction again';
            end if;
            if (denial.recovered[position] > 0 or denial.answered[position])
                and denial.settled[position] > held.open_amount then
                -- What is taken back is open until the payment below; on an overpaid claim only beside a loan.
                if held.payer_balance_amount < 0 then
                    update claims set paid_amount = paid_amount + held.payer_balance_amount where id = held.claim_id;
                    overpaid_ids := overpaid_ids || held.claim_id;
                    overpaid := overpaid || held.payer_balance_amount;
                end if;
                perform take_back_for_payment(
                    held.id, denial.settled[position] - held.open_amount, denial.days[position]
                );
            end if;
        end loop;

        update denials
        set
            recovered_amount = denials.recovered_amount + change.recovered,
            written_off_amount = denials.written_off_amount + change.written_off,
            transferred_amount = denials.transferred_amount + change.transferred,
            adjusted_amount = denials.adjusted_amount + change.adjusted,
            rebilled_amount = denials.rebilled_amount + change.rebilled,
            withdrawn_amount = denials.withdrawn_amount + change.withdrawn,
            updated_at = now()
        from unnest(
            denial.ids, denial.recovered, denial.written_off, denial.transferred, denial.adjusted, denial.rebilled,
            denial.withdrawn
        ) as change (id, recovered, written_off, transferred, adjusted, rebilled, withdrawn)
        where denials.id = change.id;
    end if;

    update claims
    set
        paid_amount = claims.paid_amount + change.paid,
        contractual_amount = claims.contractual_amount + change.contractual,
        patient_responsibility_amount = claims.patient_responsibility_amount + change.responsibility,
        other_payer_amount = claims.other_payer_amount + change.other_payer,
        written_off_amount = claims.written_off_amount + change.written_off,
        rebilled_amount = claims.rebilled_amount + change.rebilled,
        patient_paid_amount = claims.patient_paid_amount + change.patient_paid,
        patient_written_off_amount = claims.patient_written_off_amount + change.patient_written_off,
        open_denied_amount = claims.open_denied_amount - change.settled,
        answers = claims.answers + change.answers,
        updated_at = now()
    from unnest(
        claim.ids, claim.paid, claim.contractual, claim.responsibility, claim.other_payer, claim.written_off,
        claim.rebilled, claim.patient_paid, claim.patient_written_off, claim.settled, claim.answers
    ) as change (
        id, paid, contractual, responsibility, other_payer, written_off, rebilled, patient_paid, patient_written_off,
        settled, answers
    )
    where claims.id = change.id;

    if cardinality(overpaid_ids) > 0 then
        update claims
        set paid_amount = claims.paid_amount - loan.amount
        from (
            select unnested.id, sum(unnested.amount) as amount
            from unnest(overpaid_ids, overpaid) as unnested (id, amount)
            group by unnested.id
        ) as loan
        where claims.id = loan.id;
    end if;

    if appeal.ids is not null then
        update appeals
        set paid_amount = appeals.paid_amount + change.paid
        from unnest(appeal.ids, appeal.paid) as change (id, paid)
        where appeals.id = change.id;
    end if;
    if denial.ids is not null then
        perform settle_work_items(denial.ids);
        -- Only what opens again can be too much for its line.
        if 0 > any (denial.settled) then
            perform check_denied_lines(claim.ids);
        end if;
    end if;
    sourced_ids := array(
        select id
        from unnest(posted)
        where coalesce(reverses_id, takes_back_id, write_off_id, moved_to_claim_id, remittance_claim_id) is not null
    );
    if cardinality(sourced_ids) > 0 then
        perform match_sources(sourced_ids);
    end if;
end
$$;

-- Trigger: adds new postings to the totals of their claims, denials and appeals, and refuses closed days, days
-- before the service and voided claims.
CREATE FUNCTION keep_totals()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    posting record;
    last_closed date;
    number integer := 0;
    by_hand uuid[];
begin
    if current_setting('transaction_isolation') = 'read committed' then
        select closed_through into last_closed from period_closings where is_last;
    else
        last_closed := last_closed_day();
    end if;

    for posting in select * from new_postings
    loop
        number := number + 1;
        if posting.recorded_login <> session_user
            or posting.recorded_role <> coalesce(nullif(current_setting('role'), 'none'), session_user)
        then
            perform refuse('postings_recorded_by_database', 'postings', 'the database says who recorded it; leave it out');
        end if;
        if posting.posted_by = 'database' and pg_trigger_depth() = 1 then
            perform refuse('postings_posted_by_a_caller', 'postings', 'what the database posts alone has this name; say who posts');
        end if;
        if posting.posted_on <= last_closed then
            perform refuse('postings_period_is_open', 'postings', 'the day is closed; post on the first open day');
        end if;
        -- The zone of a session is its client's to set.
        if posting.posted_on > cast(now() at time zone 'UTC' as date) + 1 then
            perform refuse('postings_not_in_the_future', 'postings', 'the day is after tomorrow (UTC)');
        end if;
        if posting.denial_id is not null and posting.amount > 0
            and posting.kind in ('contractual_adjustment', 'other_payer', 'patient_responsibility')
            and posting.remittance_claim_id is null and posting.write_off_id is null
        then
            by_hand := by_hand || posting.denial_id;
        end if;
    end loop;

    if number = 0 then
        return null;
    end if;

    -- What is posted all day: one row that adds to what is open enough. The same as post_many, without sums and sorting.
    if number = 1 and posting.amount > 0 and posting.appeal_id is null and posting.reverses_id is null
        and posting.takes_back_id is null and posting.write_off_id is null and posting.moved_to_claim_id is null
        and posting.kind <> 'other_payer' and posting.posted_by <> 'database'
        and posting.remittance_claim_id is null
        and coalesce(posting.idempotency_ordinal, 1) = 1
        and post_one(posting.claim_id, posting.denial_id, posting.kind, posting.amount, posting.posted_on)
    then
        if by_hand is not null then
            perform check_approval(by_hand);
        end if;
        return null;
    end if;

    -- The first row of the key was left out, because it is there: ON CONFLICT DO NOTHING.
    if exists (
        select
        from new_postings
        where idempotency_key is not null
        group by idempotency_key
        having min(idempotency_ordinal) <> 1
    ) then
        perform refuse('postings_key_used_otherwise', 'postings', 'the key has posted something else; take a new key');
    end if;

    perform post_many(array(select cast(row(added.*) as postings) from new_postings as added));
    if by_hand is not null then
        perform check_approval(by_hand);
    end if;
    return null;
end
$$;
SELECT pin_search_path('keep_totals()');
REVOKE EXECUTE ON FUNCTION keep_totals() FROM PUBLIC;

-- Trigger: refuses what only the schema's own triggers post, and has a row that takes back more than its denial
-- has of that kind count for the claim alone.
CREATE FUNCTION prepare_posting()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
declare
    settled numeric;
begin
    if (new.posted_by = 'database' or new.write_off_id is not null or new.moved_to_claim_id is not null)
        and pg_trigger_depth() > 1
        and not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage')
    then
        perform refuse('postings_posted_by_a_caller', 'postings', 'what the database posts alone has this name; say who posts');
    end if;

    if new.amount < 0 and new.denial_id is not null and new.reverses_id is null
        and new.kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer')
    then
        -- A volatile function sees the earlier rows of its own statement. Nothing is locked yet, since rows come in any order;
        -- whether it still holds is asked once the denials are locked, in post_many.
        select sum(amount) into settled
        from postings
        where denial_id = new.denial_id and case new.kind
            when 'contractual_adjustment' then kind in ('contractual_adjustment', 'other_payer')
            when 'other_payer' then kind in ('contractual_adjustment', 'other_payer')
            else kind = new.kind
        end;
        if coalesce(settled, 0) + new.amount < 0 then
            new.unsettled_denial_id := new.denial_id;
            new.denial_id := null;
            new.appeal_id := null;
        end if;
    end if;
    return new;
end
$$;
SELECT pin_search_path('prepare_posting()');

-- Refuses postings that don't say what their write-off, rebill or reversed posting says, or that take back what
-- was taken back.
CREATE FUNCTION match_sources(posting_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    reversal_ids uuid[];
    taken_ids uuid[];
    write_off_ids uuid[];
    moved_ids uuid[];
    said_ids uuid[];
begin
    select
        array_agg(id) filter (where reverses_id is not null),
        array_agg(coalesce(reverses_id, takes_back_id)) filter (where coalesce(reverses_id, takes_back_id) is not null),
        array_agg(id) filter (where write_off_id is not null),
        array_agg(id) filter (where moved_to_claim_id is not null),
        array_agg(distinct remittance_claim_id) filter (where remittance_claim_id is not null)
    into reversal_ids, taken_ids, write_off_ids, moved_ids, said_ids
    from postings
    where id = any (posting_ids);

    if reversal_ids is not null and exists (
        select
        from unnest(reversal_ids) as given (id)
        join postings as reversal on reversal.id = given.id
        join postings as mistake on mistake.id = reversal.reverses_id
        where mistake.reverses_id is not null
            or reversal.amount <> -mistake.amount
            or (
                reversal.claim_id, reversal.denial_id, reversal.kind, reversal.appeal_id, reversal.write_off_id,
                reversal.rebill_id, reversal.moved_to_claim_id
            ) is distinct from (
                mistake.claim_id, mistake.denial_id, mistake.kind, mistake.appeal_id, mistake.write_off_id,
                mistake.rebill_id, mistake.moved_to_claim_id
            )
            or (reversal.remittance_claim_id, reversal.service_number, reversal.adjustment_number)
                is distinct from (mistake.remittance_claim_id, mistake.service_number, mistake.adjustment_number)
    ) then
        perform refuse(
            'postings_reverses_same_posting', 'postings',
            'a reversal has the claim, denial, kind, source and amount, with the other sign, of a posting that is no reversal itself'
        );
    end if;

    if taken_ids is not null then
        if exists (
            select
            from postings as taker
            join postings as taken on taken.id = taker.takes_back_id
            where taker.takes_back_id = any (taken_ids)
                and (
                    taken.reverses_id is not null
                    or (taker.claim_id, taker.kind) <> (taken.claim_id, taken.kind)
                    or sign(taker.amount) = sign(taken.amount)
                )
        ) then
            perform refuse('postings_takes_back_same_kind', 'postings', 'what is taken back is of the same claim and kind, with the other sign');
        end if;
        if exists (
            select
            from postings
            where id = any (taken_ids) and sign(remaining_amount(id)) = -sign(amount)
        ) then
            perform refuse('postings_taken_back_once', 'postings', 'more would be taken back than was posted');
        end if;
    end if;

    if write_off_ids is not null and exists (
        select
        from unnest(write_off_ids) as given (id)
        join postings as posted on posted.id = given.id
        join write_offs on write_offs.id = posted.write_off_id
        where case
            when posted.amount > 0 then
                write_offs.status not in ('approved', 'reversed') or (posted.kind, posted.amount) <> (write_offs.kind, write_offs.amount)
            -- A payment that takes it back does so inside of its own trigger.
            else write_offs.status <> 'reversed' and pg_trigger_depth() = 1
        end
    ) then
        perform refuse('postings_write_off_says_so', 'postings', 'approve or reverse the write-off itself; the ledger follows');
    end if;

    if said_ids is not null and exists (select from remittance_claims where id = any (said_ids) and not being_posted) then
        perform refuse('postings_remittance_says_so', 'postings', 'post the claim of the remittance, or unmatch it; the ledger follows');
    end if;

    if moved_ids is not null and exists (
        select
        from unnest(moved_ids) as given (id)
        join postings as posted on posted.id = given.id
        join claims as target on target.id = posted.moved_to_claim_id
        left join rebills on rebills.id = posted.rebill_id
        where case
            -- What a later payer's claim takes over.
            when posted.kind <> 'rebilled' then posted.posted_by <> 'database'
            when posted.amount > 0 then
                target.submitted_on is null
                or target.voided_on is not null
                or (rebills.submitted_on is null or rebills.new_claim_id is distinct from target.id)
                and (target.frequency_code <> '7' or target.replaces_claim_id is distinct from posted.claim_id)
            else target.voided_on is null and pg_trigger_depth() = 1
        end
    ) then
        perform refuse('postings_rebill_says_so', 'postings', 'submit the rebill, the replacement or the claim of the next payer, or void it; the ledger follows');
    end if;
end
$$;
SELECT pin_search_path('match_sources(uuid[])');

-- Trigger: takes the payer from the claim; its argument names the foreign key.
CREATE FUNCTION fill_payer()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    select payer_id into new.payer_id from claims where id = new.claim_id;
    if not found then
        raise foreign_key_violation using
            message = format('%s: the claim is not there', tg_argv[0]),
            table = tg_table_name,
            constraint = tg_argv[0];
    end if;
    return new;
end
$$;
SELECT pin_search_path('fill_payer()');
REVOKE EXECUTE ON FUNCTION fill_payer() FROM PUBLIC;

-- Trigger: adds new denials to the totals of their claims, and refuses closed days and days before the service.
CREATE FUNCTION record_denials()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    denial_ids uuid[];
    remitted boolean;
    remarked_ids uuid[];
    remark_codes text[];
    claim_ids uuid[];
    denied numeric[];
    counts integer[];
    earliest date[];
    position integer := 0;
    held record;
begin
    select array_agg(claim_id), array_agg(amount), array_agg(number), array_agg(day)
    into claim_ids, denied, counts, earliest
    from (
        select claim_id, sum(denial_amount) as amount, cast(count(*) as integer) as number, min(denied_on) as day
        from new_denials
        group by claim_id
        order by claim_id
    ) as change;

    if claim_ids is null then
        return null;
    end if;
    select array_agg(id), bool_or(remittance_claim_id is not null) into denial_ids, remitted from new_denials;

    if last_closed_day() >= any (earliest) then
        perform refuse('denials_period_is_open', 'denials', 'the day is closed; record it on the first open day');
    end if;

    for held in
        select id, voided_on, service_from, payer_balance_amount, open_denied_amount, other_payer_amount
        from claims
        where id = any (claim_ids)
        order by id
        for no key update
    loop
        position := position + 1;
        if held.voided_on is not null then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; a denial of it counts for nothing');
        end if;
        if earliest[position] < held.service_from then
            perform refuse('denials_not_before_service', 'denials', 'the day is before the service');
        end if;
        if held.other_payer_amount > 0
            and held.open_denied_amount + denied[position] > held.payer_balance_amount
        then
            perform take_back_expected(held.id, earliest[position]);
        end if;
    end loop;

    update claims
    set
        open_denied_amount = claims.open_denied_amount + change.denied,
        answers = claims.answers + change.number
    from unnest(claim_ids, denied, counts) as change (id, denied, number)
    where claims.id = change.id;

    perform check_denied_lines(claim_ids);

    if remitted then
        -- What is remarked on the refused service and on the claim as a whole; the codes of pharmacies are others.
        select array_agg(denial_id), array_agg(code)
        into remarked_ids, remark_codes
        from (
            select distinct recorded.id as denial_id, remark.code
            from denials as recorded
            join remittance_adjustments as adjustment
                on adjustment.remittance_claim_id = recorded.remittance_claim_id
                and adjustment.adjustment_number = recorded.adjustment_number
            join remittance_remarks as remark
                on remark.remittance_claim_id = adjustment.remittance_claim_id
                and (remark.service_number is null or remark.service_number = adjustment.service_number)
            where recorded.id = any (denial_ids)
                and remark.code_list is distinct from 'RX'
                and remark.code ~ '^(M[1-9][0-9]{0,2}|MA[0-9]{2,3}|N[1-9][0-9]{0,3})$'
        ) as remark;
        -- As in take_back_for_payment.
        set local plan_cache_mode = auto;
        insert into denial_remarks (denial_id, remark_code)
        select remark.denial_id, remark.code
        from unnest(remarked_ids, remark_codes) as remark (denial_id, code);
    end if;
    -- follow_remarks does it for those that were remarked on.
    perform keep_work_items(array(select unnest(denial_ids) except select unnest(remarked_ids)));

    return null;
end
$$;
SELECT pin_search_path('record_denials()');
REVOKE EXECUTE ON FUNCTION record_denials() FROM PUBLIC;

-- Trigger: has the claim follow a corrected amount.
CREATE FUNCTION correct_denial()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    update claims
    set open_denied_amount = open_denied_amount + new.denial_amount - old.denial_amount
    where id = new.claim_id;
    perform check_denied_lines(array[new.claim_id]);
    return null;
end
$$;
SELECT pin_search_path('correct_denial()');
REVOKE EXECUTE ON FUNCTION correct_denial() FROM PUBLIC;

-- Trigger: waits for writers, and has the new closing take the place of the last.
CREATE FUNCTION close_period()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    -- Waits for everybody who is writing, and has the next ones wait.
    lock table denials, postings in share row exclusive mode;
    if new.closed_through >= cast(now() at time zone 'UTC' as date) then
        perform refuse('period_closings_in_the_past', 'period_closings', 'the day is not over');
    end if;
    if exists (select from period_closings where is_last and closed_through >= new.closed_through) then
        perform refuse('period_closings_go_on', 'period_closings', 'that day is closed');
    end if;
    -- Written, so that a writer with an older snapshot that locks it fails.
    update period_closings set is_last = false where is_last;
    new.is_last := true;
    return new;
end
$$;
SELECT pin_search_path('close_period()');
REVOKE EXECUTE ON FUNCTION close_period() FROM PUBLIC;

-- Trigger: refuses a status that status_transitions doesn't lead to; its argument names the table.
CREATE FUNCTION check_status_path()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if not exists (
        select
        from status_transitions
        where table_name = tg_argv[0]
            and from_status = case tg_op when 'INSERT' then 'none' else old.status end
            and to_status = new.status
    ) then
        perform refuse(
            cast(tg_argv[0] || case tg_op when 'INSERT' then '_initial_status' else '_status_path' end as text),
            cast(tg_argv[0] as text),
            'status_transitions has no such step'
        );
    end if;
    return new;
end
$$;
SELECT pin_search_path('check_status_path()');
REVOKE EXECUTE ON FUNCTION check_status_path() FROM PUBLIC;

-- What is under way for a denial, from its appeals and rebills: appeal, filed_appeal or rebill; null when
-- nothing is.
CREATE FUNCTION open_action_of(denial uuid)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return (
        select string_agg(action, ' and ' order by action)
        from (
            select case when filed_on is null then 'appeal' else 'filed_appeal' end as action
            from appeals
            where denial_id = denial and status in ('pending', 'in_progress', 'submitted', 'under_review')
            union all
            select 'rebill'
            from rebills
            where denial_id = denial and status in ('pending', 'submitted', 'accepted')
        ) as under_way
    );
end
$$;
SELECT pin_search_path('open_action_of(uuid)');

-- Has the open_action of denials, and the work list, follow their appeals and rebills.
CREATE FUNCTION keep_open_actions(denial_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    changed_ids uuid[];
    actions text[];
begin
    -- Computed first: Citus takes no such function in an UPDATE. Materialized, so that each is asked once.
    with denial as materialized (
        select id, open_action_of(id) as action, cast(open_action as text) as kept from denials where id = any (denial_ids)
    )
    select array_agg(id), array_agg(action) into changed_ids, actions from denial where action is distinct from kept;

    update denials
    set open_action = change.action
    from unnest(changed_ids, actions) as change (id, action)
    where denials.id = change.id;

    perform keep_work_items(denial_ids);
end
$$;
SELECT pin_search_path('keep_open_actions(uuid[])');

-- Trigger: takes payer and code from the denial; its argument names the foreign key.
CREATE FUNCTION fill_from_denial()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    select
        coalesce(new.payer_id, payer_id), coalesce(new.denial_code, denial_code)
    into new.payer_id, new.denial_code
    from denials
    where id = new.denial_id;
    if not found then
        raise foreign_key_violation using
            message = format('%s: the denial is not there', tg_argv[0]),
            table = tg_table_name,
            constraint = tg_argv[0];
    end if;
    return new;
end
$$;
SELECT pin_search_path('fill_from_denial()');
REVOKE EXECUTE ON FUNCTION fill_from_denial() FROM PUBLIC;

-- Trigger: checks appeals against their denials (open amount, no open rebill, levels in order) and keeps what is
-- granted, denials.open_action and claims.filed_appeals.
CREATE FUNCTION let_appeals_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    denial_ids uuid[];
    levels integer[];
    -- Amounts that must fit what is open and not granted yet: of new appeals, of changes before the filing, of filings.
    asked numeric[];
    granted numeric[];
    claim_ids uuid[];
    filed integer[];
begin
    if tg_op = 'INSERT' then
        select
            array_agg(denial_id),
            array_agg(array_position(
                array['first_level', 'second_level', 'third_level', 'external_review'], cast(appeal_level as text)
            )),
            array_agg(cast(appealed_amount as numeric))
        into denial_ids, levels, asked
        from new_appeals;

        select array_agg(claim_id), array_agg(number)
        into claim_ids, filed
        from (
            select claim_id, cast(count(*) as integer) as number
            from new_appeals
            where status in ('submitted', 'under_review')
            group by claim_id
        ) as change;
    else
        select
            array_agg(new_appeals.denial_id),
            array_agg(case
                when new_appeals.appealed_amount <> old_appeals.appealed_amount
                    or (old_appeals.filed_on is null and new_appeals.filed_on is not null)
                    then cast(new_appeals.appealed_amount as numeric)
            end),
            array_agg(new_appeals.granted_amount - old_appeals.granted_amount)
        into denial_ids, asked, granted
        from new_appeals
        join old_appeals on old_appeals.id = new_appeals.id
        where (new_appeals.status, new_appeals.appealed_amount, new_appeals.granted_amount)
                <> (old_appeals.status, old_appeals.appealed_amount, old_appeals.granted_amount)
            -- Also where all that was granted is paid: the next step is another.
            or new_appeals.released_on is distinct from old_appeals.released_on;

        select array_agg(claim_id), array_agg(number)
        into claim_ids, filed
        from (
            select claim_id, cast(sum(sign) as integer) as number
            from (
                select claim_id, 1 as sign
                from new_appeals
                where status in ('submitted', 'under_review') or granted_amount > 0
                union all
                select claim_id, -1
                from old_appeals
                where status in ('submitted', 'under_review') or granted_amount > 0
            ) as signed
            group by claim_id
        ) as change
        where number <> 0;
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount <= granted_amount) then
            perform refuse('appeals_need_an_open_amount', 'appeals', 'the denial has no open amount, or all of it is granted');
        end if;
        if exists (
            select
            from rebills
            where denial_id = any (denial_ids) and status in ('pending', 'submitted', 'accepted')
        ) then
            perform refuse('appeals_wait_for_rebill', 'appeals', 'a rebill of the denial is open; resolve it first');
        end if;
        if exists (
            select
            from unnest(denial_ids, levels) as made (denial_id, level)
            where made.level <> 1 + (
                select count(*)
                from appeals
                where appeals.denial_id = made.denial_id
                    and (status in ('denied', 'partially_approved') or released_on is not null)
            )
        ) then
            perform refuse(
                'appeals_levels_in_order', 'appeals',
                'the next level comes after the last was denied, partially approved or released'
            );
        end if;
    end if;

    if exists (
        select
        from appeals
        join denials on denials.id = appeals.denial_id
        where appeals.denial_id = any (denial_ids) and appeals.filed_on < denials.denied_on
    ) then
        perform refuse('appeals_filed_after_denial', 'appeals', 'the appeal would be filed before its denial');
    end if;

    if exists (
        select
        from unnest(denial_ids, asked) as made (denial_id, amount)
        join denials on denials.id = made.denial_id
        where made.amount > denials.open_amount - denials.granted_amount
    ) then
        perform refuse('appeals_within_open_amount', 'appeals', 'the appeal asks for more than is open and not granted yet');
    end if;

    update denials
    set granted_amount = denials.granted_amount + change.granted
    from (
        select made.denial_id, sum(made.granted) as granted
        from unnest(denial_ids, granted) as made (denial_id, granted)
        group by made.denial_id
    ) as change
    where denials.id = change.denial_id and change.granted <> 0;

    -- From what is open now, whatever this statement changed.
    perform keep_open_actions(denial_ids);

    if claim_ids is not null then
        perform 1 from claims where id = any (claim_ids) order by id for no key update;
        update claims
        set filed_appeals = claims.filed_appeals + change.number
        from unnest(claim_ids, filed) as change (id, number)
        where claims.id = change.id;
    end if;

    return null;
end
$$;
SELECT pin_search_path('let_appeals_take_effect()');
REVOKE EXECUTE ON FUNCTION let_appeals_take_effect() FROM PUBLIC;

-- Trigger: checks write-offs against the open amount of their denials, approves what an automatic policy does by
-- itself, and posts what is approved or reversed.
CREATE FUNCTION let_write_offs_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    ids uuid[];
    denial_ids uuid[];
    kinds text[];
    amounts numeric[];
    policy_ids uuid[];
    statuses text[];
    actors text[];
    days date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(id), array_agg(denial_id), array_agg(cast(kind as text)), array_agg(cast(amount as numeric)), array_agg(policy_id)
        into ids, denial_ids, kinds, amounts, policy_ids
        from new_write_offs;
    else
        select
            array_agg(new_write_offs.id),
            array_agg(new_write_offs.denial_id),
            array_agg(cast(new_write_offs.amount as numeric)),
            array_agg(cast(new_write_offs.status as text)),
            array_agg(cast(coalesce(new_write_offs.reversed_by, new_write_offs.approved_by) as text)),
            array_agg(cast(coalesce(new_write_offs.reversed_on, new_write_offs.approved_on) as date))
        into ids, denial_ids, amounts, statuses, actors, days
        from new_write_offs
        join old_write_offs on old_write_offs.id = new_write_offs.id
        where new_write_offs.status <> old_write_offs.status and new_write_offs.status in ('approved', 'rejected', 'reversed');
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount = 0) then
            perform refuse('write_offs_need_an_open_amount', 'write_offs', 'the denial has no open amount');
        end if;
        if exists (
            select
            from unnest(denial_ids, kinds) as made (denial_id, kind)
            join denials on denials.id = made.denial_id
            where made.kind = 'write_off'
                and denials.denial_code not like 'PR-%'
                and category_of(denials.denial_code) = 'contractual_adjustment'
        ) then
            perform refuse('write_offs_not_contractual', 'write_offs', 'a contractual adjustment is no loss; post it');
        end if;
        if exists (
            select
            from unnest(denial_ids, amounts) as made (denial_id, amount)
            join denials on denials.id = made.denial_id
            where made.amount > denials.open_amount
        ) then
            perform refuse('write_offs_within_open_amount', 'write_offs', 'the write-off exceeds the denial''s open amount');
        end if;
        -- The work list says what its policy does by itself, within its limits.
        if array_remove(policy_ids, null) <> '{}' then
            if exists (
                select
                from unnest(denial_ids, kinds, policy_ids) as made (denial_id, kind, policy_id)
                left join denial_work_items as item
                    on item.denial_id = made.denial_id
                    and item.policy_id = made.policy_id
                    and item.automatic
                    and cast(item.action as text)
                        = case when made.kind = 'patient_responsibility' then 'transfer_to_patient' else made.kind end
                where made.policy_id is not null and item.denial_id is null
            ) then
                perform refuse(
                    'write_offs_policy_says_so', 'write_offs',
                    'the work list has no such automatic policy for the denial; leave the policy out, and have somebody approve'
                );
            end if;
            -- A part that is paid and a rest that is small, again and again, would be all of it.
            if exists (
                select
                from org_policies
                join write_offs on write_offs.policy_id = org_policies.id and write_offs.status in ('pending_approval', 'approved')
                where org_policies.id = any (policy_ids) and write_offs.denial_id = any (denial_ids)
                group by write_offs.denial_id, org_policies.id
                having sum(write_offs.amount) >= org_policies.max_amount
            ) then
                perform refuse(
                    'write_offs_policy_says_so', 'write_offs',
                    'with what it approved before, the denial is beyond its policy''s limit; leave the policy out, and have somebody approve'
                );
            end if;
            update write_offs
            set status = 'approved', approved_by = 'database', approved_on = requested_on
            where id = any (ids) and policy_id is not null;
        end if;
        perform keep_work_items(denial_ids);
        return null;
    end if;

    -- Names are what the client says; of two logins that are people the database knows that they are two.
    if exists (
        select
        from write_offs
        join personal_logins on personal_logins.login = write_offs.recorded_login
        where write_offs.id = any (ids) and write_offs.status = 'approved' and write_offs.policy_id is null
            and write_offs.recorded_login = session_user
    ) then
        perform refuse(
            'write_offs_approver_is_not_requester', 'write_offs',
            'this login requested it; have another person approve it, with a login of their own'
        );
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id)
    select
        write_offs.claim_id, write_offs.denial_id, write_offs.kind, decision.amount, decision.day, decision.actor, decision.id
    from unnest(ids, amounts, statuses, actors, days) as decision (id, amount, status, actor, day)
    join write_offs on write_offs.id = decision.id
    where decision.status = 'approved';

    -- Less what a later payment took back.
    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id, takes_back_id)
    select posted.claim_id, posted.denial_id, posted.kind, -posted.remaining, decision.day, decision.actor, decision.id, posted.id
    from unnest(ids, statuses, actors, days) as decision (id, status, actor, day)
    join (
        select *, remaining_amount(id) as remaining
        from postings
        where write_off_id = any (ids) and amount > 0
    ) as posted on posted.write_off_id = decision.id
    where decision.status = 'reversed' and posted.remaining > 0;

    perform keep_work_items(denial_ids);

    return null;
end
$$;
SELECT pin_search_path('let_write_offs_take_effect()');
REVOKE EXECUTE ON FUNCTION let_write_offs_take_effect() FROM PUBLIC;

-- Trigger: checks rebills against their denials (open amount, no open appeal) and new claims, moves what is
-- submitted to the new claim and keeps denials.open_action.
CREATE FUNCTION let_rebills_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    ids uuid[];
    denial_ids uuid[];
    submitted_ids uuid[];
    new_claim_ids uuid[];
begin
    if tg_op = 'INSERT' then
        select array_agg(id), array_agg(denial_id), array_agg(id) filter (where submitted_on is not null)
        into ids, denial_ids, submitted_ids
        from new_rebills;
    else
        select
            array_agg(new_rebills.id),
            array_agg(new_rebills.denial_id),
            array_agg(new_rebills.id) filter (where old_rebills.submitted_on is null and new_rebills.submitted_on is not null)
        into ids, denial_ids, submitted_ids
        from new_rebills
        join old_rebills on old_rebills.id = new_rebills.id
        where new_rebills.status <> old_rebills.status;
    end if;

    if denial_ids is null then
        return null;
    end if;

    -- Written before the denials are locked, as whoever voids a new claim does, so that of the two one sees the other, at
    -- every isolation level.
    if submitted_ids is not null then
        select array_agg(new_claim_id) into new_claim_ids from rebills where id = any (submitted_ids);
        perform 1 from claims where id = any (new_claim_ids) order by id for no key update;
        update claims set updated_at = now() where id = any (new_claim_ids);
    end if;
    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    -- A replacement that was submitted has moved the money already.
    if (tg_op = 'INSERT' or submitted_ids is not null) and exists (
        select
        from rebills
        join denials on denials.id = rebills.denial_id
        where rebills.id = any (case tg_op when 'INSERT' then ids else submitted_ids end)
            and denials.open_amount = 0
            and not exists (
                select
                from postings
                where postings.denial_id = denials.id and postings.kind = 'rebilled'
                    and postings.moved_to_claim_id = rebills.new_claim_id
            )
    ) then
        perform refuse('rebills_need_an_open_amount', 'rebills', 'the denial has no open amount');
    end if;
    if tg_op = 'INSERT' and exists (
        select
        from appeals
        where denial_id = any (denial_ids) and status in ('pending', 'in_progress', 'submitted', 'under_review')
    ) then
        perform refuse('rebills_wait_for_appeal', 'rebills', 'an appeal of the denial is open; decide or withdraw it first');
    end if;
    if exists (
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        where rebills.id = any (submitted_ids) and (claims.submitted_on is null or claims.voided_on is not null)
    ) then
        perform refuse('rebills_new_claim_is_submitted', 'rebills', 'the new claim was not submitted; submit it first');
    end if;
    if exists (
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        where rebills.id = any (ids) and rebills.status in ('paid', 'partially_paid') and claims.paid_amount <= 0
    ) then
        perform refuse('rebills_new_claim_was_paid', 'rebills', 'the new claim was not paid; post the payment first');
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, rebill_id, moved_to_claim_id)
    select
        denials.claim_id, denials.id, 'rebilled', denials.open_amount - denials.granted_amount, rebills.submitted_on,
        'database', rebills.id, rebills.new_claim_id
    from rebills
    join denials on denials.id = rebills.denial_id
    where rebills.id = any (submitted_ids) and denials.open_amount > denials.granted_amount;

    perform keep_open_actions(denial_ids);

    return null;
end
$$;
SELECT pin_search_path('let_rebills_take_effect()');
REVOKE EXECUTE ON FUNCTION let_rebills_take_effect() FROM PUBLIC;

-- Trigger: the new claim of a rebill is of the same patient and, as a replacement, of the same payer.
CREATE FUNCTION check_new_claim()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    original record;
    corrected record;
begin
    select patient_reference, payer_id into original from claims where id = new.original_claim_id;
    select patient_reference, payer_id, frequency_code into corrected from claims where id = new.new_claim_id;

    if corrected.patient_reference <> original.patient_reference then
        perform refuse('rebills_new_claim_of_same_patient', 'rebills', 'the new claim is for another patient');
    end if;
    if corrected.frequency_code = '7' and corrected.payer_id <> original.payer_id then
        perform refuse('rebills_new_claim_of_same_payer', 'rebills', 'a replacement claim goes to the same payer');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_new_claim()');
REVOKE EXECUTE ON FUNCTION check_new_claim() FROM PUBLIC;

-- Trigger: a rebill is due on the last day that filing_rules allow for a corrected claim, or for a new one where
-- a remark asks for that.
CREATE FUNCTION fill_day_to_submit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    new.due_on := (
        select
            last_day_to_act(
                cast(row(denials.payer_id, denials.denial_code, denials.denied_on, denials.open_amount, null, denials.id) as denial_to_triage),
                'rebill',
                false,
                exists (
                    select
                    from denial_remarks
                    join remark_code_library using (remark_code)
                    where denial_remarks.denial_id = denials.id and withdrawn_by is null and asks_for_new_claim
                )
            )
        from denials
        where denials.id = new.denial_id
    );
    return new;
end
$$;
SELECT pin_search_path('fill_day_to_submit()');
REVOKE EXECUTE ON FUNCTION fill_day_to_submit() FROM PUBLIC;

-- Trigger: moves what the replaced claim billed to its replacement: what is open of each denial, and the rest.
CREATE FUNCTION move_to_replacement()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    original record;
begin
    perform 1 from denials where claim_id = new.replaces_claim_id order by id for no key update;
    select amount, rebilled_amount, open_denied_amount, submitted_on, voided_on
    into original
    from claims
    where id = new.replaces_claim_id
    for no key update;

    if original.submitted_on is null or original.voided_on is not null then
        perform refuse('claims_replaced_claim_is_submitted', 'claims', 'the replaced claim was not submitted, or is voided');
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
    select new.replaces_claim_id, moved.denial_id, 'rebilled', moved.amount, greatest(new.submitted_on, last_closed_day() + 1), 'database', new.id
    from (
        select id as denial_id, open_amount as amount
        from denials
        where claim_id = new.replaces_claim_id and open_amount > 0
        union all
        select null, original.amount - original.rebilled_amount - original.open_denied_amount
    ) as moved
    where moved.amount > 0;

    return null;
end
$$;
SELECT pin_search_path('move_to_replacement()');
REVOKE EXECUTE ON FUNCTION move_to_replacement() FROM PUBLIC;

-- Where a submitted claim has one of a payer before: moves the patient's part there to this claim, and posts the
-- rest of the charge as what that payer took, until its remittance says so.
CREATE FUNCTION take_over(claim uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    own record;
    prior record;
    expected numeric;
    -- The first open one.
    day date;
begin
    select claims.*, claim_details.prior_claim_id
    into own
    from claims
    join claim_details on claim_details.claim_id = claims.id
    where claims.id = claim and claim_details.prior_claim_id is not null and claims.submitted_on is not null
        and claims.voided_on is null and claims.frequency_code <> '8'
    for no key update of claims;
    if not found then
        return;
    end if;

    select patient_reference, submitted_on, voided_on, patient_responsibility_amount
    into prior
    from claims
    where id = own.prior_claim_id
    for no key update;
    if prior.patient_reference <> own.patient_reference then
        perform refuse('claim_details_prior_claim_of_same_patient', 'claim_details', 'the claim of the payer before is of another patient');
    end if;
    if prior.submitted_on is null or prior.voided_on is not null then
        perform refuse('claim_details_prior_claim_is_submitted', 'claim_details', 'the claim of the payer before was not submitted, or is voided');
    end if;

    day := greatest(own.submitted_on, last_closed_day() + 1);
    if prior.patient_responsibility_amount > 0 then
        insert into postings (claim_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
        values
            (own.prior_claim_id, 'patient_responsibility', -prior.patient_responsibility_amount, day, 'database', claim),
            (own.prior_claim_id, 'other_payer', prior.patient_responsibility_amount, day, 'database', claim);
    end if;

    select own.amount - coalesce(sum(amount), 0) into expected
    from postings
    where claim_id = own.prior_claim_id and kind = 'other_payer' and moved_to_claim_id is not null;
    if expected > 0 then
        insert into postings (claim_id, kind, amount, posted_on, posted_by)
        values (claim, 'other_payer', expected, day, 'database');
    end if;
end
$$;
SELECT pin_search_path('take_over(uuid)');

-- Where the payer before answers, or takes back, after the claim of the next payer took over: moves what it says
-- is the patient's, and expects the rest of it.
CREATE FUNCTION follow_prior_claim(prior uuid, day date)
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    later record;
    part numeric;
    expected numeric;
begin
    select claims.id, claims.amount
    into later
    from claim_details
    join claims on claims.id = claim_details.claim_id
    where claim_details.prior_claim_id = prior and claims.submitted_on is not null and claims.voided_on is null
        and claims.frequency_code <> '8'
    order by claims.id desc
    limit 1
    for no key update of claims;
    if not found then
        return;
    end if;
    select patient_responsibility_amount into part from claims where id = prior;
    if part = 0 then
        return;
    end if;

    insert into postings (claim_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
    values
        (prior, 'patient_responsibility', -part, day, 'database', later.id),
        (prior, 'other_payer', part, day, 'database', later.id);

    select coalesce(sum(remaining_amount(id)), 0)
    into expected
    from postings
    where claim_id = later.id and kind = 'other_payer' and amount > 0 and posted_by = 'database'
        and moved_to_claim_id is null and takes_back_id is null;
    if expected > 0 then
        perform take_back_expected(later.id, day);
        if expected > part then
            insert into postings (claim_id, kind, amount, posted_on, posted_by)
            values (later.id, 'other_payer', expected - part, day, 'database');
        end if;
    end if;
end
$$;
SELECT pin_search_path('follow_prior_claim(uuid, date)');

-- Trigger: a submitted claim takes over from the claim of the payer before.
CREATE FUNCTION take_over_when_submitted()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    perform take_over(new.id);
    return null;
end
$$;
SELECT pin_search_path('take_over_when_submitted()');
REVOKE EXECUTE ON FUNCTION take_over_when_submitted() FROM PUBLIC;

-- Trigger: a claim takes over from the one that is named as that of the payer before.
CREATE FUNCTION take_over_when_related()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    -- Once: a claim that is named again has taken over already.
    if new.prior_claim_id is distinct from old.prior_claim_id then
        perform take_over(new.claim_id);
    end if;
    return null;
end
$$;
SELECT pin_search_path('take_over_when_related()');
REVOKE EXECUTE ON FUNCTION take_over_when_related() FROM PUBLIC;

-- Trigger: what was moved to a claim that is voided goes back to where it came from.
CREATE FUNCTION take_back_what_was_moved()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    perform 1
    from denials
    where id in (select denial_id from postings where moved_to_claim_id = new.id)
    order by id
    for no key update;

    insert into postings (
        claim_id, denial_id, kind, amount, posted_on, posted_by, rebill_id, moved_to_claim_id, takes_back_id
    )
    select claim_id, denial_id, kind, -remaining, new.voided_on, 'database', rebill_id, moved_to_claim_id, id
    from (
        select *, remaining_amount(id) as remaining
        from postings
        where moved_to_claim_id = new.id and takes_back_id is null and reverses_id is null
    ) as moved
    where remaining <> 0;

    return null;
end
$$;
SELECT pin_search_path('take_back_what_was_moved()');
REVOKE EXECUTE ON FUNCTION take_back_what_was_moved() FROM PUBLIC;

-- Trigger: a replacement or void claim has the patient and the payer of the claim that it names.
CREATE FUNCTION check_replaced_claim()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    original record;
begin
    select patient_reference, payer_id into original from claims where id = new.replaces_claim_id;
    if original.patient_reference <> new.patient_reference then
        perform refuse('claims_replacement_of_same_patient', 'claims', 'the replaced claim is for another patient');
    end if;
    if original.payer_id <> new.payer_id then
        perform refuse('claims_replacement_of_same_payer', 'claims', 'the replaced claim went to another payer');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_replaced_claim()');
REVOKE EXECUTE ON FUNCTION check_replaced_claim() FROM PUBLIC;

-- Trigger: moves the claims of a wrong reference, those that relate to each other together.
CREATE FUNCTION correct_patient()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    moved uuid[];
    acting text := coalesce(current_setting('rcm.actor', true), '');
begin
    -- For the audit log of what follows.
    if acting = '' then
        perform set_config('rcm.actor', new.corrected_by, true);
    end if;

    -- Whoever relates a claim to one of these waits, and then sees whose it is.
    perform 1
    from claims
    where patient_reference = new.from_reference
        and (cardinality(new.claim_ids) = 0 or id = any (new.claim_ids))
    order by id
    for update;

    with changed as (
        update claims
        set patient_reference = new.to_reference
        where patient_reference = new.from_reference
            and (cardinality(new.claim_ids) = 0 or id = any (new.claim_ids))
        returning id
    )
    select array_agg(id order by id) into moved from changed;

    if moved is null or cardinality(moved) < cardinality(new.claim_ids) then
        perform refuse('patient_corrections_claims_of_reference', 'patient_corrections', 'no claim, or not each of these, stands under the wrong reference');
    end if;

    if exists (
        select
        from claims
        join claims as earlier on earlier.id = claims.replaces_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
        union all
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        join claims as earlier on earlier.id = rebills.original_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
        union all
        select
        from claim_details
        join claims on claims.id = claim_details.claim_id
        join claims as earlier on earlier.id = claim_details.prior_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
    ) then
        perform refuse('patient_corrections_related_claims_together', 'patient_corrections', 'correct the claims that replace, answer or follow each other together');
    end if;

    perform set_config('rcm.actor', acting, true);
    new.claim_ids := moved;
    return new;
end
$$;
SELECT pin_search_path('correct_patient()');
REVOKE EXECUTE ON FUNCTION correct_patient() FROM PUBLIC;

-- Trigger: what is posted or taken back may have postings and denials written, until check_remittance_posting
-- compares them.
CREATE FUNCTION open_for_posting()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
begin
    new.being_posted := true;
    return new;
end
$$;
SELECT pin_search_path('open_for_posting()');

-- Trigger: postings and denials of a remittance claim are what it pays and what its adjustments are, or there
-- are none.
CREATE FUNCTION check_remittance_posting()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    answer record;
    said record;
    posted record;
    denied numeric;
    paid_in_parts numeric;
begin
    -- What stands at the commit, which isn't always what this row said.
    select * into answer from remittance_claims where id = new.id;
    if not answer.being_posted then
        return null;
    end if;
    update remittance_claims set being_posted = false where id = new.id;

    select
        coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
        coalesce(sum(amount) filter (where kind = 'contractual_adjustment'), 0) as contractual,
        coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as patient,
        coalesce(sum(amount) filter (where kind = 'other_payer'), 0) as other_payer,
        coalesce(sum(amount) filter (where kind = 'denial_withdrawn' and adjustment_number is not null), 0) as offset_amount,
        coalesce(bool_or(stands and claim_id is distinct from answer.claim_id), false) as elsewhere,
        -- A row that is more, and another that takes as much off, are a sum that fits.
        coalesce(sum(abs(amount)) filter (where stands and kind = 'payment'), 0) as moved_payment,
        coalesce(sum(abs(amount)) filter (
            where stands and kind in ('contractual_adjustment', 'patient_responsibility', 'other_payer')
        ), 0) as moved
    into posted
    from (
        select
            *,
            reverses_id is null
                and not exists (select from postings as undone where undone.reverses_id = postings.id) as stands
        from postings
        where remittance_claim_id = new.id
    ) as written;

    if answer.posted_on is null then
        if posted.moved_payment + posted.moved <> 0 then
            perform refuse('remittance_claims_posted_when_matched', 'remittance_claims', 'what is posted of a remittance claim says so, or is reversed');
        end if;
        return null;
    end if;

    select
        coalesce(sum(amount), 0) as adjusted,
        coalesce(sum(amount) filter (where disposition = 'contractual'), 0) as contractual,
        coalesce(sum(amount) filter (where disposition = 'patient'), 0) as patient,
        coalesce(sum(amount) filter (where disposition = 'other_payer'), 0) as other_payer,
        coalesce(sum(abs(amount)) filter (where disposition in ('contractual', 'patient', 'other_payer')), 0) as moved,
        coalesce(sum(amount) filter (where disposition = 'denial' and amount > 0), 0) as denied,
        coalesce(sum(amount) filter (where disposition = 'denial' and amount < 0), 0) as offset_amount,
        coalesce(bool_or(disposition is null), false) as unclassified
    into said
    from remittance_adjustments
    where remittance_claim_id = new.id;

    if exists (select from remittances where id = answer.remittance_id and is_dismissed) then
        perform refuse('remittances_dismissed_is_unposted', 'remittances', 'it is dismissed; accept it first');
    end if;
    if said.unclassified then
        perform refuse('remittance_claims_are_classified', 'remittance_claims', 'say what its adjustments are first');
    end if;
    if answer.charge_amount - said.adjusted <> answer.paid_amount or exists (
        select
        from remittance_services as service
        left join (
            select service_number, sum(amount) as amount
            from remittance_adjustments
            where remittance_claim_id = new.id
            group by service_number
        ) as adjusted on adjusted.service_number = service.service_number
        where service.remittance_claim_id = new.id
            and service.charge_amount - coalesce(adjusted.amount, 0) <> service.paid_amount
    ) then
        perform refuse('remittance_claims_balance', 'remittance_claims', 'charge less adjustments is not what was paid; ask the payer');
    end if;

    select coalesce(sum(abs(paid_amount)), 0) + abs(answer.paid_amount - coalesce(sum(paid_amount), 0))
    into paid_in_parts
    from remittance_services
    where remittance_claim_id = new.id;

    select coalesce(sum(denial_amount), 0)
    into denied
    from denials
    where remittance_claim_id = new.id and claim_id = answer.claim_id;
    if exists (
        select
        from remittance_services
        where remittance_claim_id = new.id and claim_id <> answer.claim_id
    ) then
        perform refuse('remittance_services_of_claim', 'remittance_services', 'a service is matched with a line of another claim');
    end if;
    if answer.is_reversal and answer.charge_amount > 0 then
        perform refuse('remittance_claims_reversal_is_negative', 'remittance_claims', 'it reverses, and its charge is above zero; ask the payer');
    end if;
    if posted.elsewhere
        or (posted.paid, posted.contractual, posted.patient, posted.other_payer)
            <> (answer.paid_amount, said.contractual, said.patient, said.other_payer)
        or (posted.moved_payment, posted.moved) <> (paid_in_parts, said.moved)
        or denied <> (case when answer.is_reversal then 0 else said.denied end)
        or posted.offset_amount <> (case when answer.is_reversal then 0 else -said.offset_amount end)
    then
        perform refuse('remittance_claims_post_what_they_say', 'remittance_claims', 'post what was paid and what the adjustments are, no more and no less');
    end if;
    perform follow_prior_claim(answer.claim_id, answer.posted_on);
    return null;
end
$$;
SELECT pin_search_path('check_remittance_posting()');
REVOKE EXECUTE ON FUNCTION check_remittance_posting() FROM PUBLIC;

-- Trigger: adds up the claims and provider adjustments of a remittance while they come.
CREATE FUNCTION add_up_remittance()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    remittance_ids uuid[];
    amounts numeric[];
begin
    if tg_argv[0] = 'claims' then
        select array_agg(remittance_id), array_agg(amount)
        into remittance_ids, amounts
        from (
            select remittance_id, coalesce(sum(paid_amount) filter (where not is_prediction), 0) as amount
            from new_parts
            group by remittance_id
        ) as added;
    else
        select array_agg(remittance_id), array_agg(amount)
        into remittance_ids, amounts
        from (select remittance_id, -sum(amount) as amount from new_parts group by remittance_id) as added;
    end if;
    if exists (select from remittances where id = any (remittance_ids) and created_at <> now()) then
        perform refuse('remittances_parts_are_fixed', 'remittances', 'what came stays as it came');
    end if;
    update remittances
    set explained_amount = remittances.explained_amount + added.amount
    from unnest(remittance_ids, amounts) as added (remittance_id, amount)
    where remittances.id = added.remittance_id and added.amount <> 0;
    return null;
end
$$;
SELECT pin_search_path('add_up_remittance()');
REVOKE EXECUTE ON FUNCTION add_up_remittance() FROM PUBLIC;

-- Trigger: a remittance claim that is posted answers its claim, also with nothing paid.
CREATE FUNCTION count_remittance_answers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    claim_ids uuid[];
    numbers integer[];
begin
    select array_agg(claim_id), array_agg(number)
    into claim_ids, numbers
    from (
        select claim_id, cast(sum(number) as integer) as number
        from (
            select claim_id, 1 as number from new_answers where posted_on is not null
            union all
            select claim_id, -1 from old_answers where posted_on is not null
        ) as answer
        group by claim_id
        having sum(number) <> 0
        order by claim_id
    ) as change;
    if claim_ids is null then
        return null;
    end if;

    perform 1 from claims where id = any (claim_ids) order by id for no key update;
    update claims
    set answers = claims.answers + change.number
    from unnest(claim_ids, numbers) as change (id, number)
    where claims.id = change.id;
    return null;
end
$$;
SELECT pin_search_path('count_remittance_answers()');
REVOKE EXECUTE ON FUNCTION count_remittance_answers() FROM PUBLIC;

-- Trigger: what takes a denial back is a reversal of the same claim, code and amount.
CREATE FUNCTION check_taken_back()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if not exists (
        select
        from remittance_claims as reversal
        join remittance_adjustments as adjustment on adjustment.remittance_claim_id = reversal.id
        where reversal.id = new.taken_back_in_id
            and reversal.is_reversal
            and reversal.claim_id = new.claim_id
            and adjustment.adjustment_number = new.taken_back_adjustment_number
            and adjustment.denial_code = new.denial_code
            and adjustment.amount = -new.denial_amount
    ) then
        perform refuse('denials_taken_back_by_reversal', 'denials', 'the reversal is of another claim, code or amount');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_taken_back()');
REVOKE EXECUTE ON FUNCTION check_taken_back() FROM PUBLIC;

-- Trigger: a denial of a remittance is of the claim and the code of its adjustment.
CREATE FUNCTION check_denied_adjustment()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if not exists (
        select
        from remittance_claims as answer
        join remittance_adjustments as adjustment on adjustment.remittance_claim_id = answer.id
        where answer.id = new.remittance_claim_id
            and answer.claim_id = new.claim_id
            and answer.being_posted
            and adjustment.adjustment_number = new.adjustment_number
            and adjustment.denial_code = new.denial_code
            and adjustment.disposition = 'denial'
    ) then
        perform refuse('denials_of_their_adjustment', 'denials', 'the adjustment is of another claim or code, or is no denial; post the claim of the remittance');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_denied_adjustment()');
REVOKE EXECUTE ON FUNCTION check_denied_adjustment() FROM PUBLIC;

-- Trigger: what came has all its parts; and no service or adjustment of what is posted becomes another.
CREATE FUNCTION check_remittance_parts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    is_settled boolean := false;
begin
    if tg_op = 'INSERT' then
        -- What is posted was compared; transactions that one message sends have one now().
        if exists (
            select
            from remittance_claims
            where id = new.remittance_claim_id and (created_at <> now() or posted_on is not null)
        ) then
            perform refuse('remittances_parts_are_fixed', tg_argv[0], 'what came stays as it came');
        end if;
        return null;
    end if;
    if tg_argv[0] = 'remittance_adjustments' then
        is_settled := coalesce(old.disposition = 'denial' and new.disposition = 'none', false);
    end if;
    if exists (
        select
        from remittance_claims
        -- What a reversal took back before it was denied is settled with that, later.
        where id = new.remittance_claim_id and posted_on is not null and not (is_reversal and is_settled)
    ) then
        perform refuse('remittance_claims_parts_are_fixed', 'remittance_claims', 'it is posted; unmatch it first');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_remittance_parts()');
REVOKE EXECUTE ON FUNCTION check_remittance_parts() FROM PUBLIC;

-- Trigger: nothing is posted of a remittance that counts nowhere.
CREATE FUNCTION check_dismissed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if exists (select from remittance_claims where remittance_id = new.id and posted_on is not null) then
        perform refuse('remittances_dismissed_is_unposted', 'remittances', 'something of it is posted; unmatch that first');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_dismissed()');
REVOKE EXECUTE ON FUNCTION check_dismissed() FROM PUBLIC;

-- Records the claim of a later payer, with the lines and diagnoses of the one of the payer before, and says its
-- id.
CREATE FUNCTION record_claim_of_later_payer(prior uuid, payer uuid, sequence smallint, day date)
 RETURNS claim_key
 LANGUAGE plpgsql
AS $$
declare
    claim uuid := uuidv7();
    original record;
begin
    select
        claims.*, coalesce(details.patient_control_number, claims.claim_id) as patient_control_number,
        details.place_of_service, details.billing_provider, details.rendering_provider
    into original
    from claims
    left join claim_details as details on details.claim_id = claims.id
    where claims.id = prior;

    insert into claims (
        id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on
    )
    values (
        claim, rtrim(left(original.claim_id, 24), '-') || '-COB' || sequence || '-' || upper(right(cast(claim as text), 6)),
        original.patient_reference, payer, original.claim_type, original.amount, original.service_from,
        original.service_to, greatest(original.service_from, day)
    );

    insert into institutional_claims (
        claim_id, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour,
        patient_status, admitting_diagnosis, drg
    )
    select claim, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour,
        patient_status, admitting_diagnosis, drg
    from institutional_claims
    where claim_id = prior;

    insert into claim_diagnoses (claim_id, ordinal, diagnosis_code, present_on_admission)
    select claim, ordinal, diagnosis_code, present_on_admission
    from claim_diagnoses
    where claim_id = prior;

    insert into claim_lines (
        claim_id, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4, units,
        charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3,
        diagnosis_pointer_4
    )
    select claim, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4, units,
        charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3,
        diagnosis_pointer_4
    from claim_lines
    where claim_id = prior;

    insert into claim_line_details (
        claim_id, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc,
        drug_quantity, drug_unit
    )
    select claim, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc,
        drug_quantity, drug_unit
    from claim_line_details
    where claim_id = prior;

    insert into claim_line_teeth (claim_id, line_number, tooth, surfaces)
    select claim, line_number, tooth, surfaces
    from claim_line_teeth
    where claim_id = prior;

    insert into claim_details (
        claim_id, patient_control_number, place_of_service, payer_sequence, prior_claim_id, billing_provider,
        rendering_provider
    )
    values (
        claim, original.patient_control_number, original.place_of_service, sequence, prior, original.billing_provider,
        original.rendering_provider
    );

    return claim;
end
$$;
SELECT pin_search_path('record_claim_of_later_payer(uuid, uuid, smallint, date)');

-- Trigger: a claim's amount is the sum of the charges of its lines.
CREATE FUNCTION check_claim_amount()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if exists (
        select
        from claims
        where id = new.id
            and amount is distinct from (select sum(charge_amount) from claim_lines where claim_id = claims.id)
    ) then
        perform refuse(
            'claims_amount_is_sum_of_lines', 'claims', 'the amount must equal the sum of the line charges; write the claim and its lines in one transaction'
        );
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_claim_amount()');
REVOKE EXECUTE ON FUNCTION check_claim_amount() FROM PUBLIC;

-- Trigger: lines and diagnoses of a submitted claim stay, lines are within its days and its amount; its argument
-- names the table.
CREATE FUNCTION check_claim_parts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
    claim_ids uuid[];
    found_parts record;
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct claim_id) into claim_ids from old_parts;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct claim_id) into claim_ids from new_parts;
    else
        select array_agg(distinct claim_id)
        into claim_ids
        from (select claim_id from old_parts union all select claim_id from new_parts) as part;
    end if;

    -- One query for all that is asked: it is paid for by every claim. now() is when the transaction began: the default of
    -- created_at.
    if tg_argv[0] = 'claim_lines' then
        select
            bool_or(claims.submitted_on is not null and claims.created_at <> now()) as fixed,
            bool_or(lines.first_day < claims.service_from or lines.last_day > claims.service_to) as outside,
            bool_or(lines.charges > claims.amount) as exceeding,
            array_agg(claims.id) filter (where claims.created_at <> now()) as pending_ids
        into found_parts
        from unnest(claim_ids) as changed (id)
        join claims on claims.id = changed.id
        cross join lateral (
            select min(service_date) as first_day, max(coalesce(service_to, service_date)) as last_day, sum(charge_amount) as charges
            from claim_lines
            where claim_lines.claim_id = changed.id
        ) as lines;
    else
        select bool_or(claims.submitted_on is not null and claims.created_at <> now()) as fixed
        into found_parts
        from unnest(claim_ids) as changed (id)
        join claims on claims.id = changed.id;
    end if;

    if found_parts.fixed then
        perform refuse('claims_parts_are_fixed', 'claims', 'the claim is submitted; void it and record another');
    end if;

    if tg_argv[0] = 'claim_lines' then
        if found_parts.outside then
            perform refuse('claim_lines_within_service', 'claim_lines', 'the line is outside of its claim''s days of service');
        end if;
        -- So that nothing is added to a claim whose amount was checked before the end of the transaction.
        if found_parts.exceeding then
            perform refuse('claims_amount_is_sum_of_lines', 'claims', 'the lines exceed the amount; set the amount first');
        end if;
        if found_parts.pending_ids is not null then
            perform 1 from claims where id = any (found_parts.pending_ids) order by id for no key update;
            update claims set amount = amount where id = any (found_parts.pending_ids);
        end if;
    end if;

    return null;
end
$$;
SELECT pin_search_path('check_claim_parts()');
REVOKE EXECUTE ON FUNCTION check_claim_parts() FROM PUBLIC;

-- Trigger: the days of service hold those of the lines.
CREATE FUNCTION check_claim_dates()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if exists (
        select
        from claim_lines
        where claim_id = new.id and (service_date < new.service_from or coalesce(claim_lines.service_to, service_date) > new.service_to)
    ) then
        perform refuse('claim_lines_within_service', 'claim_lines', 'a line is outside of its claim''s days of service');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_claim_dates()');
REVOKE EXECUTE ON FUNCTION check_claim_dates() FROM PUBLIC;

-- Every denial whose totals differ from its postings and appeals, or whose open_action differs from its appeals
-- and rebills: empty, always.
CREATE FUNCTION reconcile()
 RETURNS TABLE(denial_id denial_key, kept_column text, kept text, expected text)
 LANGUAGE plpgsql
 STABLE
AS $$
#variable_conflict use_column
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(denial_id) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select denials.id as denial_id, compared.kept_column, compared.kept, compared.expected
    from denials
    left join (
        select
            denial_id,
            sum(amount) filter (where kind = 'payment') as recovered,
            sum(amount) filter (where kind = 'write_off') as written_off,
            sum(amount) filter (where kind = 'patient_responsibility') as transferred,
            sum(amount) filter (where kind in ('contractual_adjustment', 'other_payer')) as adjusted,
            sum(amount) filter (where kind = 'rebilled') as rebilled,
            sum(amount) filter (where kind = 'denial_withdrawn') as withdrawn
        from postings
        where denial_id is not null
        group by denial_id
    ) as ledger on ledger.denial_id = denials.id
    left join (
        select denial_id, sum(granted_amount) as granted from appeals group by denial_id
    ) as appealed on appealed.denial_id = denials.id
    cross join lateral (
        values
            ('recovered_amount', cast(denials.recovered_amount as numeric), ledger.recovered),
            ('written_off_amount', denials.written_off_amount, ledger.written_off),
            ('transferred_amount', denials.transferred_amount, ledger.transferred),
            ('adjusted_amount', denials.adjusted_amount, ledger.adjusted),
            ('rebilled_amount', denials.rebilled_amount, ledger.rebilled),
            ('withdrawn_amount', denials.withdrawn_amount, ledger.withdrawn),
            ('granted_amount', denials.granted_amount, appealed.granted)
    ) as total (kept_column, kept, expected)
    cross join lateral (
        select
            total.kept_column,
            cast(trim_scale(total.kept) as text) as kept,
            cast(trim_scale(coalesce(total.expected, 0)) as text) as expected
    ) as compared
    where compared.kept <> compared.expected
    union all
    select
        id as denial_id,
        cast('open_action' as text) as kept_column,
        cast(open_action as text) as kept,
        coalesce(open_action_of(id), cast('' as text)) as expected
    from denials
    where cast(open_action as text) is distinct from open_action_of(id)
    order by denial_id, kept_column;
end
$$;
SELECT pin_search_path('reconcile()');

-- Every claim whose totals differ from its postings, denials and appeals, or whose amount differs from its
-- lines: empty, always.
CREATE FUNCTION reconcile_claims()
 RETURNS TABLE(claim_id claim_key, kept_column text, kept text, expected text)
 LANGUAGE plpgsql
 STABLE
AS $$
#variable_conflict use_column
begin
    -- As above.
    if cast(pg_typeof(claim_id) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select claims.id, compared.kept_column, compared.kept, compared.expected
    from claims
    left join (
        select
            claim_id,
            sum(amount) filter (where kind = 'payment') as paid,
            sum(amount) filter (where kind = 'contractual_adjustment') as contractual,
            sum(amount) filter (where kind = 'patient_responsibility') as responsibility,
            sum(amount) filter (where kind = 'other_payer') as other_payer,
            sum(amount) filter (where kind = 'write_off') as written_off,
            sum(amount) filter (where kind = 'rebilled') as rebilled,
            sum(amount) filter (where kind = 'patient_payment') as patient_paid,
            sum(amount) filter (where kind = 'patient_write_off') as patient_written_off,
            sum(case when reverses_id is null then 1 else -1 end) filter (where answers) as answers
        from (
            select
                posted.*,
                posted.kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn')
                and 'database' not in (posted.posted_by, coalesce(mistake.posted_by, '')) as answers
            from postings as posted
            left join postings as mistake on mistake.claim_id = posted.claim_id and mistake.id = posted.reverses_id
        ) as posting
        group by claim_id
    ) as ledger on ledger.claim_id = claims.id
    left join (
        select claim_id, sum(open_amount) as open, count(*) as denials from denials group by claim_id
    ) as denied on denied.claim_id = claims.id
    left join (
        select claim_id, count(*) as claims from remittance_claims where posted_on is not null group by claim_id
    ) as remitted on remitted.claim_id = claims.id
    left join (
        select claim_id, count(*) as filed
        from appeals
        where status in ('submitted', 'under_review') or granted_amount > 0
        group by claim_id
    ) as appealed on appealed.claim_id = claims.id
    left join (select claim_id, sum(charge_amount) as charges from claim_lines group by claim_id) as lines
        on lines.claim_id = claims.id
    cross join lateral (
        values
            ('amount', cast(claims.amount as numeric), lines.charges),
            ('paid_amount', claims.paid_amount, ledger.paid),
            ('contractual_amount', claims.contractual_amount, ledger.contractual),
            ('patient_responsibility_amount', claims.patient_responsibility_amount, ledger.responsibility),
            ('other_payer_amount', claims.other_payer_amount, ledger.other_payer),
            ('written_off_amount', claims.written_off_amount, ledger.written_off),
            ('rebilled_amount', claims.rebilled_amount, ledger.rebilled),
            ('patient_paid_amount', claims.patient_paid_amount, ledger.patient_paid),
            ('patient_written_off_amount', claims.patient_written_off_amount, ledger.patient_written_off),
            ('open_denied_amount', claims.open_denied_amount, denied.open),
            ('answers', claims.answers, coalesce(ledger.answers, 0) + coalesce(denied.denials, 0) + coalesce(remitted.claims, 0)),
            ('filed_appeals', claims.filed_appeals, appealed.filed)
    ) as total (kept_column, kept, expected)
    cross join lateral (
        select
            total.kept_column,
            cast(trim_scale(total.kept) as text) as kept,
            cast(trim_scale(coalesce(total.expected, 0)) as text) as expected
    ) as compared
    where compared.kept <> compared.expected
    order by claims.id, compared.kept_column;
end
$$;
SELECT pin_search_path('reconcile_claims()');

-- Trigger: nothing is paid before the service.
CREATE FUNCTION check_variance_day()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    if new.paid_on < (select service_from from claims where id = new.claim_id) then
        perform refuse('payment_variances_not_before_service', 'payment_variances', 'the day is before the service');
    end if;
    return null;
end
$$;
SELECT pin_search_path('check_variance_day()');
REVOKE EXECUTE ON FUNCTION check_variance_day() FROM PUBLIC;

-- Trigger: gives what one payer has to the other and takes it out.
CREATE FUNCTION merge_payers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    acting text := coalesce(current_setting('rcm.actor', true), '');
begin
    -- For the audit log of what follows.
    if acting = '' then
        perform set_config('rcm.actor', new.merged_by, true);
    end if;

    -- Whoever records something for the payer waits, and is then refused, because it is gone.
    perform 1 from payers where id in (new.from_payer_id, new.into_payer_id) order by id for update;
    select payer_id, name into new.from_business_id, new.from_name from payers where id = new.from_payer_id;
    if not found or not exists (select from payers where id = new.into_payer_id) then
        raise foreign_key_violation using
            message = 'payer_merges_into_payer_id_exists: a payer to merge is not there',
            table = 'payer_merges',
            constraint = 'payer_merges_into_payer_id_exists';
    end if;
    -- The CHECK refuses it.
    if new.from_payer_id = new.into_payer_id then
        return new;
    end if;

    -- What carries the payer along follows by its foreign keys, and the work list by its triggers.
    update claims set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update org_policies set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update coding_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update remittances set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    -- Of two rules for one thing that of the payer that stays holds.
    delete from adjustment_rules as own
    using adjustment_rules as kept
    where own.payer_id = new.from_payer_id
        and kept.payer_id = new.into_payer_id
        and kept.group_code = own.group_code
        and kept.reason_code is not distinct from own.reason_code;
    update adjustment_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    delete from filing_rules as own
    using filing_rules as kept
    where own.payer_id = new.from_payer_id
        and kept.payer_id = new.into_payer_id
        and kept.step = own.step
        and kept.claim_type is not distinct from own.claim_type
        and kept.valid_from is not distinct from own.valid_from;
    update filing_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update payer_identifiers set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update payer_merges set into_payer_id = new.into_payer_id where into_payer_id = new.from_payer_id;
    delete from payers where id = new.from_payer_id;
    perform set_config('rcm.actor', acting, true);
    return new;
end
$$;
SELECT pin_search_path('merge_payers()');
REVOKE EXECUTE ON FUNCTION merge_payers() FROM PUBLIC;

-- What the log holds of a value that bears a patient: equal for equal values of one database, and told by nobody
-- who hasn't the key in audit_keys. It works for the owner of the tables.
CREATE FUNCTION audit_digest(value text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE STRICT
AS $$
begin
    return 'sha256:' || encode(sha256((select digest_key from audit_keys) || convert_to(value, 'UTF8')), 'hex');
end
$$;
SELECT pin_search_path('audit_digest(text)');

-- Trigger: writes a change into audit_log. Told the table (on a shard of Citus it has another name), the columns
-- of its key, those that the database keeps, those that bear patients, and those that name who decided: where
-- the application doesn't say who acts, whoever is put there does.
CREATE FUNCTION record_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    -- The database's own name is nobody's to take.
    acting text := nullif(nullif(current_setting('rcm.actor', true), ''), 'database');
    whole jsonb;
    old_values jsonb;
    new_values jsonb;
    key text;
    name text;
begin
    if tg_op <> 'TRUNCATE' then
        whole := to_jsonb(old);
        old_values := whole;
        foreach name in array cast(tg_argv[1] as text[])
        loop
            key := concat_ws(' ', key, whole ->> name);
        end loop;
    elsif tg_table_schema <> all (current_schemas(false)) then
        -- Other changes of a schema that was renamed are refused before; on Citus a trigger for TRUNCATE is made on no node.
        perform refuse('schema_is_pinned', cast(tg_argv[0] as text), 'the schema was renamed or copied; run migrate repin');
    end if;
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(part.name, whole -> part.name), jsonb_object_agg(part.name, part.value)
        into old_values, new_values
        from jsonb_each(to_jsonb(new)) as part (name, value)
        where whole -> part.name <> part.value and part.name <> all (cast(tg_argv[2] as text[]));
        if new_values is null then
            return null;
        end if;
    end if;
    if old_values ?| cast(tg_argv[3] as text[]) then
        foreach name in array cast(tg_argv[3] as text[])
        loop
            if old_values ? name then
                old_values := old_values || jsonb_build_object(name, audit_digest(old_values ->> name));
                new_values := new_values || jsonb_build_object(name, audit_digest(new_values ->> name));
            end if;
        end loop;
    end if;
    if acting is null and tg_nargs > 4 then
        foreach name in array cast(tg_argv[4] as text[])
        loop
            acting := coalesce(acting, new_values ->> name);
        end loop;
    end if;

    insert into audit_log (changed_table, operation, row_key, old_values, new_values, actor)
    values (tg_argv[0], tg_op, key, old_values, new_values, acting);
    return null;
end
$$;
SELECT pin_search_path('record_change()');
REVOKE EXECUTE ON FUNCTION record_change() FROM PUBLIC;

-- Has changes of a table written into audit_log, but of generated columns and of those that the database keeps,
-- which are named first; again, where some are, after a column was added. Then those that bear patients, and
-- those that name who decided: select audit(cast('rebills' as regclass), '{}', '{changes}').
CREATE FUNCTION audit(audited regclass, kept text[] DEFAULT '{}'::text[], of_patients text[] DEFAULT '{}'::text[], deciders text[] DEFAULT '{}'::text[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
declare
    name text := (select relname from pg_class where oid = audited);
    key text[] := array(
        select attname
        from pg_index
        join pg_attribute on attrelid = indrelid and attnum = any (indkey)
        where indrelid = audited and indisprimary
        order by array_position(cast(indkey as smallint[]), attnum)
    );
    all_kept text[] := array(
        select attname
        from pg_attribute
        where attrelid = audited and attnum > 0
            and (attgenerated <> '' or attname in ('created_at', 'updated_at') or attname = any (kept))
        order by attnum
    );
    -- Where the database keeps columns, whoever writes those alone pays nothing.
    watched text := (
        select ' of ' || string_agg(quote_ident(attname), ', ' order by attnum)
        from pg_attribute
        where attrelid = audited and attnum > 0 and not attisdropped and attname <> all (all_kept) and kept <> '{}'
    );
begin
    execute format(
        'create or replace trigger audit after update%s or delete on %s for each row '
        'execute function record_change(%L, %L, %L, %L%s)',
        watched, audited, name, key, all_kept, of_patients, ', ' || quote_literal(nullif(cast(deciders as text), '{}'))
    );
    execute format(
        'create or replace trigger audit_truncation after truncate on %s for each statement '
        'execute function record_change(%L)',
        audited, name
    );
    execute format('comment on trigger audit on %s is %L', audited, 'Changes and deletions are written into audit_log.');
    execute format('comment on trigger audit_truncation on %s is %L', audited, 'That all was taken out is written into audit_log.');
end
$$;
SELECT pin_search_path('audit(regclass, text[], text[], text[])');

-- Trigger: puts all rows of audit_log that have no seal, and are committed, under the new one. Where there are
-- none, there is no seal.
CREATE FUNCTION seal_audit_log()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    previous record;
begin
    -- One at a time. What is read afterwards is read anew.
    perform 1 from audit_seals where number = 0 for update;
    select number, sha256 into previous from audit_seals order by number desc limit 1;
    new.number := previous.number + 1;
    new.created_at := clock_timestamp();
    new.pruned_at := null;

    update audit_log set seal = new.number where seal is null;
    select
        count(*),
        sha256(string_agg(
            sha256(convert_to(cast(jsonb_build_array(
                id, changed_table, operation, row_key, old_values, new_values, actor, recorded_login, recorded_role,
                transaction_number, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
            ) as text), 'UTF8')),
            '' order by id
        ))
    into new.entries, new.content_sha256
    from audit_log
    where seal = new.number;
    if new.entries = 0 then
        return null;
    end if;

    new.sha256 := sha256(convert_to(cast(jsonb_build_array(
        encode(previous.sha256, 'hex'), new.number, new.entries, encode(new.content_sha256, 'hex'),
        to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
    ) as text), 'UTF8'));
    return new;
end
$$;
SELECT pin_search_path('seal_audit_log()');
REVOKE EXECUTE ON FUNCTION seal_audit_log() FROM PUBLIC;

-- Trigger: takes out the rows of a seal that is marked as pruned, and refuses where they are younger than six
-- years.
CREATE FUNCTION prune_audit_log()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    -- HIPAA, 45 CFR 164.316(b)(2)(i).
    if old.created_at > now() - interval '6 years' then
        perform refuse('audit_log_young_rows_are_kept', 'audit_seals', 'choose an earlier day');
    end if;
    delete from audit_log where seal = old.number;
    return new;
end
$$;
SELECT pin_search_path('prune_audit_log()');
REVOKE EXECUTE ON FUNCTION prune_audit_log() FROM PUBLIC;

-- Trigger: refuses every change in a schema that isn't the one which functions look into.
CREATE FUNCTION refuse_elsewhere()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
begin
    -- By itself: the function of the other rules might be missing where this looks.
    if tg_table_schema <> all (current_schemas(false)) then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            table = tg_table_name,
            constraint = 'schema_is_pinned';
    end if;
    return null;
end
$$;
SELECT pin_search_path('refuse_elsewhere()');

-- Has changes of a table refused where its triggers would look into another schema; for each whose triggers look
-- for tables: select keep_in_schema(cast('claims' as regclass)).
CREATE FUNCTION keep_in_schema(kept regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $$
begin
    execute format(
        'create trigger are_in_their_schema before insert or update or delete on %s '
        'for each statement execute function refuse_elsewhere()',
        kept
    );
    execute format(
        'comment on trigger are_in_their_schema on %s is %L', kept, 'Its other triggers look into the schema that they are in.'
    );
end
$$;
SELECT pin_search_path('keep_in_schema(regclass)');

-- What triage says of a denial that is stored; automatic until its last day is over.
CREATE FUNCTION triage_of(denial uuid)
 RETURNS TABLE(category denial_category, appealable boolean, action denial_action, automatic boolean, priority priority, days integer, act_by date, last_day date, policy_id org_policy_key, policy_name text, remark_code remark_code, decided_by triage_rule, reason text, next_steps text)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return query
    select
        decision.category, decision.appealable, decision.action,
        decision.automatic and coalesce(decision.last_day >= current_date, true), decision.priority, decision.days,
        decision.act_by, decision.last_day, decision.policy_id, decision.policy_name, decision.remark_code,
        decision.decided_by, decision.reason, decision.next_steps
    from denials
    cross join lateral triage(
        cast(
            row(
                denials.payer_id, denials.denial_code, denials.denied_on, denials.open_amount,
                array(
                    select cast(denial_remarks.remark_code as text)
                    from denial_remarks
                    where denial_remarks.denial_id = denials.id and denial_remarks.withdrawn_by is null
                ),
                denials.id
            ) as denial_to_triage
        )
    ) as decision
    where denials.id = denial;
end
$$;
SELECT pin_search_path('triage_of(uuid)');

-- What the newest denials of each of these payers and codes brought that were decided in the last twelve months,
-- there or on the claims that they were rebilled to. Reads what of them is open, and as many as it is told.
CREATE FUNCTION recoveries_of(payer_ids uuid[], codes text[], newest integer)
 RETURNS TABLE(similar_denials bigint, refused_amount numeric, recovered_amount numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    return query
    select count(*), coalesce(sum(decided.refused), 0), coalesce(sum(decided.recovered + rebilled.recovered), 0)
    from unnest(payer_ids, codes) as wanted (payer_id, code)
    cross join lateral (
        select
            denials.id,
            denials.denial_amount - denials.withdrawn_amount as refused,
            denials.recovered_amount as recovered,
            denials.rebilled_amount as moved
        from denials
        where denials.payer_id = wanted.payer_id
            and denials.denial_code = wanted.code
            and denials.resolution_status <> 'pending'
            and denials.withdrawn_amount < denials.denial_amount
        order by denials.denied_on desc, denials.id desc
        limit newest
    ) as decided
    cross join lateral (
        select max(postings.posted_on) as settled_on from postings where postings.denial_id = decided.id
    ) as settled
    cross join lateral (
        select coalesce(sum(rebilled_denials.recovered_amount), 0) as recovered, count(*) filter (where claims.answers = 0 or claims.open_denied_amount > 0) as waiting
        from rebilled_denials
        join claims on claims.id = rebilled_denials.new_claim_id
        where decided.moved > 0 and rebilled_denials.denial_id = decided.id
    ) as rebilled
    where settled.settled_on > current_date - interval '12 months' and rebilled.waiting = 0;
end
$$;
SELECT pin_search_path('recoveries_of(uuid[], text[], integer)');

-- What is open of these denials times the share that similar ones brought that were decided in the last twelve
-- months: the newest hundred of the same payer and code where there are twenty, else the newest of its type of
-- payer and category, twenty of each payer and code. Empty where there are fewer than twenty of those, too:
-- nothing is made up.
CREATE FUNCTION estimated_recoveries(denial_ids uuid[])
 RETURNS TABLE(denial_id uuid, estimated_recovery numeric, recovered_percentage numeric, similar_denials bigint, of_payer_and_code boolean)
 LANGUAGE plpgsql
 STABLE
AS $$
declare
    alike record;
    of_payer record;
    of_type record;
    counted record;
    last_type text;
    last_category text;
begin
    for alike in
        select
            denials.payer_id,
            denials.denial_code as code,
            payers.payer_type as type_of_payer,
            category_of(denials.denial_code) as category,
            array_agg(cast(denials.id as uuid) order by denials.id) as ids
        from denials
        join payers on payers.id = denials.payer_id
        where denials.id = any (denial_ids)
        group by denials.payer_id, denials.denial_code, payers.payer_type
        order by type_of_payer, category, denials.payer_id, code
    loop
        select * into of_payer from recoveries_of(array[alike.payer_id], array[alike.code], 100);
        counted := of_payer;
        if of_payer.similar_denials < 20 then
            if (alike.type_of_payer, alike.category) is distinct from (last_type, last_category) then
                last_type := alike.type_of_payer;
                last_category := alike.category;
                select *
                into of_type
                from recoveries_of(
                    array(
                        select cast(payers.id as uuid)
                        from payers
                        cross join denial_code_library as entry
                        where payers.payer_type = last_type and entry.category = last_category
                        order by payers.id, entry.denial_code
                    ),
                    array(
                        select cast(entry.denial_code as text)
                        from payers
                        cross join denial_code_library as entry
                        where payers.payer_type = last_type and entry.category = last_category
                        order by payers.id, entry.denial_code
                    ),
                    20
                );
            end if;
            counted := of_type;
        end if;
        return query
        select
            cast(denials.id as uuid),
            case when counted.similar_denials >= 20
                then round(denials.open_amount * counted.recovered_amount / counted.refused_amount, 2) end,
            case when counted.similar_denials >= 20
                then round(100 * counted.recovered_amount / counted.refused_amount, 2) end,
            counted.similar_denials,
            of_payer.similar_denials >= 20
        from unnest(alike.ids) as wanted (id)
        join denials on denials.id = wanted.id;
    end loop;
end
$$;
SELECT pin_search_path('estimated_recoveries(uuid[])');

-- Denials of a period by day of denial, as whole or by category, payer, code, procedure (empty: the whole claim
-- was denied) or month. Money as the ledger stood at the end of the day as_of, without it as it stands; lost is
-- written off, rebilled money lives on the new claim. Categories and what was found preventable are today's.
-- preventable_percentage is of those that were judged, null when none was.
CREATE FUNCTION denial_report(grouped_by denial_grouping DEFAULT 'whole'::text, first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date, as_of date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, denials bigint, denied_amount numeric, recovered_amount numeric, lost_amount numeric, transferred_amount numeric, adjusted_amount numeric, rebilled_amount numeric, withdrawn_amount numeric, open_denials bigint, open_amount numeric, judged_denials bigint, preventable_denials bigint, preventable_percentage numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    -- Built for the wanted group, so that only what it needs is joined, and what was posted later is read only as of a day.
    return query execute format(
        $query$
            select
                fact.value,
                count(*),
                coalesce(sum(fact.denied), 0),
                coalesce(sum(fact.recovered), 0),
                coalesce(sum(fact.lost), 0),
                coalesce(sum(fact.transferred), 0),
                coalesce(sum(fact.adjusted), 0),
                coalesce(sum(fact.rebilled), 0),
                coalesce(sum(fact.withdrawn), 0),
                count(*) filter (where fact.open > 0),
                coalesce(sum(fact.open), 0),
                count(fact.preventable),
                count(*) filter (where fact.preventable),
                round(100.0 * count(*) filter (where fact.preventable) / nullif(count(fact.preventable), 0), 2)
            from (
                select
                    %1$s as value,
                    denial.preventable,
                    cast(denial.denial_amount as numeric) as denied,
                    %2$s
                from denial_facts as denial
                %3$s
                where denial.denied_on between coalesce($1, '-infinity') and coalesce($2, 'infinity')
                    and denial.denied_on <= coalesce($3, 'infinity')
            ) as fact
            group by grouping sets ((fact.value), ())
            having (grouping(fact.value) = 1) = $4
        $query$,
        case grouped_by
            when 'whole' then 'cast(null as text)'
            when 'category' then 'cast(denial.category as text)'
            when 'payer' then 'cast(denial.payer as text)'
            when 'code' then 'cast(denial.denial_code as text)'
            when 'procedure' then 'cast(denial.procedure_code as text)'
            when 'month' then $key$to_char(cast(denial.denied_on as timestamp), 'YYYY-MM')$key$
        end,
        case when as_of is null then
            'cast(denial.recovered_amount as numeric) as recovered,
             cast(denial.written_off_amount as numeric) as lost,
             cast(denial.transferred_amount as numeric) as transferred,
             cast(denial.adjusted_amount as numeric) as adjusted,
             cast(denial.rebilled_amount as numeric) as rebilled,
             cast(denial.withdrawn_amount as numeric) as withdrawn,
             cast(denial.open_amount as numeric) as open'
        else
            'denial.recovered_amount - coalesce(later.recovered, 0) as recovered,
             denial.written_off_amount - coalesce(later.lost, 0) as lost,
             denial.transferred_amount - coalesce(later.transferred, 0) as transferred,
             denial.adjusted_amount - coalesce(later.adjusted, 0) as adjusted,
             denial.rebilled_amount - coalesce(later.rebilled, 0) as rebilled,
             denial.withdrawn_amount - coalesce(later.withdrawn, 0) as withdrawn,
             denial.open_amount + coalesce(later.settled, 0) as open'
        end,
        case when as_of is not null then
            $later$left join (
                select
                    posting_facts.denial_id,
                    sum(posting_facts.amount) as settled,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'payment') as recovered,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'write_off') as lost,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'patient_responsibility') as transferred,
                    sum(posting_facts.amount) filter (
                        where posting_facts.kind in ('contractual_adjustment', 'other_payer')
                    ) as adjusted,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'rebilled') as rebilled,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'denial_withdrawn') as withdrawn
                from posting_facts
                where posting_facts.posted_on > $3 and posting_facts.settles_denial
                group by posting_facts.denial_id
            ) as later on later.denial_id = denial.id$later$
        end
    ) using first_day, last_day, as_of, grouped_by = 'whole';
end
$$;
SELECT pin_search_path('denial_report(denial_grouping, date, date, date)');

-- Appeals of a period by day of filing, or while not filed by the day they are due, as whole or by level, payer
-- or code. success_percentage is approved and partially approved of those decided, null when none is. Overdue is
-- what is neither filed nor withdrawn and was due before as_of.
CREATE FUNCTION appeal_report(grouped_by appeal_grouping DEFAULT 'whole'::text, first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date, as_of date DEFAULT CURRENT_DATE)
 RETURNS TABLE(group_value text, appeals bigint, appealed_amount numeric, open_appeals bigint, withdrawn_appeals bigint, decided_appeals bigint, approved_appeals bigint, partially_approved_appeals bigint, denied_appeals bigint, approved_amount numeric, success_percentage numeric, average_days_to_decision numeric, overdue_appeals bigint, overdue_amount numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        coalesce(sum(grouped.appealed), 0),
        count(*) filter (where grouped.decided_on is null and grouped.status <> 'withdrawn'),
        count(*) filter (where grouped.status = 'withdrawn'),
        count(grouped.decided_on),
        count(*) filter (where grouped.status = 'approved'),
        count(*) filter (where grouped.status = 'partially_approved'),
        count(*) filter (where grouped.status = 'denied'),
        coalesce(sum(grouped.approved), 0),
        round(
            100.0 * count(*) filter (where grouped.status in ('approved', 'partially_approved'))
            / nullif(count(grouped.decided_on), 0),
            2
        ),
        round(avg(grouped.days_to_decision), 2),
        count(*) filter (where grouped.overdue),
        coalesce(sum(grouped.appealed) filter (where grouped.overdue), 0)
    from (
        select
            case grouped_by
                when 'level' then cast(fact.appeal_level as text)
                when 'payer' then cast(fact.payer as text)
                when 'code' then cast(fact.denial_code as text)
            end as value,
            fact.status,
            fact.decided_on,
            fact.days_to_decision,
            fact.appealed_amount as appealed,
            fact.approved_amount as approved,
            fact.status in ('pending', 'in_progress') and fact.due_on < as_of as overdue
        from appeal_facts as fact
        where coalesce(fact.filed_on, fact.due_on)
            between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;
SELECT pin_search_path('appeal_report(appeal_grouping, date, date, date)');

-- Write-offs of a period by day of request, as whole or by reason or category. Lost is what the ledger has of
-- them, net of what was reversed or paid after all. preventable_percentage is of the approved ones that were
-- judged, null when none was.
CREATE FUNCTION write_off_report(grouped_by write_off_grouping DEFAULT 'whole'::text, first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, write_offs bigint, pending_write_offs bigint, pending_amount numeric, approved_write_offs bigint, lost_amount numeric, rejected_write_offs bigint, reversed_write_offs bigint, judged_write_offs bigint, preventable_write_offs bigint, preventable_amount numeric, preventable_percentage numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(*) filter (where grouped.status = 'pending_approval'),
        coalesce(sum(grouped.amount) filter (where grouped.status = 'pending_approval'), 0),
        count(grouped.lost),
        coalesce(sum(grouped.lost), 0),
        count(*) filter (where grouped.status = 'rejected'),
        count(*) filter (where grouped.status = 'reversed'),
        count(grouped.lost) filter (where grouped.preventable is not null),
        count(grouped.lost) filter (where grouped.preventable),
        coalesce(sum(grouped.lost) filter (where grouped.preventable), 0),
        round(
            100.0 * count(grouped.lost) filter (where grouped.preventable)
            / nullif(count(grouped.lost) filter (where grouped.preventable is not null), 0),
            2
        )
    from (
        select
            case grouped_by
                when 'reason' then cast(fact.reason as text)
                when 'category' then cast(fact.category as text)
            end as value,
            fact.status,
            fact.preventable,
            fact.amount,
            nullif(fact.lost_amount, 0) as lost
        from write_off_facts as fact
        where fact.requested_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;
SELECT pin_search_path('write_off_report(write_off_grouping, date, date)');

-- Rebills of a period by day of submission (without a period also those not yet submitted), as whole or by
-- reason. success_percentage is paid and partially paid of those resolved, null when none is; the recovered
-- amount is read from the new claims (rebilled_denials).
CREATE FUNCTION rebill_report(grouped_by rebill_grouping DEFAULT 'whole'::text, first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, rebills bigint, open_rebills bigint, resolved_rebills bigint, paid_rebills bigint, partially_paid_rebills bigint, denied_again_rebills bigint, recovered_amount numeric, success_percentage numeric, average_days_to_resolution numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(*) filter (where grouped.resolved_on is null),
        count(grouped.resolved_on),
        count(*) filter (where grouped.status = 'paid'),
        count(*) filter (where grouped.status = 'partially_paid'),
        count(*) filter (where grouped.status = 'denied_again'),
        coalesce(sum(grouped.recovered), 0),
        round(
            100.0 * count(*) filter (where grouped.status in ('paid', 'partially_paid'))
            / nullif(count(grouped.resolved_on), 0),
            2
        ),
        round(avg(grouped.days_to_resolution), 2)
    from (
        select
            case grouped_by when 'reason' then cast(fact.reason as text) end as value,
            fact.status,
            fact.resolved_on,
            fact.days_to_resolution,
            fact.recovered_amount as recovered
        from rebill_facts as fact
        where first_day is null and last_day is null
            or fact.submitted_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;
SELECT pin_search_path('rebill_report(rebill_grouping, date, date)');

-- Payment variances of a period by day of payment, as whole or by payer or reason (empty: not known yet). A
-- payment within one cent is neither under nor over and needs no resolution.
CREATE FUNCTION variance_report(grouped_by variance_grouping DEFAULT 'whole'::text, first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, variances bigint, underpayments bigint, underpaid_amount numeric, overpayments bigint, overpaid_amount numeric, unresolved_variances bigint, unresolved_underpaid_amount numeric, unresolved_overpaid_amount numeric)
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(grouped.underpaid),
        coalesce(sum(grouped.underpaid), 0),
        count(grouped.overpaid),
        coalesce(sum(grouped.overpaid), 0),
        count(coalesce(grouped.underpaid, grouped.overpaid)) filter (where grouped.unresolved),
        coalesce(sum(grouped.underpaid) filter (where grouped.unresolved), 0),
        coalesce(sum(grouped.overpaid) filter (where grouped.unresolved), 0)
    from (
        select
            case grouped_by
                when 'payer' then cast(fact.payer as text)
                when 'reason' then cast(fact.variance_reason as text)
            end as value,
            case when fact.variance_type = 'underpayment' then -fact.variance_amount end as underpaid,
            case when fact.variance_type = 'overpayment' then fact.variance_amount end as overpaid,
            fact.resolved_on is null as unresolved
        from variance_facts as fact
        where fact.paid_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;
SELECT pin_search_path('variance_report(variance_grouping, date, date)');

-- Refuses whoever may not read the view, in a function that reads tables with its owner's rights; and where the
-- counted table isn't of the schema that functions look into.
CREATE FUNCTION require_right_to_read(counted regclass, read regclass)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
AS $$
begin
    -- The view was bound to its table when it was made, whatever schema the names are looked for in since.
    if cast(counted as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;
    -- The caller's: in what runs with its owner's rights the owner is the user.
    if not has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), read, 'select') then
        raise insufficient_privilege using message = format('permission denied for view %s', read);
    end if;
end
$$;
SELECT pin_search_path('require_right_to_read(regclass, regclass)');

-- An amount where it is of no patient, or of eleven or more; else empty. In cents, zero too.
CREATE FUNCTION amount_of_enough(amount numeric, patients bigint)
 RETURNS numeric
 LANGUAGE plpgsql
 IMMUTABLE
AS $$
begin
    return case when patients = 0 or patients >= 11 then round(amount, 2) end;
end
$$;
SELECT pin_search_path('amount_of_enough(numeric, bigint)');

-- The rows of claim_statistics, for who may read that; told its own table.
CREATE FUNCTION claims_counted(counted regclass)
 RETURNS TABLE(month date, payer business_id, claim_type claim_type, claims bigint, amount numeric, paid_amount numeric, contractual_amount numeric, written_off_amount numeric, open_denied_amount numeric)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
AS $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('claim_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(claims.service_from as timestamp)) as date) as month,
        payers.payer_id as payer,
        claims.claim_type,
        count(*) as claims,
        amount_of_enough(
            sum(cast(claims.amount as numeric)), count(distinct claims.patient_reference) filter (where claims.amount <> 0)
        ) as amount,
        amount_of_enough(
            sum(cast(claims.paid_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.paid_amount <> 0)
        ) as paid_amount,
        amount_of_enough(
            sum(cast(claims.contractual_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.contractual_amount <> 0)
        ) as contractual_amount,
        amount_of_enough(
            sum(cast(claims.written_off_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.written_off_amount <> 0)
        ) as written_off_amount,
        amount_of_enough(
            sum(cast(claims.open_denied_amount as numeric)), count(distinct claims.patient_reference) filter (where claims.open_denied_amount <> 0)
        ) as open_denied_amount
    from claims
    join payers on payers.id = claims.payer_id
    where claims.voided_on is null
    group by 1, 2, 3
    having count(distinct claims.patient_reference) >= 11;
end
$$;
SELECT pin_search_path('claims_counted(regclass)');

-- The rows of denial_statistics, for who may read that; told its own table.
CREATE FUNCTION denials_counted(counted regclass)
 RETURNS TABLE(month date, payer business_id, denial_code denial_code, denials bigint, denial_amount numeric, recovered_amount numeric, written_off_amount numeric, open_amount numeric)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
AS $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('denial_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(denials.denied_on as timestamp)) as date) as month,
        payers.payer_id as payer,
        denials.denial_code,
        count(*) as denials,
        amount_of_enough(
            sum(cast(denials.denial_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.denial_amount <> 0)
        ) as denial_amount,
        amount_of_enough(
            sum(cast(denials.recovered_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.recovered_amount <> 0)
        ) as recovered_amount,
        amount_of_enough(
            sum(cast(denials.written_off_amount as numeric)), count(distinct claims.patient_reference) filter (where denials.written_off_amount <> 0)
        ) as written_off_amount,
        amount_of_enough(
            sum(denials.open_amount), count(distinct claims.patient_reference) filter (where denials.open_amount <> 0)
        ) as open_amount
    from denials
    join claims on claims.id = denials.claim_id
    join payers on payers.id = denials.payer_id
    group by 1, 2, 3
    having count(distinct claims.patient_reference) >= 11;
end
$$;
SELECT pin_search_path('denials_counted(regclass)');

-- The rows of appeal_statistics, for who may read that; told its own table.
CREATE FUNCTION appeals_counted(counted regclass)
 RETURNS TABLE(month date, payer business_id, appeal_level appeal_level, status appeal_status, appeals bigint, appealed_amount numeric, approved_amount numeric)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
AS $$
#variable_conflict use_column
begin
    perform require_right_to_read(counted, cast('appeal_statistics' as regclass));
    return query
    select
        cast(date_trunc('month', cast(appeals.decided_on as timestamp)) as date) as month,
        payers.payer_id as payer,
        appeals.appeal_level,
        appeals.status,
        count(*) as appeals,
        amount_of_enough(
            sum(cast(appeals.appealed_amount as numeric)), count(distinct claims.patient_reference) filter (where appeals.appealed_amount <> 0)
        ) as appealed_amount,
        amount_of_enough(
            sum(cast(appeals.approved_amount as numeric)), count(distinct claims.patient_reference) filter (where appeals.approved_amount <> 0)
        ) as approved_amount
    from appeals
    join claims on claims.id = appeals.claim_id
    join payers on payers.id = appeals.payer_id
    where appeals.decided_on is not null
    group by 1, 2, 3, 4
    having count(distinct claims.patient_reference) >= 11;
end
$$;
SELECT pin_search_path('appeals_counted(regclass)');

-- Triggers, those of a table in the order in which they fire

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON database_environment
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON database_environment
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON database_environment
    FOR EACH ROW
    EXECUTE FUNCTION record_change('database_environment', '{singleton}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON database_environment
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('database_environment');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON payers
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON payers
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON payers
    FOR EACH ROW
    EXECUTE FUNCTION record_change('payers', '{id}',
        '{created_at,updated_at}', '{}');

-- The work list follows corrections.
CREATE TRIGGER follow_payer
    AFTER UPDATE ON payers
    FOR EACH ROW
    WHEN (new.payer_type IS DISTINCT FROM old.payer_type)
    EXECUTE FUNCTION follow_payer();

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON payers
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('payers');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON payer_identifiers
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON payer_identifiers
    FOR EACH ROW
    EXECUTE FUNCTION record_change('payer_identifiers',
        '{qualifier,value}', '{created_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON payer_identifiers
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('payer_identifiers');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON filing_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Nobody says that another login recorded a row.
CREATE TRIGGER filing_rules_recorded_by_database
    BEFORE INSERT ON filing_rules
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('filing_rules_recorded_by_database',
        'the database says who recorded it; leave it out');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON filing_rules
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON filing_rules
    FOR EACH ROW
    EXECUTE FUNCTION record_change('filing_rules', '{id}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON filing_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('filing_rules');

-- Last days follow filing rules.
CREATE TRIGGER follow_filing_rules_when_changed
    AFTER UPDATE ON filing_rules
    REFERENCING OLD TABLE AS old_rules NEW TABLE AS new_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_filing_rules();

-- Last days follow filing rules.
CREATE TRIGGER follow_filing_rules_when_made
    AFTER INSERT ON filing_rules
    REFERENCING NEW TABLE AS new_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_filing_rules();

-- Last days follow filing rules.
CREATE TRIGGER follow_filing_rules_when_taken_out
    AFTER DELETE ON filing_rules
    REFERENCING OLD TABLE AS old_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_filing_rules();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON denial_code_library
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON denial_code_library
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON denial_code_library
    FOR EACH ROW
    EXECUTE FUNCTION record_change('denial_code_library', '{id}',
        '{disposition,created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON denial_code_library
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('denial_code_library');

-- The work list follows the library.
CREATE TRIGGER follow_library_when_changed
    AFTER UPDATE ON denial_code_library
    REFERENCING OLD TABLE AS old_entries NEW TABLE AS new_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_library();

-- The work list follows the library.
CREATE TRIGGER follow_library_when_made
    AFTER INSERT ON denial_code_library
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_library();

-- The work list follows the library.
CREATE TRIGGER follow_library_when_taken_out
    AFTER DELETE ON denial_code_library
    REFERENCING OLD TABLE AS old_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_library();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remark_code_library
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON remark_code_library
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON remark_code_library
    FOR EACH ROW
    EXECUTE FUNCTION record_change('remark_code_library', '{remark_code}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON remark_code_library
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('remark_code_library');

-- The work list follows the remark library.
CREATE TRIGGER follow_remark_library_when_changed
    AFTER UPDATE ON remark_code_library
    REFERENCING OLD TABLE AS old_entries NEW TABLE AS new_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_remark_library();

-- The work list follows the remark library.
CREATE TRIGGER follow_remark_library_when_made
    AFTER INSERT ON remark_code_library
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_remark_library();

-- The work list follows the remark library.
CREATE TRIGGER follow_remark_library_when_taken_out
    AFTER DELETE ON remark_code_library
    REFERENCING OLD TABLE AS old_entries
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_remark_library();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON org_policies
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Nobody says that another login recorded a row.
CREATE TRIGGER org_policies_recorded_by_database
    BEFORE INSERT ON org_policies
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('org_policies_recorded_by_database',
        'the database says who recorded it; leave it out');

-- A policy may be taken out.
CREATE TRIGGER release_policy
    BEFORE DELETE ON org_policies
    FOR EACH ROW
    EXECUTE FUNCTION release_policy();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON org_policies
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON org_policies
    FOR EACH ROW
    EXECUTE FUNCTION record_change('org_policies', '{id}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON org_policies
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('org_policies');

-- The work list follows policies.
CREATE TRIGGER follow_policies_when_changed
    AFTER UPDATE ON org_policies
    REFERENCING OLD TABLE AS old_policies NEW TABLE AS new_policies
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_policies();

-- The work list follows policies.
CREATE TRIGGER follow_policies_when_made
    AFTER INSERT ON org_policies
    REFERENCING NEW TABLE AS new_policies
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_policies();

-- The work list follows policies.
CREATE TRIGGER follow_policies_when_taken_out
    AFTER DELETE ON org_policies
    REFERENCING OLD TABLE AS old_policies
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_policies();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- No row is taken out.
CREATE TRIGGER claims_are_kept
    BEFORE DELETE ON claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('claims_are_kept',
        'void the claim instead');

-- The same for TRUNCATE.
CREATE TRIGGER claims_are_not_truncated
    BEFORE TRUNCATE ON claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('claims_are_kept',
        'void the claim instead');

-- A new claim has no postings.
CREATE TRIGGER claims_totals_start_at_zero
    BEFORE INSERT ON claims
    FOR EACH ROW
    WHEN (new.paid_amount <> 0 OR new.contractual_amount <> 0 OR new.patient_responsibility_amount <> 0 OR
        new.other_payer_amount <> 0 OR new.written_off_amount <> 0 OR new.rebilled_amount <> 0 OR
        new.patient_paid_amount <> 0 OR new.patient_written_off_amount <> 0 OR new.open_denied_amount <> 0 OR
        new.answers <> 0 OR new.filed_appeals <> 0)
    EXECUTE FUNCTION refuse_change('claims_totals_start_at_zero',
        'the totals follow the postings; leave them out');

-- Its parts are written by the same transaction.
CREATE TRIGGER set_created_at
    BEFORE INSERT ON claims
    FOR EACH ROW
    WHEN (new.created_at <> now())
    EXECUTE FUNCTION set_created_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE OF id, claim_id, patient_reference, payer_id, claim_type, frequency_code, replaces_claim_id, amount, service_from, service_to, submitted_on, voided_on ON claims
    FOR EACH ROW
    EXECUTE FUNCTION record_change('claims', '{id}',
        '{paid_amount,contractual_amount,patient_responsibility_amount,other_payer_amount,written_off_amount,rebilled_amount,patient_paid_amount,patient_written_off_amount,open_denied_amount,answers,filed_appeals,payer_balance_amount,patient_balance_amount,status,created_at,updated_at}', '{patient_reference}');

-- The days of service hold those of the lines.
CREATE TRIGGER check_claim_dates
    AFTER UPDATE OF service_from, service_to ON claims
    FOR EACH ROW
    WHEN (new.service_from IS DISTINCT FROM old.service_from OR
        new.service_to IS DISTINCT FROM old.service_to)
    EXECUTE FUNCTION check_claim_dates();

-- A replacement has the patient and the payer of its original.
CREATE TRIGGER check_replaced_claim
    AFTER INSERT ON claims
    FOR EACH ROW
    WHEN (new.replaces_claim_id IS NOT NULL)
    EXECUTE FUNCTION check_replaced_claim();

-- Billed is the sum of the lines, at commit.
CREATE CONSTRAINT TRIGGER claims_amount_is_sum_of_lines
    AFTER INSERT OR UPDATE OF amount ON claims
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    EXECUTE FUNCTION check_claim_amount();

-- A claim stays with its patient, its payer and the claim that it replaces.
CREATE TRIGGER claims_identity_is_fixed
    AFTER UPDATE OF id, claim_id, patient_reference, payer_id, frequency_code, replaces_claim_id, created_at ON claims
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR new.claim_id IS DISTINCT FROM old.claim_id OR
        new.frequency_code IS DISTINCT FROM old.frequency_code OR
        new.replaces_claim_id::uuid IS DISTINCT FROM old.replaces_claim_id::uuid OR
        new.created_at IS DISTINCT FROM old.created_at OR (new.patient_reference <> old.patient_reference OR
        new.payer_id::uuid <> old.payer_id::uuid) AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('claims_identity_is_fixed',
        'void the claim and record another, correct the patient or merge the payers');

-- Nobody else writes the totals of a claim.
CREATE TRIGGER claims_totals_follow_postings
    AFTER UPDATE OF paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount, written_off_amount, rebilled_amount, patient_paid_amount, patient_written_off_amount, open_denied_amount, answers, filed_appeals ON claims
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('claims_totals_follow_postings',
        'the totals follow the postings; post instead');

-- What was sent, when, and that it was voided stays.
CREATE TRIGGER claims_what_happened_is_fixed
    AFTER UPDATE OF submitted_on, voided_on, claim_type, amount, service_from, service_to ON claims
    FOR EACH ROW
    WHEN (old.submitted_on IS NOT NULL AND new.submitted_on IS DISTINCT FROM old.submitted_on OR
        old.voided_on IS NOT NULL AND new.voided_on IS DISTINCT FROM old.voided_on OR old.voided_on IS NOT NULL AND
        old.submitted_on IS NULL AND new.submitted_on IS NOT NULL OR old.submitted_on IS NOT NULL AND
        (new.claim_type IS DISTINCT FROM old.claim_type OR new.amount IS DISTINCT FROM old.amount OR
        new.service_from IS DISTINCT FROM old.service_from OR
        new.service_to IS DISTINCT FROM old.service_to))
    EXECUTE FUNCTION refuse_change('claims_what_happened_is_fixed',
        'the claim is submitted or voided; void it and record another');

-- The money of a replaced claim lives on its replacement.
CREATE TRIGGER move_to_replacement_when_made
    AFTER INSERT ON claims
    FOR EACH ROW
    WHEN (new.frequency_code = '7' AND new.submitted_on IS NOT NULL)
    EXECUTE FUNCTION move_to_replacement();

-- The money of a replaced claim lives on its replacement. Fires before take_back_what_was_moved.
CREATE TRIGGER move_to_replacement_when_submitted
    AFTER UPDATE OF submitted_on ON claims
    FOR EACH ROW
    WHEN (new.frequency_code = '7' AND old.submitted_on IS NULL AND
        new.submitted_on IS NOT NULL)
    EXECUTE FUNCTION move_to_replacement();

CREATE TRIGGER set_updated_at
    AFTER UPDATE ON claims
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION set_updated_at_afterwards();

-- A voided claim gives back what was moved to it.
CREATE TRIGGER take_back_what_was_moved
    AFTER UPDATE OF voided_on ON claims
    FOR EACH ROW
    WHEN (old.voided_on IS NULL AND new.voided_on IS NOT NULL)
    EXECUTE FUNCTION take_back_what_was_moved();

-- The patient's part of the claim before is billed to the next payer. Fires after move_to_replacement.
CREATE TRIGGER take_over_when_submitted
    AFTER UPDATE OF submitted_on ON claims
    FOR EACH ROW
    WHEN (old.submitted_on IS NULL AND new.submitted_on IS NOT NULL)
    EXECUTE FUNCTION take_over_when_submitted();

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('claims');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_details
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What was taken over stays with its claim.
CREATE TRIGGER claim_details_prior_claim_is_fixed
    BEFORE UPDATE OF prior_claim_id ON claim_details
    FOR EACH ROW
    WHEN (old.prior_claim_id IS NOT NULL AND new.prior_claim_id::uuid IS DISTINCT FROM old.prior_claim_id::uuid)
    EXECUTE FUNCTION refuse_change('claim_details_prior_claim_is_fixed',
        'void the claim and record another');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON claim_details
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON claim_details
    FOR EACH ROW
    EXECUTE FUNCTION record_change('claim_details', '{claim_id}', '{created_at,updated_at}',
        '{patient_control_number,payer_claim_control_number}');

-- The same, where the claim was submitted before.
CREATE TRIGGER take_over_when_related
    AFTER INSERT OR UPDATE OF prior_claim_id ON claim_details
    FOR EACH ROW
    WHEN (new.prior_claim_id IS NOT NULL)
    EXECUTE FUNCTION take_over_when_related();

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON claim_details
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('claim_details');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON institutional_claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What institutions say is written with the claim.
CREATE TRIGGER check_changed_institutional_claims
    AFTER UPDATE ON institutional_claims
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('institutional_claims');

-- What institutions say is written with the claim.
CREATE TRIGGER check_deleted_institutional_claims
    AFTER DELETE ON institutional_claims
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('institutional_claims');

-- What institutions say is written with the claim.
CREATE TRIGGER check_new_institutional_claims
    AFTER INSERT ON institutional_claims
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('institutional_claims');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_sources
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON claim_sources
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON claim_sources
    FOR EACH ROW
    EXECUTE FUNCTION record_change('claim_sources', '{claim_id}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON claim_sources
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('claim_sources');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_diagnoses
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Diagnoses are written with their claim.
CREATE TRIGGER check_changed_diagnoses
    AFTER UPDATE ON claim_diagnoses
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_diagnoses');

-- Diagnoses are written with their claim.
CREATE TRIGGER check_deleted_diagnoses
    AFTER DELETE ON claim_diagnoses
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_diagnoses');

-- Diagnoses are written with their claim.
CREATE TRIGGER check_new_diagnoses
    AFTER INSERT ON claim_diagnoses
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_diagnoses');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_lines
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Lines are written with their claim.
CREATE TRIGGER check_changed_lines
    AFTER UPDATE ON claim_lines
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_lines');

-- Lines are written with their claim.
CREATE TRIGGER check_deleted_lines
    AFTER DELETE ON claim_lines
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_lines');

-- Lines are written with their claim.
CREATE TRIGGER check_new_lines
    AFTER INSERT ON claim_lines
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_lines');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_line_details
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What lines say is written with the claim.
CREATE TRIGGER check_changed_claim_line_details
    AFTER UPDATE ON claim_line_details
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_details');

-- What lines say is written with the claim.
CREATE TRIGGER check_deleted_claim_line_details
    AFTER DELETE ON claim_line_details
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_details');

-- What lines say is written with the claim.
CREATE TRIGGER check_new_claim_line_details
    AFTER INSERT ON claim_line_details
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_details');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON claim_line_teeth
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Teeth are written with the claim.
CREATE TRIGGER check_changed_claim_line_teeth
    AFTER UPDATE ON claim_line_teeth
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_teeth');

-- Teeth are written with the claim.
CREATE TRIGGER check_deleted_claim_line_teeth
    AFTER DELETE ON claim_line_teeth
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_teeth');

-- Teeth are written with the claim.
CREATE TRIGGER check_new_claim_line_teeth
    AFTER INSERT ON claim_line_teeth
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_claim_parts('claim_line_teeth');

-- What came stays.
CREATE TRIGGER remittance_files_are_kept
    BEFORE DELETE ON remittance_files
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_files_are_kept', 'what came stays');

-- The same for TRUNCATE.
CREATE TRIGGER remittance_files_are_not_truncated
    BEFORE TRUNCATE ON remittance_files
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_files_are_kept', 'what came stays');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remittances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays.
CREATE TRIGGER remittances_are_kept
    BEFORE DELETE ON remittances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittances_are_kept',
        'dismiss the remittance instead');

-- The same for TRUNCATE.
CREATE TRIGGER remittances_are_not_truncated
    BEFORE TRUNCATE ON remittances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittances_are_kept',
        'dismiss the remittance instead');

-- What came stays as it came.
CREATE TRIGGER remittances_content_is_fixed
    BEFORE UPDATE OF id, file_id, transaction_number, content_sha256, trace_number, originator, handling, method, total_amount, paid_on, produced_on, payee_npi, other_segments ON remittances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittances_content_is_fixed',
        'what came stays as it came');

-- It is the sum of its claims and provider adjustments.
CREATE TRIGGER remittances_explained_amount_is_kept
    BEFORE UPDATE OF explained_amount ON remittances
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('remittances_explained_amount_is_kept', 'the database keeps it');

-- A remittance stays with its payer, unless payers are merged.
CREATE TRIGGER remittances_payer_is_fixed
    BEFORE UPDATE OF payer_id ON remittances
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('remittances_payer_is_fixed', 'merge the payers');

-- Its parts are written by the same transaction.
CREATE TRIGGER set_created_at
    BEFORE INSERT ON remittances
    FOR EACH ROW
    WHEN (new.created_at <> now())
    EXECUTE FUNCTION set_created_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON remittances
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Reviews are written into audit_log.
CREATE TRIGGER audit
    AFTER UPDATE OF is_dismissed, reviewed_by, reviewed_on ON remittances
    FOR EACH ROW
    EXECUTE FUNCTION record_change('remittances', '{id}',
        '{updated_at}', '{}', '{reviewed_by}');

-- Nothing is posted of a remittance that counts nowhere.
CREATE TRIGGER check_dismissed
    AFTER UPDATE OF is_dismissed ON remittances
    FOR EACH ROW
    WHEN (new.is_dismissed)
    EXECUTE FUNCTION check_dismissed();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remittance_claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays.
CREATE TRIGGER remittance_claims_are_kept
    BEFORE DELETE ON remittance_claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_claims_are_kept', 'what came stays');

-- The same for TRUNCATE.
CREATE TRIGGER remittance_claims_are_not_truncated
    BEFORE TRUNCATE ON remittance_claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_claims_are_kept', 'what came stays');

-- Nobody opens a remittance claim for postings but by posting it.
CREATE TRIGGER remittance_claims_being_posted_is_kept
    BEFORE UPDATE OF being_posted ON remittance_claims
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('remittance_claims_being_posted_is_kept', 'the database keeps it');

-- What came stays as it came.
CREATE TRIGGER remittance_claims_content_is_fixed
    BEFORE UPDATE OF id, remittance_id, claim_number, patient_control_number, payer_claim_control_number, claim_status, charge_amount, paid_amount, patient_amount, filing_indicator, facility_code, frequency_code, drg, rendering_npi, service_from, service_to, received_on, other_segments ON remittance_claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_claims_content_is_fixed',
        'what came stays as it came');

-- What is posted is compared with what it says. Fires before set_updated_at.
CREATE TRIGGER open_for_posting
    BEFORE UPDATE OF posted_on ON remittance_claims
    FOR EACH ROW
    WHEN (new.posted_on IS DISTINCT FROM old.posted_on)
    EXECUTE FUNCTION open_for_posting();

-- What is posted was stored before, so that it is counted.
CREATE TRIGGER remittance_claims_come_unposted
    BEFORE INSERT ON remittance_claims
    FOR EACH ROW
    WHEN (new.posted_on IS NOT NULL)
    EXECUTE FUNCTION refuse_change('remittance_claims_come_unposted',
        'store it, then post it');

-- What is posted stays with its claim.
CREATE TRIGGER remittance_claims_posting_is_fixed
    BEFORE UPDATE ON remittance_claims
    FOR EACH ROW
    WHEN (old.posted_on IS NOT NULL AND new.posted_on IS NOT NULL AND
        (new.claim_id::uuid <> old.claim_id::uuid OR new.posted_on <> old.posted_on))
    EXECUTE FUNCTION refuse_change('remittance_claims_posting_is_fixed',
        'it is posted; unmatch it first');

-- Its parts are written by the same transaction.
CREATE TRIGGER set_created_at
    BEFORE INSERT ON remittance_claims
    FOR EACH ROW
    WHEN (new.created_at <> now())
    EXECUTE FUNCTION set_created_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON remittance_claims
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Matches and postings that are undone, or said to be another's, are written into audit_log.
CREATE TRIGGER audit
    AFTER UPDATE OF claim_id, matched_by, posted_on, posted_by ON remittance_claims
    FOR EACH ROW
    WHEN (old.matched_by IS NOT NULL AND (new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid OR
        new.matched_by IS DISTINCT FROM old.matched_by) OR old.posted_by IS NOT NULL AND
        (new.posted_on IS DISTINCT FROM old.posted_on OR new.posted_by IS DISTINCT FROM old.posted_by))
    EXECUTE FUNCTION record_change('remittance_claims', '{id}',
        '{being_posted, updated_at}', '{}');

-- What is posted of a remittance is what it says, at commit.
CREATE CONSTRAINT TRIGGER check_remittance_posting
    AFTER UPDATE ON remittance_claims
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN (new.being_posted)
    EXECUTE FUNCTION check_remittance_posting();

-- Does the remittance add up?
CREATE TRIGGER add_up_remittance
    AFTER INSERT ON remittance_claims
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION add_up_remittance('claims');

-- A remittance answers its claims.
CREATE TRIGGER count_remittance_answers
    AFTER UPDATE ON remittance_claims
    REFERENCING OLD TABLE AS old_answers NEW TABLE AS new_answers
    FOR EACH STATEMENT
    EXECUTE FUNCTION count_remittance_answers();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remittance_services
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays.
CREATE TRIGGER remittance_services_are_kept
    BEFORE DELETE ON remittance_services
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_services_are_kept', 'what came stays');

-- The same for TRUNCATE.
CREATE TRIGGER remittance_services_are_not_truncated
    BEFORE TRUNCATE ON remittance_services
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_services_are_kept', 'what came stays');

-- What came stays as it came.
CREATE TRIGGER remittance_services_content_is_fixed
    BEFORE UPDATE OF remittance_claim_id, service_number, code_qualifier, code, modifier_1, modifier_2, modifier_3, modifier_4, revenue_code, billed_code, charge_amount, paid_amount, allowed_amount, units_paid, units_billed, service_from, service_to, line_control_number ON remittance_services
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_services_content_is_fixed',
        'what came stays as it came');

-- Nothing is added to what came, and no service of what is posted becomes another line.
CREATE TRIGGER check_remittance_parts
    AFTER INSERT OR UPDATE OF claim_id, line_number ON remittance_services
    FOR EACH ROW
    EXECUTE FUNCTION check_remittance_parts('remittance_services');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remittance_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays.
CREATE TRIGGER remittance_adjustments_are_kept
    BEFORE DELETE ON remittance_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_adjustments_are_kept', 'what came stays');

-- The same for TRUNCATE.
CREATE TRIGGER remittance_adjustments_are_not_truncated
    BEFORE TRUNCATE ON remittance_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_adjustments_are_kept', 'what came stays');

-- What came stays as it came.
CREATE TRIGGER remittance_adjustments_content_is_fixed
    BEFORE UPDATE OF remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, quantity ON remittance_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_adjustments_content_is_fixed',
        'what came stays as it came');

-- What people say that an adjustment is, is written into audit_log.
CREATE TRIGGER audit
    AFTER UPDATE OF disposition, is_assumed, classified_by ON remittance_adjustments
    FOR EACH ROW
    WHEN (old.classified_by IS NOT NULL OR new.classified_by IS NOT NULL)
    EXECUTE FUNCTION record_change('remittance_adjustments', '{remittance_claim_id, adjustment_number}',
        '{}', '{}', '{classified_by}');

-- Nothing is added to what came, and no adjustment of what is posted becomes another.
CREATE TRIGGER check_remittance_parts
    AFTER INSERT OR UPDATE OF disposition ON remittance_adjustments
    FOR EACH ROW
    EXECUTE FUNCTION check_remittance_parts('remittance_adjustments');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON remittance_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays as it came.
CREATE TRIGGER remittance_remarks_are_kept
    BEFORE DELETE OR UPDATE ON remittance_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_remarks_are_kept',
        'what came stays as it came');

-- The same for TRUNCATE.
CREATE TRIGGER remittance_remarks_are_not_truncated
    BEFORE TRUNCATE ON remittance_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('remittance_remarks_are_kept',
        'what came stays as it came');

-- Nothing is added to what came.
CREATE TRIGGER check_remittance_parts
    AFTER INSERT ON remittance_remarks
    FOR EACH ROW
    EXECUTE FUNCTION check_remittance_parts('remittance_remarks');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON provider_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What came stays as it came.
CREATE TRIGGER provider_adjustments_are_kept
    BEFORE DELETE OR UPDATE ON provider_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('provider_adjustments_are_kept',
        'what came stays as it came');

-- The same for TRUNCATE.
CREATE TRIGGER provider_adjustments_are_not_truncated
    BEFORE TRUNCATE ON provider_adjustments
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('provider_adjustments_are_kept',
        'what came stays as it came');

-- Does the remittance add up?
CREATE TRIGGER add_up_remittance
    AFTER INSERT ON provider_adjustments
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT
    EXECUTE FUNCTION add_up_remittance('provider_adjustments');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON adjustment_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Nobody says that another login recorded a row.
CREATE TRIGGER adjustment_rules_recorded_by_database
    BEFORE INSERT ON adjustment_rules
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('adjustment_rules_recorded_by_database',
        'the database says who recorded it; leave it out');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON adjustment_rules
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON adjustment_rules
    FOR EACH ROW
    EXECUTE FUNCTION record_change('adjustment_rules', '{id}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON adjustment_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('adjustment_rules');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- No row is taken out.
CREATE TRIGGER denials_are_kept
    BEFORE DELETE ON denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denials_are_kept',
        'settle the denial instead');

-- The same for TRUNCATE.
CREATE TRIGGER denials_are_not_truncated
    BEFORE TRUNCATE ON denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denials_are_kept',
        'settle the denial instead');

-- A new denial has no postings.
CREATE TRIGGER denials_totals_start_at_zero
    BEFORE INSERT ON denials
    FOR EACH ROW
    WHEN (new.recovered_amount <> 0 OR new.written_off_amount <> 0 OR new.transferred_amount <> 0 OR
        new.adjusted_amount <> 0 OR new.rebilled_amount <> 0 OR new.withdrawn_amount <> 0 OR
        new.granted_amount <> 0 OR new.open_action IS NOT NULL)
    EXECUTE FUNCTION refuse_change('denials_totals_start_at_zero',
        'the totals follow the postings; leave them out');

-- The payer may be left out.
CREATE TRIGGER fill_payer
    BEFORE INSERT ON denials
    FOR EACH ROW
    WHEN (new.payer_id IS NULL)
    EXECUTE FUNCTION fill_payer('denials_claim_of_payer');

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE OF id, claim_id, payer_id, line_number, denial_code, denied_on, denial_amount, root_cause, preventable, assigned_to, remittance_claim_id, adjustment_number, taken_back_in_id, taken_back_adjustment_number ON denials
    FOR EACH ROW
    EXECUTE FUNCTION record_change('denials', '{id}',
        '{recovered_amount,written_off_amount,transferred_amount,adjusted_amount,rebilled_amount,withdrawn_amount,granted_amount,open_action,open_amount,resolution_status,created_at,updated_at}', '{root_cause}');

-- A denial of a remittance says what its adjustment says.
CREATE TRIGGER check_denied_adjustment
    AFTER INSERT ON denials
    FOR EACH ROW
    WHEN (new.remittance_claim_id IS NOT NULL)
    EXECUTE FUNCTION check_denied_adjustment();

-- A reversal takes back what it reverses.
CREATE TRIGGER check_taken_back
    AFTER UPDATE OF taken_back_in_id, taken_back_adjustment_number ON denials
    FOR EACH ROW
    WHEN (new.taken_back_in_id IS NOT NULL)
    EXECUTE FUNCTION check_taken_back();

-- Keeps the totals of the claims.
CREATE TRIGGER correct_denial
    AFTER UPDATE OF denial_amount ON denials
    FOR EACH ROW
    WHEN (new.denial_amount IS DISTINCT FROM old.denial_amount)
    EXECUTE FUNCTION correct_denial();

-- A denial stays with its adjustment.
CREATE TRIGGER denials_adjustment_is_fixed
    AFTER UPDATE OF remittance_claim_id, adjustment_number ON denials
    FOR EACH ROW
    WHEN (new.remittance_claim_id::uuid IS DISTINCT FROM old.remittance_claim_id::uuid OR
        new.adjustment_number IS DISTINCT FROM old.adjustment_number)
    EXECUTE FUNCTION refuse_change('denials_adjustment_is_fixed',
        'a denial stays with what the payer said');

-- The refused amount is corrected only before anything is done about it.
CREATE TRIGGER denials_amount_is_fixed
    AFTER UPDATE OF denial_amount ON denials
    FOR EACH ROW
    WHEN (new.denial_amount IS DISTINCT FROM old.denial_amount AND (old.open_amount <> old.denial_amount OR
        old.open_action IS NOT NULL OR old.granted_amount > 0))
    EXECUTE FUNCTION refuse_change('denials_amount_is_fixed',
        'the denial is being worked; post to its ledger');

-- A denial stays with its claim.
CREATE TRIGGER denials_identity_is_fixed
    AFTER UPDATE OF id, claim_id ON denials
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid)
    EXECUTE FUNCTION refuse_change('denials_identity_is_fixed',
        'a denial stays with its claim');

-- Nobody else writes the totals of a denial.
CREATE TRIGGER denials_totals_follow_postings
    AFTER UPDATE OF recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount, withdrawn_amount, granted_amount, open_action ON denials
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('denials_totals_follow_postings',
        'the totals follow the postings, and open_action follows the appeals and rebills');

-- The work list shows who works a denial.
CREATE TRIGGER follow_assignment
    AFTER UPDATE OF assigned_to ON denials
    FOR EACH ROW
    WHEN (new.assigned_to IS DISTINCT FROM old.assigned_to)
    EXECUTE FUNCTION follow_assignment();

-- The work list follows corrections and reversals.
CREATE TRIGGER follow_denial
    AFTER UPDATE OF denial_code, denied_on, denial_amount, payer_id, taken_back_in_id ON denials
    FOR EACH ROW
    WHEN (new.denial_code IS DISTINCT FROM old.denial_code OR
        new.denied_on IS DISTINCT FROM old.denied_on OR new.denial_amount IS DISTINCT FROM old.denial_amount OR
        new.payer_id::uuid IS DISTINCT FROM old.payer_id::uuid OR
        new.taken_back_in_id::uuid IS DISTINCT FROM old.taken_back_in_id::uuid)
    EXECUTE FUNCTION follow_denial();

CREATE TRIGGER set_updated_at
    AFTER UPDATE ON denials
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION set_updated_at_afterwards();

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('denials');

-- Keeps the totals of the claims.
CREATE TRIGGER record_denials
    AFTER INSERT ON denials
    REFERENCING NEW TABLE AS new_denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_denials();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON denial_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- What a payer remarked stays.
CREATE TRIGGER denial_remarks_are_kept
    BEFORE DELETE OR UPDATE OF denial_id, remark_code, created_at ON denial_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denial_remarks_are_kept',
        'what a payer remarked stays; withdraw what was entered by mistake');

-- The same for TRUNCATE.
CREATE TRIGGER denial_remarks_are_not_truncated
    BEFORE TRUNCATE ON denial_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denial_remarks_are_kept',
        'what a payer remarked stays; withdraw what was entered by mistake');

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON denial_remarks
    FOR EACH ROW
    EXECUTE FUNCTION record_change('denial_remarks', '{denial_id,remark_code}',
        '{created_at}', '{}', '{withdrawn_by}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON denial_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('denial_remarks');

-- The work list follows remarks.
CREATE TRIGGER follow_remarks
    AFTER INSERT ON denial_remarks
    REFERENCING NEW TABLE AS new_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_remarks();

-- The work list follows remarks that are withdrawn.
CREATE TRIGGER follow_withdrawn_remarks
    AFTER UPDATE ON denial_remarks
    REFERENCING NEW TABLE AS new_remarks
    FOR EACH STATEMENT
    EXECUTE FUNCTION follow_remarks();

-- Notes are added, never changed.
CREATE TRIGGER denial_notes_are_kept
    BEFORE DELETE OR UPDATE ON denial_notes
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denial_notes_are_kept',
        'a note stays; add another one');

-- The same for TRUNCATE.
CREATE TRIGGER denial_notes_are_not_truncated
    BEFORE TRUNCATE ON denial_notes
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denial_notes_are_kept',
        'a note stays; add another one');

-- Nobody says that another login recorded a row.
CREATE TRIGGER denial_notes_recorded_by_database
    BEFORE INSERT ON denial_notes
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('denial_notes_recorded_by_database',
        'the database says who recorded it; leave it out');

-- No row is taken out.
CREATE TRIGGER appeals_are_kept
    BEFORE DELETE ON appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('appeals_are_kept',
        'withdraw the appeal instead');

-- The same for TRUNCATE.
CREATE TRIGGER appeals_are_not_truncated
    BEFORE TRUNCATE ON appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('appeals_are_kept',
        'withdraw the appeal instead');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- A decided appeal stays decided, what it was decided on stays, and so does its release.
CREATE TRIGGER appeals_decision_is_fixed
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (old.decided_on IS NOT NULL AND new.status = old.status AND
        (new.decided_on IS DISTINCT FROM old.decided_on OR new.approved_amount IS DISTINCT FROM old.approved_amount OR
        new.payer_response IS DISTINCT FROM old.payer_response OR old.released_on IS NOT NULL AND
        new.released_on IS DISTINCT FROM old.released_on))
    EXECUTE FUNCTION refuse_change('appeals_decision_is_fixed',
        'the appeal is decided; appeal at the next level');

-- What was filed, when and by which deadline, stays.
CREATE TRIGGER appeals_filing_is_fixed
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN ((old.filed_on IS NOT NULL OR old.status = 'withdrawn') AND (new.status = old.status OR
        (new.status <> ALL (ARRAY['pending', 'in_progress', 'submitted']))) AND
        (new.filed_on IS DISTINCT FROM old.filed_on OR new.due_on IS DISTINCT FROM old.due_on OR
        new.appealed_amount IS DISTINCT FROM old.appealed_amount OR new.reason IS DISTINCT FROM old.reason OR
        new.supporting_documents IS DISTINCT FROM old.supporting_documents))
    EXECUTE FUNCTION refuse_change('appeals_filing_is_fixed',
        'the appeal is filed or withdrawn; open another');

-- An appeal stays with its denial and level.
CREATE TRIGGER appeals_identity_is_fixed
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.denial_id::uuid IS DISTINCT FROM old.denial_id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid OR
        new.appeal_level IS DISTINCT FROM old.appeal_level)
    EXECUTE FUNCTION refuse_change('appeals_identity_is_fixed',
        'withdraw the appeal and open another');

-- Nobody else writes what was paid for an appeal.
CREATE TRIGGER appeals_payments_follow_postings
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND new.paid_amount IS DISTINCT FROM old.paid_amount)
    EXECUTE FUNCTION refuse_change('appeals_payments_follow_postings',
        'payments are posted; name the appeal there');

-- A new appeal has no payments.
CREATE TRIGGER appeals_payments_start_at_zero
    BEFORE INSERT ON appeals
    FOR EACH ROW
    WHEN (new.paid_amount <> 0)
    EXECUTE FUNCTION refuse_change('appeals_payments_start_at_zero',
        'payments are posted; leave them out');

-- Nobody says that another login recorded a row.
CREATE TRIGGER appeals_recorded_by_database
    BEFORE INSERT ON appeals
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('appeals_recorded_by_database',
        'the database says who recorded it; leave it out');

-- The status changes only along its paths.
CREATE TRIGGER appeals_status_path
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION check_status_path('appeals');

-- The last day may be left out.
CREATE TRIGGER fill_due_day
    BEFORE INSERT ON appeals
    FOR EACH ROW
    WHEN (new.due_on IS NULL)
    EXECUTE FUNCTION fill_due_day();

-- Payer and code may be left out.
CREATE TRIGGER fill_from_denial
    BEFORE INSERT ON appeals
    FOR EACH ROW
    WHEN (new.payer_id IS NULL OR new.denial_code IS NULL)
    EXECUTE FUNCTION fill_from_denial('appeals_denial_of_claim');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- A new row starts where a path starts.
CREATE TRIGGER appeals_initial_status
    AFTER INSERT ON appeals
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('appeals');

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE OF id, denial_id, claim_id, payer_id, denial_code, appeal_level, status, priority, appealed_amount, approved_amount, due_on, filed_on, decided_on, released_on, reason, supporting_documents, assigned_to, payer_response, recorded_login, recorded_role ON appeals
    FOR EACH ROW
    EXECUTE FUNCTION record_change('appeals', '{id}',
        '{paid_amount,file_by,filed_late,granted_amount,created_at,updated_at}',
        '{reason,supporting_documents,payer_response}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('appeals');

-- Keeps what follows from a change.
CREATE TRIGGER let_appeals_take_effect_when_changed
    AFTER UPDATE ON appeals
    REFERENCING OLD TABLE AS old_appeals NEW TABLE AS new_appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_appeals_take_effect();

-- Checks new rows against their denials.
CREATE TRIGGER let_appeals_take_effect_when_made
    AFTER INSERT ON appeals
    REFERENCING NEW TABLE AS new_appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_appeals_take_effect();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON personal_logins
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Nobody says that another login recorded a row.
CREATE TRIGGER personal_logins_recorded_by_database
    BEFORE INSERT ON personal_logins
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('personal_logins_recorded_by_database',
        'the database says who recorded it; leave it out');

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON personal_logins
    FOR EACH ROW
    EXECUTE FUNCTION record_change('personal_logins',
        '{login}', '{created_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON personal_logins
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('personal_logins');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- No row is taken out.
CREATE TRIGGER write_offs_are_kept
    BEFORE DELETE ON write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('write_offs_are_kept',
        'reject or reverse the write-off instead');

-- The same for TRUNCATE.
CREATE TRIGGER write_offs_are_not_truncated
    BEFORE TRUNCATE ON write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('write_offs_are_kept',
        'reject or reverse the write-off instead');

-- Payer and code may be left out.
CREATE TRIGGER fill_from_denial
    BEFORE INSERT ON write_offs
    FOR EACH ROW
    WHEN (new.payer_id IS NULL OR new.denial_code IS NULL)
    EXECUTE FUNCTION fill_from_denial('write_offs_denial_of_claim');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Who decided, and when, stays.
CREATE TRIGGER write_offs_decision_is_fixed
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (old.status <> 'pending_approval' AND (new.status = old.status OR old.status = 'approved' AND
        new.status = 'reversed') AND (new.approved_by IS DISTINCT FROM old.approved_by OR
        new.approved_on IS DISTINCT FROM old.approved_on OR new.rejected_by IS DISTINCT FROM old.rejected_by OR
        new.rejected_on IS DISTINCT FROM old.rejected_on))
    EXECUTE FUNCTION refuse_change('write_offs_decision_is_fixed',
        'the write-off is decided; reverse it');

-- Nobody says that another login recorded a row.
CREATE TRIGGER write_offs_recorded_by_database
    BEFORE INSERT ON write_offs
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('write_offs_recorded_by_database',
        'the database says who recorded it; leave it out');

-- What was asked for, and by whom, stays.
CREATE TRIGGER write_offs_request_is_fixed
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.denial_id::uuid IS DISTINCT FROM old.denial_id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid OR new.kind IS DISTINCT FROM old.kind OR
        new.amount IS DISTINCT FROM old.amount OR new.requested_by IS DISTINCT FROM old.requested_by OR
        new.requested_on IS DISTINCT FROM old.requested_on OR
        new.policy_id::uuid IS DISTINCT FROM old.policy_id::uuid OR
        new.recorded_login IS DISTINCT FROM old.recorded_login OR
        new.recorded_role IS DISTINCT FROM old.recorded_role)
    EXECUTE FUNCTION refuse_change('write_offs_request_is_fixed',
        'reject the write-off and request another');

-- Who reversed it, and when, stays.
CREATE TRIGGER write_offs_reversal_is_fixed
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (old.status = 'reversed' AND new.status = old.status AND
        (new.reversed_by IS DISTINCT FROM old.reversed_by OR new.reversed_on IS DISTINCT FROM old.reversed_on))
    EXECUTE FUNCTION refuse_change('write_offs_reversal_is_fixed',
        'the write-off is reversed; request another');

-- The status changes only along its paths.
CREATE TRIGGER write_offs_status_path
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION check_status_path('write_offs');

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON write_offs
    FOR EACH ROW
    EXECUTE FUNCTION record_change('write_offs', '{id}', '{created_at,updated_at}', '{notes}',
        '{approved_by,rejected_by,reversed_by}');

-- A new row starts where a path starts.
CREATE TRIGGER write_offs_initial_status
    AFTER INSERT ON write_offs
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('write_offs');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('write_offs');

-- Posts what follows from a change of status.
CREATE TRIGGER let_write_offs_take_effect_when_changed
    AFTER UPDATE ON write_offs
    REFERENCING OLD TABLE AS old_write_offs NEW TABLE AS new_write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_write_offs_take_effect();

-- Checks new rows against their denials.
CREATE TRIGGER let_write_offs_take_effect_when_made
    AFTER INSERT ON write_offs
    REFERENCING NEW TABLE AS new_write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_write_offs_take_effect();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- No row is taken out.
CREATE TRIGGER rebills_are_kept
    BEFORE DELETE ON rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('rebills_are_kept',
        'resolve the rebill instead');

-- The same for TRUNCATE.
CREATE TRIGGER rebills_are_not_truncated
    BEFORE TRUNCATE ON rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('rebills_are_kept',
        'resolve the rebill instead');

-- The last day may be left out.
CREATE TRIGGER fill_day_to_submit
    BEFORE INSERT ON rebills
    FOR EACH ROW
    WHEN (new.due_on IS NULL)
    EXECUTE FUNCTION fill_day_to_submit();

-- Payer and code may be left out.
CREATE TRIGGER fill_from_denial
    BEFORE INSERT ON rebills
    FOR EACH ROW
    WHEN (new.payer_id IS NULL OR new.denial_code IS NULL)
    EXECUTE FUNCTION fill_from_denial('rebills_denial_of_claim');

-- A rebill stays with its denial.
CREATE TRIGGER rebills_identity_is_fixed
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.denial_id::uuid IS DISTINCT FROM old.denial_id::uuid OR
        new.original_claim_id::uuid IS DISTINCT FROM old.original_claim_id::uuid)
    EXECUTE FUNCTION refuse_change('rebills_identity_is_fixed',
        'a rebill stays with its denial');

-- Nobody says that another login recorded a row.
CREATE TRIGGER rebills_recorded_by_database
    BEFORE INSERT ON rebills
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('rebills_recorded_by_database',
        'the database says who recorded it; leave it out');

-- What came of it, and when, stays.
CREATE TRIGGER rebills_resolution_is_fixed
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (old.resolved_on IS NOT NULL AND new.status = old.status AND
        new.resolved_on IS DISTINCT FROM old.resolved_on)
    EXECUTE FUNCTION refuse_change('rebills_resolution_is_fixed',
        'the rebill is resolved; it stays so');

-- The status changes only along its paths.
CREATE TRIGGER rebills_status_path
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION check_status_path('rebills');

-- What was sent, and when, stays.
CREATE TRIGGER rebills_submission_is_fixed
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (old.submitted_on IS NOT NULL AND (new.status = old.status OR (new.status <> ALL (ARRAY['pending',
        'submitted']))) AND (new.new_claim_id::uuid IS DISTINCT FROM old.new_claim_id::uuid OR
        new.submitted_on IS DISTINCT FROM old.submitted_on))
    EXECUTE FUNCTION refuse_change('rebills_submission_is_fixed',
        'the rebill is submitted; resolve it');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON rebills
    FOR EACH ROW
    EXECUTE FUNCTION record_change('rebills', '{id}',
        '{submit_by,created_at,updated_at}', '{changes}');

-- The new claim fits the original one.
CREATE TRIGGER check_new_claim
    AFTER INSERT OR UPDATE OF new_claim_id ON rebills
    FOR EACH ROW
    WHEN (new.new_claim_id IS NOT NULL)
    EXECUTE FUNCTION check_new_claim();

-- A new row starts where a path starts.
CREATE TRIGGER rebills_initial_status
    AFTER INSERT ON rebills
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('rebills');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('rebills');

-- Posts what follows from a change of status.
CREATE TRIGGER let_rebills_take_effect_when_changed
    AFTER UPDATE ON rebills
    REFERENCING OLD TABLE AS old_rebills NEW TABLE AS new_rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_rebills_take_effect();

-- Checks new rows against their denials.
CREATE TRIGGER let_rebills_take_effect_when_made
    AFTER INSERT ON rebills
    REFERENCING NEW TABLE AS new_rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION let_rebills_take_effect();

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON period_closings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- A closed period stays closed.
CREATE TRIGGER period_closings_are_kept
    BEFORE DELETE ON period_closings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('period_closings_are_kept',
        'a closed period stays closed; correct in the open one');

-- The same for TRUNCATE.
CREATE TRIGGER period_closings_are_not_truncated
    BEFORE TRUNCATE ON period_closings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('period_closings_are_kept',
        'a closed period stays closed; correct in the open one');

-- One closing holds: the last one. Fires before period_closings_recorded_by_database.
CREATE TRIGGER close_period
    BEFORE INSERT ON period_closings
    FOR EACH ROW
    EXECUTE FUNCTION close_period();

-- A closed period stays closed.
CREATE TRIGGER period_closings_are_fixed
    BEFORE UPDATE ON period_closings
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('period_closings_are_fixed',
        'a closed period stays closed; correct in the open one');

-- Nobody says that another login recorded a row.
CREATE TRIGGER period_closings_recorded_by_database
    BEFORE INSERT ON period_closings
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('period_closings_recorded_by_database',
        'the database says who recorded it; leave it out');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON postings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- A posting is never changed or taken out.
CREATE TRIGGER postings_are_append_only
    BEFORE DELETE OR UPDATE ON postings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('postings_are_append_only',
        'the ledger is append-only; post a reversal');

-- The same for TRUNCATE.
CREATE TRIGGER postings_are_not_truncated
    BEFORE TRUNCATE ON postings
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('postings_are_append_only',
        'the ledger is append-only; post a reversal');

-- A denial's totals are never negative, and nobody posts in the name of the database.
CREATE TRIGGER prepare_posting
    BEFORE INSERT ON postings
    FOR EACH ROW
    WHEN (new.amount < 0.0 OR new.posted_by = 'database')
    EXECUTE FUNCTION prepare_posting();

-- Keeps the totals of claims, denials and appeals.
CREATE TRIGGER keep_totals
    AFTER INSERT ON postings
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT
    EXECUTE FUNCTION keep_totals();

-- The paths are part of the schema.
CREATE TRIGGER status_transitions_are_fixed
    BEFORE INSERT OR DELETE OR UPDATE ON status_transitions
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('status_transitions_are_fixed',
        'the paths change by a migration, which disables this trigger');

-- The same for TRUNCATE.
CREATE TRIGGER status_transitions_are_not_truncated
    BEFORE TRUNCATE ON status_transitions
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('status_transitions_are_fixed',
        'the paths change by a migration, which disables this trigger');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON patient_corrections
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- The history stays.
CREATE TRIGGER patient_corrections_are_kept
    BEFORE DELETE OR UPDATE ON patient_corrections
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('patient_corrections_are_kept',
        'what was corrected stays known; add another correction');

-- The same for TRUNCATE.
CREATE TRIGGER patient_corrections_are_not_truncated
    BEFORE TRUNCATE ON patient_corrections
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('patient_corrections_are_kept',
        'what was corrected stays known; add another correction');

-- A row moves the claims.
CREATE TRIGGER correct_patient
    BEFORE INSERT ON patient_corrections
    FOR EACH ROW
    EXECUTE FUNCTION correct_patient();

-- Nobody says that another login recorded a row.
CREATE TRIGGER patient_corrections_recorded_by_database
    BEFORE INSERT ON patient_corrections
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('patient_corrections_recorded_by_database',
        'the database says who recorded it; leave it out');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON payment_variances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- No row is taken out.
CREATE TRIGGER payment_variances_are_kept
    BEFORE DELETE ON payment_variances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('payment_variances_are_kept',
        'resolve the variance instead');

-- The same for TRUNCATE.
CREATE TRIGGER payment_variances_are_not_truncated
    BEFORE TRUNCATE ON payment_variances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('payment_variances_are_kept',
        'resolve the variance instead');

-- The payer may be left out.
CREATE TRIGGER fill_payer
    BEFORE INSERT ON payment_variances
    FOR EACH ROW
    WHEN (new.payer_id IS NULL)
    EXECUTE FUNCTION fill_payer('payment_variances_claim_of_payer');

-- What was paid, when, and what was expected stays.
CREATE TRIGGER payment_variances_payment_is_fixed
    BEFORE UPDATE ON payment_variances
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid OR new.paid_on IS DISTINCT FROM old.paid_on OR
        new.expected_amount IS DISTINCT FROM old.expected_amount OR
        new.actual_amount IS DISTINCT FROM old.actual_amount)
    EXECUTE FUNCTION refuse_change('payment_variances_payment_is_fixed',
        'resolve the variance and record another');

-- Nobody says that another login recorded a row.
CREATE TRIGGER payment_variances_recorded_by_database
    BEFORE INSERT ON payment_variances
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('payment_variances_recorded_by_database',
        'the database says who recorded it; leave it out');

-- How it ended, when, and by which appeal stays.
CREATE TRIGGER payment_variances_resolution_is_fixed
    BEFORE UPDATE ON payment_variances
    FOR EACH ROW
    WHEN (old.resolved_on IS NOT NULL AND (new.resolution IS DISTINCT FROM old.resolution OR
        new.resolved_on IS DISTINCT FROM old.resolved_on OR new.needs_appeal IS DISTINCT FROM old.needs_appeal OR
        new.appeal_id::uuid IS DISTINCT FROM old.appeal_id::uuid))
    EXECUTE FUNCTION refuse_change('payment_variances_resolution_is_fixed',
        'the variance is resolved; record another');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON payment_variances
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON payment_variances
    FOR EACH ROW
    EXECUTE FUNCTION record_change('payment_variances', '{id}',
        '{variance_amount,variance_percentage,variance_type,created_at,updated_at}', '{resolution}');

-- Nothing is paid before the service.
CREATE TRIGGER check_variance_day
    AFTER INSERT ON payment_variances
    FOR EACH ROW
    EXECUTE FUNCTION check_variance_day();

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON payment_variances
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('payment_variances');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON procedure_indicators
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON procedure_indicators
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON procedure_indicators
    FOR EACH ROW
    EXECUTE FUNCTION record_change('procedure_indicators', '{procedure_code,valid_from}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON procedure_indicators
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('procedure_indicators');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON coding_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Nobody says that another login recorded a row.
CREATE TRIGGER coding_rules_recorded_by_database
    BEFORE INSERT ON coding_rules
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('coding_rules_recorded_by_database',
        'the database says who recorded it; leave it out');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON coding_rules
    FOR EACH ROW
    WHEN (NOT new.updated_at IS DISTINCT FROM old.updated_at)
    EXECUTE FUNCTION diesel_set_updated_at();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON coding_rules
    FOR EACH ROW
    EXECUTE FUNCTION record_change('coding_rules', '{id}',
        '{created_at,updated_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON coding_rules
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('coding_rules');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON coding_rule_diagnoses
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Changes and deletions are written into audit_log.
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE ON coding_rule_diagnoses
    FOR EACH ROW
    EXECUTE FUNCTION record_change('coding_rule_diagnoses',
        '{coding_rule_id,prefix}', '{created_at}', '{}');

-- That all was taken out is written into audit_log.
CREATE TRIGGER audit_truncation
    AFTER TRUNCATE ON coding_rule_diagnoses
    FOR EACH STATEMENT
    EXECUTE FUNCTION record_change('coding_rule_diagnoses');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON payer_merges
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- The history stays.
CREATE TRIGGER payer_merges_are_kept
    BEFORE DELETE OR UPDATE ON payer_merges
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('payer_merges_are_kept',
        'a merge is not undone; record the payer anew');

-- The same for TRUNCATE.
CREATE TRIGGER payer_merges_are_not_truncated
    BEFORE TRUNCATE ON payer_merges
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('payer_merges_are_kept',
        'a merge is not undone; record the payer anew');

-- A row merges the payers. Fires before payer_merges_recorded_by_database.
CREATE TRIGGER merge_payers
    BEFORE INSERT ON payer_merges
    FOR EACH ROW
    EXECUTE FUNCTION merge_payers();

-- Nobody says that another login recorded a row.
CREATE TRIGGER payer_merges_recorded_by_database
    BEFORE INSERT ON payer_merges
    FOR EACH ROW
    WHEN (new.recorded_login <> SESSION_USER OR new.recorded_role <> COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER))
    EXECUTE FUNCTION refuse_change('payer_merges_recorded_by_database',
        'the database says who recorded it; leave it out');

-- The same for TRUNCATE.
CREATE TRIGGER audit_log_are_not_truncated
    BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_log_is_fixed',
        'only triggers write it; prune what is old by migrate audit prune');

-- A record is never changed or taken out, but by seals and their pruning.
CREATE TRIGGER audit_log_is_fixed
    BEFORE INSERT OR DELETE OR UPDATE ON audit_log
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('audit_log_is_fixed',
        'only triggers write it; prune what is old by migrate audit prune');

-- What was equal stays equal.
CREATE TRIGGER audit_keys_are_fixed
    BEFORE DELETE OR UPDATE ON audit_keys
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_keys_are_fixed',
        'digests of another key are other ones');

-- The same for TRUNCATE.
CREATE TRIGGER audit_keys_are_not_truncated
    BEFORE TRUNCATE ON audit_keys
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_keys_are_fixed',
        'digests of another key are other ones');

-- Its other triggers look into the schema that they are in.
CREATE TRIGGER are_in_their_schema
    BEFORE INSERT OR DELETE OR UPDATE ON audit_seals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_elsewhere();

-- Without it the later ones prove nothing.
CREATE TRIGGER audit_seals_are_kept
    BEFORE DELETE ON audit_seals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_seals_are_kept',
        'prune the rows; their seals stay');

-- The same for TRUNCATE.
CREATE TRIGGER audit_seals_are_not_truncated
    BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_seals_are_kept',
        'prune the rows; their seals stay');

-- A seal stays as it was made.
CREATE TRIGGER audit_seals_are_fixed
    BEFORE UPDATE ON audit_seals
    FOR EACH ROW
    WHEN (new.number IS DISTINCT FROM old.number OR new.entries IS DISTINCT FROM old.entries OR
        new.content_sha256 IS DISTINCT FROM old.content_sha256 OR new.sha256 IS DISTINCT FROM old.sha256 OR
        new.created_at IS DISTINCT FROM old.created_at OR old.pruned_at IS NOT NULL OR
        new.pruned_at IS NULL OR old.number = 0)
    EXECUTE FUNCTION refuse_change('audit_seals_are_fixed',
        'a seal is pruned once, and stays');

-- The rows of a seal go, the seal stays.
CREATE TRIGGER prune_audit_log
    BEFORE UPDATE OF pruned_at ON audit_seals
    FOR EACH ROW
    EXECUTE FUNCTION prune_audit_log();

-- A row seals what has no seal.
CREATE TRIGGER seal_audit_log
    BEFORE INSERT ON audit_seals
    FOR EACH ROW
    EXECUTE FUNCTION seal_audit_log();

-- Views, and the functions that read tables and views

-- What the database posted or changed by itself, for a person to look at: take-backs of what had settled a
-- denial that was then paid, or of what was moved to a claim that was then voided; and what a payer took back
-- beyond a denial, which counts for the claim alone.
-- id: The posting.
-- claim_id: Its claim.
-- denial_id: The denial that it is about; empty for a row of the claim alone.
-- kind: Its kind.
-- amount: US dollars; below zero, since it takes back; above, where it gives the patient's part back.
-- posted_on: Business day that it counts for.
-- takes_back_id: The posting that is taken back, where one is named.
-- created_at: When it was written.
CREATE VIEW postings_to_review AS
 SELECT postings.id,
    postings.claim_id,
    COALESCE(postings.denial_id, postings.unsettled_denial_id) AS denial_id,
    postings.kind,
    postings.amount,
    postings.posted_on,
    postings.takes_back_id,
    postings.created_at
   FROM postings
  WHERE postings.unsettled_denial_id IS NOT NULL OR postings.takes_back_id IS NOT NULL AND
        postings.posted_by::text = 'database' AND (postings.kind::text <> 'other_payer' OR
        postings.moved_to_claim_id IS NOT NULL);

-- What each denial is about: from its code in the library, else from the same reason under another group.
-- denial_id: The denial.
-- category: Category of its code in denial_code_library, else of the same reason under another group, else
-- unknown.
-- appealable: Does an appeal make sense at all? Only the code itself says so, on days when it is valid, never
-- the same reason under another group; the type of the payer or a remark may take the appeal away.
CREATE VIEW classified_denials AS
 SELECT denials.id AS denial_id,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS category,
    COALESCE(entry.appealable, false) AND (entry.valid_from IS NULL OR
        entry.valid_from::date <= denials.denied_on::date) AND (entry.valid_to IS NULL OR
        entry.valid_to::date >= denials.denied_on::date) AND NOT COALESCE(payers.payer_type::text = ANY (entry.not_appealable_by), false) AND NOT (EXISTS ( SELECT
           FROM denial_remarks
             JOIN remark_code_library remark ON remark.remark_code::text = denial_remarks.remark_code::text
          WHERE denial_remarks.denial_id::uuid = denials.id::uuid AND denial_remarks.withdrawn_by IS NULL AND
        remark.prevents_appeal)) AS appealable
   FROM denials
     LEFT JOIN payers ON payers.id::uuid = denials.payer_id::uuid
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = denials.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(denials.denial_code::text, '-', 2);

-- What to do about each denial, and which rule says so. Asks the policies anew for each row; what waits for an
-- action stands in denial_work_list.
-- denial_id: The denial.
-- claim_id: Its claim.
-- payer_id: The payer of the claim.
-- denial_code: Group and reason, such as CO-197.
-- denied_on: Day of the payer's decision.
-- open_amount: Still open, US dollars.
-- open_action: What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is.
-- category: What the library says of the code, else of the same reason under another group, else unknown.
-- appealable: Does an appeal make sense? Only if the library says so of this very code, and neither the type of
-- the payer nor a remark takes the appeal away, and a level is left.
-- action: appeal, rebill, write_off, transfer_to_patient, post_adjustment or investigate; empty when nothing is
-- open.
-- automatic: May a program act without asking? Not once the last day is over.
-- priority: high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is
-- open.
-- days: Days from the denial by which to act; empty when nothing is open.
-- act_by: Day by which to act, never after the last day; empty when nothing is open.
-- last_day: Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or
-- investigated, by filing_rules; empty where there is none.
-- policy_id: The policy that decides; empty when none fits.
-- policy_name: Its name.
-- remark_code: The remark that counts; empty when none does.
-- decided_by: Which rule decides; empty when nothing is open.
-- reason: The same in a sentence.
-- next_steps: How to do it, from the remark that counts, else from the library; empty where neither speaks of
-- that action.
CREATE VIEW denial_triage AS
 SELECT denials.id AS denial_id,
    denials.claim_id,
    denials.payer_id,
    denials.denial_code,
    denials.denied_on,
    denials.open_amount,
    denials.open_action,
    decision.category,
    decision.appealable,
    decision.action,
    decision.automatic,
    decision.priority,
    decision.days,
    decision.act_by,
    decision.last_day,
    decision.policy_id,
    decision.policy_name,
    decision.remark_code,
    decision.decided_by,
    decision.reason,
    decision.next_steps
   FROM denials
     CROSS JOIN LATERAL triage_of(denials.id::uuid) decision(category, appealable, action, automatic, priority, days, act_by, last_day, policy_id, policy_name, remark_code, decided_by, reason, next_steps);

-- The codes of denials that denial_code_library lacks.
-- denial_code: Group and reason, such as CO-999.
-- guessed_category: The category of the same reason under another group, else unknown.
-- denial_count: Denials with the code.
-- denied_amount: Refused by them, US dollars.
-- first_denied_on: Day of the first.
-- last_denied_on: Day of the last.
CREATE VIEW denial_codes_to_add AS
 SELECT lacking.denial_code,
    category_of(lacking.denial_code::text)::denial_category AS guessed_category,
    lacking.denial_count,
    lacking.denied_amount,
    lacking.first_denied_on,
    lacking.last_denied_on
   FROM ( SELECT denials.denial_code,
            count(*) AS denial_count,
            sum(denials.denial_amount::numeric) AS denied_amount,
            min(denials.denied_on::date) AS first_denied_on,
            max(denials.denied_on::date) AS last_denied_on
           FROM denials
          WHERE NOT (EXISTS ( SELECT
                   FROM denial_code_library
                  WHERE denial_code_library.denial_code::text = denials.denial_code::text))
          GROUP BY denials.denial_code) lacking;

-- The denials that wait for an action today (nothing under way, not all of it granted), with what to do. Work
-- them by priority_order, act_by, denial_amount from the largest, denial_id.
-- denial_id: The denial.
-- claim_id: Its claim.
-- payer_id: The payer of the claim.
-- denial_code: Group and reason, such as CO-197.
-- denied_on: Day of the payer's decision.
-- denial_amount: Refused, US dollars.
-- open_amount: To be worked, US dollars: what is open and not granted; for a follow_up what was granted.
-- category: What the library says of the code, else of the same reason under another group, else unknown.
-- appealable: Does an appeal make sense? Only if the library says so of this very code, and neither the type of
-- the payer nor a remark takes the appeal away, and a level is left.
-- action: appeal, rebill, write_off, transfer_to_patient, post_adjustment, investigate, or follow_up where the
-- payer granted it and has not paid.
-- automatic: May a program act without asking? Not once the last day is over.
-- priority: high for a rebill or an automatic appeal, low for a write-off, else medium.
-- priority_order: The priority for sorting: 1 high, 2 medium, 3 low.
-- days: Days from the denial by which to act.
-- act_by: Day by which to act, never after the last day.
-- expired: Is that day over?
-- last_day: Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or
-- investigated, by filing_rules; empty where there is none.
-- policy_id: The policy that decides; empty when none fits.
-- policy_name: Its name.
-- remark_code: The remark that counts; empty when none does.
-- decided_by: Which rule of triage decides.
-- reason: The same in a sentence.
-- next_steps: How to do it, from the remark that counts, else from the library; empty where neither speaks of
-- that action.
-- assigned_to: Who works it; empty for whoever comes next.
CREATE VIEW denial_work_list AS
 SELECT item.denial_id,
    item.claim_id,
    item.payer_id,
    item.denial_code,
    item.denied_on,
    item.denial_amount,
    item.open_amount,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS category,
    item.appealable,
    item.action,
    item.automatic AND COALESCE(item.last_day::date >= CURRENT_DATE, true) AS automatic,
        CASE item.priority_order
            WHEN 1 THEN 'high'
            WHEN 2 THEN 'medium'
            ELSE 'low'
        END::priority AS priority,
    item.priority_order,
    item.act_by::date - item.denied_on::date AS days,
    item.act_by,
    item.act_by::date < CURRENT_DATE AS expired,
    item.last_day,
    item.policy_id,
    policy.name AS policy_name,
    item.remark_code,
    item.decided_by,
        CASE
            WHEN item.action::text = 'follow_up' THEN 'The payer granted it and has not paid.'
            ELSE reason_of(item.decided_by::text, policy.name::text, policy.priority_rank, item.remark_code::text, item.action::text, item.last_day::date)
        END AS reason,
        CASE
            WHEN item.action::text = 'follow_up' THEN 'Ask the payer for what it granted.'
            ELSE steps_for(item.action::text, item.decided_by::text, item.denied_on::date, remark.recommended_action::text, remark.next_steps::text, entry.recommended_action::text, entry.usual_resolution::text, entry.valid_from::date, entry.valid_to::date)
        END AS next_steps,
    item.assigned_to
   FROM denial_work_items item
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = item.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(item.denial_code::text, '-', 2)
     LEFT JOIN remark_code_library remark ON remark.remark_code::text = item.remark_code::text
     LEFT JOIN org_policies policy ON policy.id::uuid = item.policy_id::uuid
  WHERE item.listed_from::date <= CURRENT_DATE;

-- What patients owe. Work it by service_from, claim_id, the oldest first. A write-off is only suggested: a
-- person decides it.
-- claim_id: The claim.
-- claim: Its business identifier.
-- patient_reference: Pseudonym of the patient.
-- payer_id: The payer of the claim.
-- service_from: First day of service.
-- patient_balance_amount: Owed by the patient, US dollars.
-- responsible_on: Day on which a part of it last became the patient's.
-- days: Days since then.
-- action: write_off once it is as old as the first write-off policy says that fits payer and amount, else
-- follow_up.
-- policy_id: That policy; empty when none fits.
-- policy_name: Its name.
CREATE VIEW patient_work_list AS
 SELECT claims.id AS claim_id,
    claims.claim_id AS claim,
    claims.patient_reference,
    claims.payer_id,
    claims.service_from,
    claims.patient_balance_amount,
    responsible.responsible_on,
    CURRENT_DATE - responsible.responsible_on AS days,
        CASE
            WHEN (CURRENT_DATE - responsible.responsible_on) >= policy.days_to_act THEN 'write_off'
            ELSE 'follow_up'
        END::denial_action AS action,
    policy.id AS policy_id,
    policy.name AS policy_name
   FROM claims
     JOIN payers ON payers.id::uuid = claims.payer_id::uuid
     CROSS JOIN LATERAL ( SELECT max(postings.posted_on::date) AS responsible_on
           FROM postings
          WHERE postings.claim_id::uuid = claims.id::uuid AND
        postings.kind::text = 'patient_responsibility' AND postings.amount::numeric > 0::numeric) responsible
     LEFT JOIN LATERAL ( SELECT threshold.id,
            threshold.name,
            threshold.days_to_act
           FROM unnest(( SELECT array_agg(org_policies.*) AS array_agg
                   FROM org_policies
                  WHERE org_policies.active AND org_policies.policy_type::text = 'write_off_threshold')) threshold(id, name, policy_type, payer_id, denial_category, denial_code, payer_types, except_group, min_amount, max_amount, days_to_act, automatic, priority_rank, valid_from, valid_to, active, created_at, updated_at, recorded_login, recorded_role)
          WHERE (threshold.payer_id IS NULL OR threshold.payer_id::uuid = claims.payer_id::uuid) AND
        (threshold.payer_types IS NULL OR (payers.payer_type::text = ANY (threshold.payer_types))) AND
        (threshold.denial_category IS NULL OR threshold.denial_category::text = 'patient_responsibility') AND
        threshold.denial_code IS NULL AND threshold.except_group IS DISTINCT FROM 'PR' AND
        threshold.min_amount::numeric <= claims.patient_balance_amount::numeric AND (threshold.max_amount IS NULL OR
        threshold.max_amount::numeric > claims.patient_balance_amount::numeric) AND (threshold.valid_from IS NULL OR
        threshold.valid_from::date <= responsible.responsible_on) AND (threshold.valid_to IS NULL OR
        threshold.valid_to::date >= responsible.responsible_on)
          ORDER BY threshold.priority_rank, (threshold.payer_id IS NULL), (threshold.denial_category IS NULL), (threshold.name COLLATE "C")
         LIMIT 1) policy ON true
  WHERE claims.patient_balance_amount::numeric > 0::numeric;

-- Pending claims with their last day to file, counted anew for each of them. Work them by file_by, claim_id. A
-- last day on a weekend stays.
-- claim_id: The claim.
-- claim: Its business identifier.
-- payer_id: The payer that it goes to.
-- claim_type: professional, institutional or dental.
-- is_correction: Does it replace or void an earlier claim?
-- service_from: First day of service.
-- service_to: Last day of service.
-- amount: Billed, US dollars.
-- file_by: Last day to file, by filing_rules.
-- days_left: Days until then: 0 on the last day, below zero once it is over.
CREATE VIEW claims_to_file AS
 SELECT claims.id AS claim_id,
    claims.claim_id AS claim,
    claims.payer_id,
    claims.claim_type,
    claims.replaces_claim_id IS NOT NULL AS is_correction,
    claims.service_from,
    claims.service_to,
    claims.amount,
    deadline.file_by,
    deadline.file_by - CURRENT_DATE AS days_left
   FROM claims
     CROSS JOIN LATERAL ( SELECT filing_deadline_of(claims.payer_id::uuid, claims.claim_type::text, claims.service_from::date, claims.service_to::date, claims.replaces_claim_id::uuid) AS file_by) deadline
  WHERE claims.status::text = 'pending' AND deadline.file_by IS NOT NULL;

-- Denials of which the payer has nothing yet, with the last day to file the corrected claim where that is to be
-- done, else to appeal at the next level. Work them by last_day, denial_id, from today on. A last day on a
-- weekend stays. What waits for the approval of a write-off is given up and not here.
-- denial_id: The denial.
-- claim_id: Its claim.
-- payer_id: The payer of the claim.
-- denial_code: Group and reason, such as CO-197.
-- denied_on: Day of the payer's decision.
-- open_amount: Not settled yet, US dollars.
-- action: What triage says; once it is begun appeal or rebill, whichever it is.
-- is_begun: Does an appeal wait to be filed, or a rebill to be submitted? Else nothing is under way.
-- assigned_to: Who works it: the appeal's or the rebill's assignee, else the denial's; empty for whoever comes
-- next.
-- last_day: Last day, by filing_rules; of an appeal or rebill its due_on.
-- days_left: Days until then: 0 on the last day, below zero once it is over.
CREATE VIEW denials_expiring AS
 SELECT expiring.denial_id,
    expiring.claim_id,
    expiring.payer_id,
    expiring.denial_code,
    COALESCE(expiring.denied_on, begun.denied_on) AS denied_on,
    COALESCE(expiring.open_amount::numeric, begun.open_amount::numeric)::usd AS open_amount,
    expiring.action,
    expiring.is_begun,
    COALESCE(expiring.assigned_to, begun.assigned_to) AS assigned_to,
    expiring.last_day,
    expiring.last_day::date - CURRENT_DATE AS days_left
   FROM ( SELECT denial_work_items.denial_id,
            denial_work_items.claim_id,
            denial_work_items.payer_id,
            denial_work_items.denial_code,
            denial_work_items.denied_on,
            denial_work_items.open_amount,
            denial_work_items.action,
            false AS is_begun,
            denial_work_items.assigned_to,
            denial_work_items.last_day
           FROM denial_work_items
        UNION ALL
         SELECT appeals.denial_id,
            appeals.claim_id,
            appeals.payer_id,
            appeals.denial_code,
            NULL::date::calendar_date AS calendar_date,
            NULL::numeric::usd AS usd,
            'appeal'::denial_action AS denial_action,
            true,
            appeals.assigned_to,
            appeals.file_by
           FROM appeals
        UNION ALL
         SELECT rebills.denial_id,
            rebills.original_claim_id,
            rebills.payer_id,
            rebills.denial_code,
            NULL::date::calendar_date AS calendar_date,
            NULL::numeric::usd AS usd,
            'rebill'::denial_action AS denial_action,
            true,
            rebills.assigned_to,
            rebills.submit_by
           FROM rebills) expiring
     LEFT JOIN denials begun ON begun.id::uuid =
        CASE
            WHEN expiring.is_begun THEN expiring.denial_id::uuid
            ELSE NULL::uuid
        END
  WHERE expiring.last_day IS NOT NULL;

-- What the fact views have for an id: equal for equal ids, and without their time. The random bits of an id keep
-- it from being guessed.
CREATE FUNCTION fact_id(id uuid)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN "left"(encode(sha256(uuid_send(id)), 'hex'), 32);

-- One row per claim, without the patient.
-- id: fact_id() of the claim.
-- claim: Business identifier.
-- payer: Business identifier of the payer.
-- payer_type: commercial, medicare, medicaid, tricare, workers_comp or other.
-- claim_type: professional, institutional or dental.
-- status: Where it stands.
-- service_from: First day of service.
-- submitted_on: Day it went to the payer; empty before.
-- amount: What was billed on it, US dollars. Adding these up counts a service twice that was billed twice.
-- charge_amount: What counts as a charge, US dollars, so that each service counts once: the amount less what was
-- rebilled; nothing for a voided claim, an 8, and a claim of a later payer.
-- paid_amount: Paid by the payer, US dollars.
-- contractual_amount: Taken off by the contract, US dollars.
-- patient_responsibility_amount: Owed by the patient, US dollars.
-- other_payer_amount: Settled by another payer, or billed to it, US dollars.
-- written_off_amount: Given up, US dollars.
-- rebilled_amount: Moved to a new claim, US dollars.
-- patient_paid_amount: Paid by the patient, US dollars.
-- patient_written_off_amount: Given up of what the patient owed, US dollars.
-- payer_balance_amount: What the payer still owes, US dollars; below zero where it paid too much.
-- patient_balance_amount: What the patient still owes, US dollars; below zero for a credit.
-- payer_sequence: 1 the primary payer, 2 the secondary, up to 11.
-- billing_provider: Who bills, by NPI.
-- rendering_provider: Who rendered the services, by NPI.
CREATE VIEW claim_facts WITH (security_barrier=true) AS
 SELECT fact_id(claims.id::uuid) AS id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    payers.payer_type,
    claims.claim_type,
    claims.status,
    claims.service_from,
    claims.submitted_on,
    claims.amount,
        CASE
            WHEN claims.voided_on IS NOT NULL OR claims.frequency_code::text = '8' OR
        claim_details.prior_claim_id IS NOT NULL THEN 0::numeric
            ELSE claims.amount::numeric - claims.rebilled_amount::numeric
        END::signed_usd AS charge_amount,
    claims.paid_amount,
    claims.contractual_amount,
    claims.patient_responsibility_amount,
    claims.other_payer_amount,
    claims.written_off_amount,
    claims.rebilled_amount,
    claims.patient_paid_amount,
    claims.patient_written_off_amount,
    claims.payer_balance_amount,
    claims.patient_balance_amount,
    COALESCE(claim_details.payer_sequence, 1::smallint) AS payer_sequence,
    claim_details.billing_provider,
    claim_details.rendering_provider
   FROM claims
     LEFT JOIN payers ON payers.id::uuid = claims.payer_id::uuid
     LEFT JOIN claim_details ON claim_details.claim_id::uuid = claims.id::uuid;

-- One row per denial, without the patient.
-- id: fact_id() of the denial.
-- claim: Business identifier of the denied claim.
-- payer: Business identifier of the payer.
-- denial_code: Group and reason, such as CO-197.
-- category: What it is about; see classified_denials.
-- procedure_code: Procedure of the denied line; empty when the whole claim was denied.
-- denied_on: Day of the payer's decision.
-- preventable: Could the practice have prevented it? Empty until someone has looked.
-- denial_amount: Refused, US dollars.
-- recovered_amount: Paid after all, US dollars.
-- written_off_amount: Given up, US dollars.
-- transferred_amount: Moved to the patient, US dollars.
-- adjusted_amount: Taken off by the contract or settled by an earlier payer, US dollars.
-- rebilled_amount: Moved to a new claim, US dollars.
-- withdrawn_amount: Taken back by the payer, US dollars.
-- open_amount: Still to be worked, US dollars.
-- resolution_status: pending, resolved, rebilled or abandoned.
CREATE VIEW denial_facts WITH (security_barrier=true) AS
 SELECT fact_id(denials.id::uuid) AS id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    denials.denial_code,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS category,
    claim_lines.procedure_code,
    denials.denied_on,
    denials.preventable,
    denials.denial_amount,
    denials.recovered_amount,
    denials.written_off_amount,
    denials.transferred_amount,
    denials.adjusted_amount,
    denials.rebilled_amount,
    denials.withdrawn_amount,
    denials.open_amount,
    denials.resolution_status
   FROM denials
     LEFT JOIN claims ON claims.id::uuid = denials.claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = denials.payer_id::uuid
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = denials.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(denials.denial_code::text, '-', 2)
     LEFT JOIN claim_lines ON claim_lines.claim_id::uuid = denials.claim_id::uuid AND
        claim_lines.line_number = denials.line_number;

-- One row per posting to the ledger, with its sign: sums are right for any period.
-- id: fact_id() of the posting.
-- claim: Business identifier of the claim.
-- payer: Business identifier of its payer.
-- denial_id: fact_id() of the denial that it settles, if it settles one.
-- settles_denial: Whether it settles a denial: by this its index finds them, which fact_id() has none of.
-- kind: payment, contractual_adjustment, patient_responsibility, other_payer, write_off, rebilled or
-- denial_withdrawn; of the patient: patient_payment or patient_write_off.
-- posted_on: Business day that it counts for.
-- amount: US dollars; below zero when it takes something back.
-- appeal_id: fact_id() of the appeal that it pays, if it pays one.
-- rebill_id: fact_id() of the rebill that moved it, if one did.
-- write_off_id: fact_id() of the write-off, if it is one.
-- moved_to_claim: Business identifier of the claim that it moved to, if it moved.
CREATE VIEW posting_facts WITH (security_barrier=true) AS
 SELECT fact_id(postings.id::uuid) AS id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    fact_id(postings.denial_id::uuid) AS denial_id,
    postings.denial_id IS NOT NULL AS settles_denial,
    postings.kind,
    postings.posted_on,
    postings.amount,
    fact_id(postings.appeal_id::uuid) AS appeal_id,
    fact_id(postings.rebill_id::uuid) AS rebill_id,
    fact_id(postings.write_off_id::uuid) AS write_off_id,
    target.claim_id AS moved_to_claim
   FROM postings
     LEFT JOIN claims ON claims.id::uuid = postings.claim_id::uuid
     LEFT JOIN claims target ON target.id::uuid = postings.moved_to_claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = claims.payer_id::uuid;

-- What was moved to new claims, and what came of it there.
-- denial_id: The denial.
-- new_claim_id: The claim on which the money lives.
-- rebilled_amount: Moved to it, US dollars.
-- recovered_amount: Recovered there, US dollars: what the new claim was paid (a replacement: beyond what its
-- original had been paid when it was submitted), at most what was rebilled, pro rata where it answers several
-- denials.
CREATE VIEW rebilled_denials AS
 SELECT moved.denial_id,
    moved.new_claim_id,
    moved.rebilled_amount,
    round(LEAST(GREATEST(target.paid_amount::numeric -
        COALESCE(earlier.paid_amount, 0::numeric), 0::numeric), together.amount) * moved.rebilled_amount / together.amount, 2) AS recovered_amount
   FROM ( SELECT postings.denial_id,
            postings.moved_to_claim_id AS new_claim_id,
            postings.claim_id,
            sum(postings.amount::numeric) AS rebilled_amount
           FROM postings
          WHERE postings.moved_to_claim_id IS NOT NULL AND
        postings.denial_id IS NOT NULL
          GROUP BY postings.denial_id, postings.moved_to_claim_id, postings.claim_id) moved
     JOIN claims target ON target.id::uuid = moved.new_claim_id::uuid
     CROSS JOIN LATERAL ( SELECT sum(postings.amount::numeric) AS amount
           FROM postings
          WHERE postings.moved_to_claim_id::uuid = moved.new_claim_id::uuid AND
        postings.denial_id IS NOT NULL) together
     LEFT JOIN LATERAL ( SELECT sum(postings.amount::numeric) AS paid_amount
           FROM postings
          WHERE target.frequency_code::text = '7' AND postings.claim_id::uuid = moved.claim_id::uuid AND
        postings.kind::text = 'payment' AND postings.posted_on::date <= target.submitted_on::date) earlier ON true
  WHERE moved.rebilled_amount > 0::numeric;

-- What each rebill brought on its new claim, for services.
-- rebill_id: The rebill.
-- recovered_amount: Recovered on the new claim, US dollars; see rebilled_denials.
CREATE VIEW rebill_recoveries AS
 SELECT rebills.id AS rebill_id,
    COALESCE(moved.recovered_amount, 0::numeric) AS recovered_amount
   FROM rebills
     LEFT JOIN rebilled_denials moved ON moved.denial_id::uuid = rebills.denial_id::uuid AND
        moved.new_claim_id::uuid = rebills.new_claim_id::uuid;

-- What was moved to new claims, and what came of it there, without the patient.
-- denial_id: fact_id() of the denial.
-- new_claim: Business identifier of the claim on which the money lives.
-- rebilled_amount: Moved to it, US dollars.
-- recovered_amount: Recovered there, US dollars; see rebilled_denials.
CREATE VIEW rebilled_facts WITH (security_barrier=true) AS
 SELECT fact_id(rebilled_denials.denial_id::uuid) AS denial_id,
    claims.claim_id AS new_claim,
    rebilled_denials.rebilled_amount,
    rebilled_denials.recovered_amount
   FROM rebilled_denials
     LEFT JOIN claims ON claims.id::uuid = rebilled_denials.new_claim_id::uuid;

-- One row per appeal, without the patient.
-- id: fact_id() of the appeal.
-- denial_id: fact_id() of the denial that is appealed.
-- claim: Business identifier of the denied claim.
-- payer: Business identifier of the payer.
-- denial_code: Code of the denial, such as CO-197.
-- denial_category: What the denial is about; see classified_denials.
-- appeal_level: first_level, second_level, third_level or external_review.
-- status: pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.
-- priority: high, medium or low.
-- due_on: Last day to file.
-- filed_on: Day it went to the payer; empty before.
-- decided_on: Day of the payer's decision; empty before.
-- days_to_decision: Days from filing to decision; empty before the decision.
-- appealed_amount: Asked for, US dollars.
-- approved_amount: Granted, US dollars; empty when nothing was.
-- paid_amount: Paid for it, US dollars.
CREATE VIEW appeal_facts WITH (security_barrier=true) AS
 SELECT fact_id(appeals.id::uuid) AS id,
    fact_id(appeals.denial_id::uuid) AS denial_id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    appeals.denial_code,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS denial_category,
    appeals.appeal_level,
    appeals.status,
    appeals.priority,
    appeals.due_on,
    appeals.filed_on,
    appeals.decided_on,
    appeals.decided_on::date - appeals.filed_on::date AS days_to_decision,
    appeals.appealed_amount,
    appeals.approved_amount,
    appeals.paid_amount
   FROM appeals
     LEFT JOIN claims ON claims.id::uuid = appeals.claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = appeals.payer_id::uuid
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = appeals.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(appeals.denial_code::text, '-', 2);

-- One row per write-off, without the patient. Money is lost by approved ones alone.
-- id: fact_id() of the write-off.
-- denial_id: fact_id() of the denial that is given up.
-- claim: Business identifier of the denied claim.
-- payer: Business identifier of the payer.
-- denial_code: Code of the denial, such as CO-197.
-- denial_category: What the denial is about; see classified_denials.
-- reason: below_threshold, timely_filing_expired, non_covered_service, patient_responsibility,
-- contract_adjustment, uncollectible or other.
-- category: administrative, clinical, financial or patient_responsibility.
-- status: pending_approval, approved, rejected or reversed.
-- preventable: Could the practice have prevented the loss? Empty until someone has looked.
-- requested_on: Day it was asked for.
-- approved_on: Day of the approval; empty without one.
-- amount: Asked for, US dollars.
-- lost_amount: Given up, US dollars: what the ledger has of it, less what was taken back.
CREATE VIEW write_off_facts WITH (security_barrier=true) AS
 SELECT fact_id(write_offs.id::uuid) AS id,
    fact_id(write_offs.denial_id::uuid) AS denial_id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    write_offs.denial_code,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS denial_category,
    write_offs.reason,
    write_offs.category,
    write_offs.status,
    write_offs.preventable,
    write_offs.requested_on,
    write_offs.approved_on,
    write_offs.amount,
    COALESCE(posted.lost_amount, 0::numeric) AS lost_amount
   FROM write_offs
     LEFT JOIN claims ON claims.id::uuid = write_offs.claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = write_offs.payer_id::uuid
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = write_offs.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(write_offs.denial_code::text, '-', 2)
     LEFT JOIN ( SELECT postings.write_off_id,
            sum(postings.amount::numeric) AS lost_amount
           FROM postings
          WHERE postings.write_off_id IS NOT NULL
          GROUP BY postings.write_off_id) posted ON posted.write_off_id::uuid = write_offs.id::uuid
  WHERE write_offs.kind::text = 'write_off';

-- One row per rebill, without the patient.
-- id: fact_id() of the rebill.
-- denial_id: fact_id() of the denial that the correction answers.
-- claim: Business identifier of the denied claim.
-- payer: Business identifier of the payer.
-- denial_code: Code of the denial, such as CO-4.
-- denial_category: What the denial is about; see classified_denials.
-- reason: corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change
-- or other.
-- status: pending, submitted, accepted, paid, partially_paid or denied_again.
-- submitted_on: Day the corrected claim went to the payer; empty before.
-- resolved_on: Day the payer paid or denied it again; empty before.
-- days_to_resolution: Days from submission to resolution; empty before it.
-- denial_amount: Refused by the denial, US dollars.
-- recovered_amount: Recovered on the new claim, US dollars; see rebilled_denials.
CREATE VIEW rebill_facts WITH (security_barrier=true) AS
 SELECT fact_id(rebills.id::uuid) AS id,
    fact_id(rebills.denial_id::uuid) AS denial_id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    rebills.denial_code,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS denial_category,
    rebills.reason,
    rebills.status,
    rebills.submitted_on,
    rebills.resolved_on,
    rebills.resolved_on::date - rebills.submitted_on::date AS days_to_resolution,
    denials.denial_amount,
    rebill_recoveries.recovered_amount
   FROM rebills
     LEFT JOIN claims ON claims.id::uuid = rebills.original_claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = rebills.payer_id::uuid
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = rebills.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(rebills.denial_code::text, '-', 2)
     LEFT JOIN denials ON denials.id::uuid = rebills.denial_id::uuid
     LEFT JOIN rebill_recoveries ON rebill_recoveries.rebill_id::uuid = rebills.id::uuid;

-- One row per payment variance, without the patient.
-- id: fact_id() of the payment variance.
-- claim: Business identifier of the claim that was paid.
-- payer: Business identifier of the payer.
-- paid_on: Day of the payment.
-- expected_amount: What the contract says, US dollars.
-- actual_amount: What was paid, US dollars.
-- variance_amount: Actual less expected, US dollars; below zero for an underpayment.
-- variance_percentage: Variance in percent of the expected amount.
-- variance_type: underpayment, overpayment, or expected when within one cent.
-- variance_reason: Why it differs; empty until known.
-- needs_appeal: Is it worth an appeal?
-- resolved_on: Day it was settled; empty before.
CREATE VIEW variance_facts WITH (security_barrier=true) AS
 SELECT fact_id(payment_variances.id::uuid) AS id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    payment_variances.paid_on,
    payment_variances.expected_amount,
    payment_variances.actual_amount,
    payment_variances.variance_amount,
    payment_variances.variance_percentage,
    payment_variances.variance_type,
    payment_variances.variance_reason,
    payment_variances.needs_appeal,
    payment_variances.resolved_on
   FROM payment_variances
     LEFT JOIN claims ON claims.id::uuid = payment_variances.claim_id::uuid
     LEFT JOIN payers ON payers.id::uuid = payment_variances.payer_id::uuid;

-- Claims of a month, payer and type that aren't voided; of eleven patients or more. An amount that is of one to
-- ten of them is empty.
-- month: Month of the first day of service, by its first day.
-- payer: Business identifier of the payer.
-- claim_type: professional, institutional or dental.
-- claims: How many.
-- amount: What was billed, US dollars.
-- paid_amount: Paid by the payer, US dollars.
-- contractual_amount: Taken off by the contract, US dollars.
-- written_off_amount: Given up, US dollars.
-- open_denied_amount: Refused and still open, US dollars.
CREATE VIEW claim_statistics WITH (security_barrier=true) AS
 SELECT claims_counted.month,
    claims_counted.payer,
    claims_counted.claim_type,
    claims_counted.claims,
    claims_counted.amount,
    claims_counted.paid_amount,
    claims_counted.contractual_amount,
    claims_counted.written_off_amount,
    claims_counted.open_denied_amount
   FROM claims_counted('claims'::regclass) claims_counted(month, payer, claim_type, claims, amount, paid_amount, contractual_amount, written_off_amount, open_denied_amount);

-- Denials of a month, payer and code; of eleven patients or more. An amount that is of one to ten of them is
-- empty.
-- month: Month of the payer's decision, by its first day.
-- payer: Business identifier of the payer.
-- denial_code: Group and reason, such as CO-197.
-- denials: How many.
-- denial_amount: Refused, US dollars.
-- recovered_amount: Paid after all, US dollars.
-- written_off_amount: Given up, US dollars.
-- open_amount: Still to be worked, US dollars.
CREATE VIEW denial_statistics WITH (security_barrier=true) AS
 SELECT denials_counted.month,
    denials_counted.payer,
    denials_counted.denial_code,
    denials_counted.denials,
    denials_counted.denial_amount,
    denials_counted.recovered_amount,
    denials_counted.written_off_amount,
    denials_counted.open_amount
   FROM denials_counted('denials'::regclass) denials_counted(month, payer, denial_code, denials, denial_amount, recovered_amount, written_off_amount, open_amount);

-- Decided appeals of a month, payer, level and decision; of eleven patients or more. An amount that is of one to
-- ten of them is empty.
-- month: Month of the decision, by its first day.
-- payer: Business identifier of the payer.
-- appeal_level: first_level, second_level, third_level or external_review.
-- status: approved, partially_approved or denied.
-- appeals: How many.
-- appealed_amount: Asked for, US dollars.
-- approved_amount: Granted, US dollars; empty, too, where nothing was.
CREATE VIEW appeal_statistics WITH (security_barrier=true) AS
 SELECT appeals_counted.month,
    appeals_counted.payer,
    appeals_counted.appeal_level,
    appeals_counted.status,
    appeals_counted.appeals,
    appeals_counted.appealed_amount,
    appeals_counted.approved_amount
   FROM appeals_counted('appeals'::regclass) appeals_counted(month, payer, appeal_level, status, appeals, appealed_amount, approved_amount);

-- The number that each claim was sent as, which payers echo (X12 CLM01).
-- claim_id: The claim.
-- control_number: claim_details.patient_control_number, else the claim's claim_id.
CREATE VIEW claim_control_numbers AS
 SELECT claims.id AS claim_id,
    claims.claim_id::text AS control_number
   FROM claims
     LEFT JOIN claim_details ON claim_details.claim_id::uuid = claims.id::uuid
  WHERE claim_details.patient_control_number IS NULL
UNION ALL
 SELECT claim_details.claim_id,
    claim_details.patient_control_number::text AS control_number
   FROM claim_details
  WHERE claim_details.patient_control_number IS NOT NULL;

-- What payers said and is not posted, each with its reason and the claims that it may be about; and each
-- remittance that a person has to look at, with its difference.
-- remittance_id: The remittance.
-- payer_id: Who pays.
-- trace_number: Number of the check or transfer.
-- paid_on: Day of the payment.
-- remittance_claim_id: The claim of the remittance; empty where the remittance itself waits.
-- claim_number: Its place in the remittance, from 1.
-- patient_control_number: The provider's number of the claim, as the payer echoes it.
-- payer_claim_control_number: The payer's number of the claim.
-- claim_status: X12 CLP02.
-- charge_amount: Charged, US dollars.
-- claim_id: The claim that it was matched to, if any.
-- waits_for: Why it isn't posted.
-- waits_for_rule: The rule that refused its postings, where it waits for a rule.
-- waiting_difference: By how much it doesn't add up, US dollars, where it waits for that.
-- waiting_amount: What waits, US dollars: what is paid for the claim; of a remittance its difference.
-- candidate_ids: The claims that were sent under its number.
CREATE VIEW unposted AS
 SELECT remittances.id AS remittance_id,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    answer.id AS remittance_claim_id,
    answer.claim_number,
    answer.patient_control_number,
    answer.payer_claim_control_number,
    answer.claim_status,
    answer.charge_amount,
    answer.claim_id,
    COALESCE(answer.waits_for::text, 'claim')::wait_reason AS waits_for,
    answer.waits_for_rule,
    answer.waiting_difference::numeric AS waiting_difference,
    answer.paid_amount::numeric AS waiting_amount,
    ARRAY( SELECT claim_control_numbers.claim_id
           FROM claim_control_numbers
          WHERE claim_control_numbers.control_number = answer.patient_control_number::text
          ORDER BY claim_control_numbers.claim_id) AS candidate_ids
   FROM remittance_claims answer
     JOIN remittances ON remittances.id::uuid = answer.remittance_id::uuid
  WHERE answer.posted_on IS NULL AND NOT answer.is_prediction AND
        NOT remittances.is_dismissed
UNION ALL
 SELECT remittances.id AS remittance_id,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    NULL::uuid::remittance_claim_key AS remittance_claim_id,
    NULL::integer AS claim_number,
    NULL::text AS patient_control_number,
    NULL::text AS payer_claim_control_number,
    NULL::text AS claim_status,
    NULL::numeric AS charge_amount,
    NULL::uuid::claim_key AS claim_id,
        CASE
            WHEN remittances.difference <> 0::numeric THEN 'balanced_remittance'
            ELSE 'review'
        END::wait_reason AS waits_for,
    NULL::text AS waits_for_rule,
    remittances.difference AS waiting_difference,
    remittances.difference AS waiting_amount,
    '{}'::claim_key[] AS candidate_ids
   FROM remittances
  WHERE (remittances.difference <> 0::numeric OR remittances.repeats_id IS NOT NULL) AND
        remittances.reviewed_by IS NULL;

-- Each remittance with what came of it: what is posted, what waits, and that nothing is lost.
-- remittance_id: The remittance.
-- payer_id: Who pays.
-- trace_number: Number of the check or transfer.
-- paid_on: Day of the payment.
-- total_amount: The check, US dollars.
-- provider_adjusted_amount: What the payer withholds beside the claims, less what it adds, US dollars.
-- paid_amount: What its claims are paid, US dollars, predictions left out.
-- posted_amount: Payments in the ledger that follow from it, US dollars.
-- waiting_amount: What waits, US dollars: the sum of its rows of unposted.
-- difference: By how much it doesn't add up, US dollars: the check and its provider adjustments, less what its
-- claims are paid.
-- unaccounted_amount: The check and its provider adjustments, less what is posted, what waits, and a difference
-- that a person accepted, US dollars: zero, always. A dismissed one counts nowhere.
-- claims: Its claims, predictions left out.
-- waiting_claims: Those that aren't posted.
-- needs_review: Does it repeat a payment with other content, and nobody decided yet?
-- is_closed: Does nothing of it wait?
CREATE VIEW remittance_report AS
 SELECT remittances.id AS remittance_id,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    remittances.total_amount,
    provided.amount AS provider_adjusted_amount,
    claimed.paid_amount,
    posted.amount AS posted_amount,
    claimed.waiting_amount + own.waiting_amount AS waiting_amount,
    remittances.difference,
        CASE
            WHEN remittances.is_dismissed THEN 0::numeric
            ELSE remittances.total_amount::numeric + provided.amount - posted.amount -
        claimed.waiting_amount - remittances.difference
        END AS unaccounted_amount,
    claimed.claims,
    claimed.waiting_claims,
    remittances.repeats_id IS NOT NULL AND remittances.reviewed_by IS NULL AS needs_review,
    claimed.waiting_claims = 0 AND NOT own.is_waiting AS is_closed
   FROM remittances
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(provider_adjustments.amount::numeric), 0::numeric) AS amount
           FROM provider_adjustments
          WHERE provider_adjustments.remittance_id::uuid = remittances.id::uuid) provided
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(remittance_claims.paid_amount::numeric), 0::numeric) AS paid_amount,
            count(*) AS claims,
            COALESCE(sum(remittance_claims.paid_amount::numeric) FILTER (WHERE remittance_claims.posted_on IS NULL AND
        NOT remittances.is_dismissed), 0::numeric) AS waiting_amount,
            count(*) FILTER (WHERE remittance_claims.posted_on IS NULL AND
        NOT remittances.is_dismissed) AS waiting_claims
           FROM remittance_claims
          WHERE remittance_claims.remittance_id::uuid = remittances.id::uuid AND
        NOT remittance_claims.is_prediction) claimed
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(postings.amount::numeric), 0::numeric) AS amount
           FROM remittance_claims
             JOIN postings ON postings.remittance_claim_id::uuid = remittance_claims.id::uuid
          WHERE remittance_claims.remittance_id::uuid = remittances.id::uuid AND
        postings.kind::text = 'payment') posted
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN remittances.reviewed_by IS NULL THEN remittances.difference
                    ELSE 0::numeric
                END AS waiting_amount,
            remittances.reviewed_by IS NULL AND (remittances.difference <> 0::numeric OR
        remittances.repeats_id IS NOT NULL) AS is_waiting) own;

-- Codes that payers sent and neither denial_code_library nor adjustment_rules knows. Money that they refuse is a
-- denial meanwhile; group CR and groups that X12 doesn't know wait.
-- denial_code: Group and reason, such as CO-999.
-- adjustments: How often it came.
-- amount: Sum of the adjustments, US dollars.
-- is_waiting: Does any of them wait for it?
CREATE VIEW adjustments_to_classify AS
 SELECT sent.denial_code,
    count(*) AS adjustments,
    sum(sent.amount::numeric) AS amount,
    bool_or(sent.is_waiting) AS is_waiting
   FROM ( SELECT remittances.payer_id,
            adjustment.group_code,
            adjustment.reason_code,
            adjustment.denial_code,
            adjustment.amount,
            false AS is_waiting
           FROM remittance_adjustments adjustment
             JOIN remittance_claims answer ON answer.id::uuid = adjustment.remittance_claim_id::uuid
             JOIN remittances ON remittances.id::uuid = answer.remittance_id::uuid
          WHERE adjustment.is_assumed
        UNION ALL
         SELECT remittances.payer_id,
            adjustment.group_code,
            adjustment.reason_code,
            adjustment.denial_code,
            adjustment.amount,
            adjustment.group_code IS NULL OR (adjustment.group_code::text <> ALL (ARRAY['CO', 'PR', 'OA', 'PI']))
           FROM remittance_claims answer
             JOIN remittances ON remittances.id::uuid = answer.remittance_id::uuid
             JOIN remittance_adjustments adjustment ON adjustment.remittance_claim_id::uuid = answer.id::uuid
          WHERE answer.posted_on IS NULL AND NOT answer.is_prediction AND
        answer.waits_for::text = 'classification' AND adjustment.disposition IS NULL) sent
  WHERE disposition_of(sent.payer_id::uuid, sent.group_code::text, sent.reason_code::text) IS NULL
  GROUP BY sent.denial_code;

-- Money that a payer withheld for an overpayment (WO) whose reversal isn't posted, and balances carried forward
-- (FB) whose other side, of the same amount and reference, didn't come.
-- remittance_id: The remittance.
-- adjustment_number: Its place in the remittance, from 1.
-- payer_id: Who pays.
-- trace_number: Number of the check or transfer.
-- paid_on: Day of the payment.
-- reason_code: WO or FB.
-- reference: What it refers to.
-- amount: How much less is paid, US dollars; below zero adds.
CREATE VIEW provider_adjustments_to_review AS
 SELECT adjustment.remittance_id,
    adjustment.adjustment_number,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    adjustment.reason_code,
    adjustment.reference,
    adjustment.amount
   FROM provider_adjustments adjustment
     JOIN remittances ON remittances.id::uuid = adjustment.remittance_id::uuid
  WHERE NOT remittances.is_dismissed AND (adjustment.reason_code::text = 'WO' AND NOT (EXISTS ( SELECT
           FROM remittance_claims reversal
             JOIN remittances reversing ON reversing.id::uuid = reversal.remittance_id::uuid
          WHERE reversing.payer_id::uuid = remittances.payer_id::uuid AND reversal.is_reversal AND
        reversal.posted_on IS NOT NULL AND reversal.patient_control_number::text = adjustment.reference::text)) AND NOT (EXISTS ( SELECT
           FROM remittance_claims reversal
             JOIN remittances reversing ON reversing.id::uuid = reversal.remittance_id::uuid
          WHERE reversing.payer_id::uuid = remittances.payer_id::uuid AND reversal.is_reversal AND
        reversal.posted_on IS NOT NULL AND reversal.payer_claim_control_number::text = adjustment.reference::text)) OR
        adjustment.reason_code::text = 'FB' AND NOT (EXISTS ( SELECT
           FROM provider_adjustments counterpart
             JOIN remittances other ON other.id::uuid = counterpart.remittance_id::uuid
          WHERE other.payer_id::uuid = remittances.payer_id::uuid AND
        other.id::uuid <> remittances.id::uuid AND counterpart.reason_code::text = 'FB' AND
        counterpart.amount::numeric = (- adjustment.amount::numeric) AND (adjustment.reference IS NULL OR
        counterpart.reference IS NULL OR (counterpart.reference::text IN (adjustment.reference::text, remittances.trace_number::text)) OR
        adjustment.reference::text = other.trace_number::text))));
