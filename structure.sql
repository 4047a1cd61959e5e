-- The whole schema after the last migration, for reading: scripts/print-structure writes it, the migrations make it.
-- Each object below its COMMENT. Rows, and the ledger of the migrations, are left out.

-- Domains

-- Id of a row of payers.
CREATE DOMAIN payer_key AS uuid;

-- Id of a row of claims.
CREATE DOMAIN claim_key AS uuid;

-- Id of a row of denials.
CREATE DOMAIN denial_key AS uuid;

-- Id of a row of denial_transactions.
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

-- What kind of payer it is.
CREATE DOMAIN payer_type AS text
    CONSTRAINT payer_type_known CHECK (VALUE IN ('commercial', 'medicare', 'medicaid', 'tricare',
        'workers_comp', 'other'));

-- Which form of claim it is: X12 837P, 837I or 837D.
CREATE DOMAIN claim_type AS text
    CONSTRAINT claim_type_known CHECK (VALUE IN ('professional',
        'institutional', 'dental'));

-- Where a claim stands.
CREATE DOMAIN claim_status AS text
    CONSTRAINT claim_status_known CHECK (VALUE IN ('pending', 'submitted', 'paid', 'partially_paid',
        'denied', 'appealed', 'written_off', 'voided'));

-- X12 CLM05-3: 1 original, 7 replacement, 8 void.
CREATE DOMAIN frequency_code AS text
    CONSTRAINT frequency_code_known CHECK (VALUE IN ('1', '7', '8'));

-- What a denial is about.
CREATE DOMAIN denial_category AS text
    CONSTRAINT denial_category_known CHECK (VALUE IN ('authorization', 'missing_info', 'coding_error',
        'medical_necessity', 'non_covered', 'coordination_of_benefits', 'bundling', 'patient_responsibility',
        'timely_filing', 'duplicate', 'eligibility', 'provider_enrollment', 'frequency',
        'contractual_adjustment', 'other', 'unknown'));

-- What to do about a denial.
CREATE DOMAIN denial_action AS text
    CONSTRAINT denial_action_known CHECK (VALUE IN ('appeal', 'rebill', 'write_off',
        'transfer_to_patient', 'investigate'));

-- What is under way for a denial.
CREATE DOMAIN open_action AS text
    CONSTRAINT open_action_known CHECK (VALUE IN ('appeal',
        'filed_appeal', 'rebill'));

-- Whether a denial is settled.
CREATE DOMAIN resolution_status AS text
    CONSTRAINT resolution_status_known CHECK (VALUE IN ('pending',
        'resolved', 'abandoned'));

-- What became of a denied amount.
CREATE DOMAIN posting_kind AS text
    CONSTRAINT posting_kind_known CHECK (VALUE IN ('recovery', 'write_off', 'patient_transfer',
        'contractual_adjustment'));

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
        'rebill_threshold', 'transfer_to_patient'));

-- What a coding rule demands.
CREATE DOMAIN coding_rule_type AS text
    CONSTRAINT coding_rule_type_known CHECK (VALUE IN ('modifier_required', 'modifier_forbidden',
        'diagnosis_required', 'diagnosis_not_specific', 'incompatible_codes'));

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

-- A day from 1900 to 2199; a mistyped century and infinity are refused.
CREATE DOMAIN calendar_date AS date
    CONSTRAINT calendar_date_is_plausible CHECK (VALUE >= '1900-01-01'::date AND
        VALUE < '2200-01-01'::date);

-- A role or user id, such as appeals.specialist.
CREATE DOMAIN actor AS text
    CONSTRAINT actor_has_no_space CHECK (VALUE ~ '^[^[:space:]]+$');

-- Words: not empty, not blank.
CREATE DOMAIN text_given AS text
    CONSTRAINT text_given_is_not_blank CHECK (VALUE ~ '[^[:space:]]');

-- An identifier that people read aloud: capitals, digits and single hyphens, at most 38 characters (X12 CLM01).
CREATE DOMAIN business_id AS text
    CONSTRAINT business_id_shape CHECK (VALUE ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(VALUE) <= 38);

-- Pseudonym of a patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.
CREATE DOMAIN patient_reference AS text
    CONSTRAINT patient_reference_shape CHECK (VALUE ~ '^[A-Za-z0-9._-]+$');

-- A payer's control number of a claim (X12 REF*F8).
CREATE DOMAIN control_number AS text
    CONSTRAINT control_number_is_not_blank CHECK (VALUE ~ '[^[:space:]]');

-- CMS place of service code, two digits.
CREATE DOMAIN place_of_service AS text
    CONSTRAINT place_of_service_shape CHECK (VALUE ~ '^[0-9]{2}$');

-- Claim adjustment group and reason (X12 CAS), such as CO-197.
CREATE DOMAIN denial_code AS text
    CONSTRAINT denial_code_shape CHECK (VALUE ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$');

-- ICD-10-CM code with its point, such as Z12.11.
CREATE DOMAIN diagnosis_code AS text
    CONSTRAINT diagnosis_code_shape CHECK (VALUE ~ '^[A-Z][0-9A-Z][0-9A-Z]([.][0-9A-Z]{1,4})?$');

-- Start of an ICD-10-CM code, such as Z12.
CREATE DOMAIN diagnosis_prefix AS text
    CONSTRAINT diagnosis_prefix_shape CHECK (VALUE ~ '^[A-Z]([0-9A-Z]([0-9A-Z]([.][0-9A-Z]{0,4})?)?)?$');

-- CPT or HCPCS Level II code, such as 99213 or G0121.
CREATE DOMAIN procedure_code AS text
    CONSTRAINT procedure_code_shape CHECK (VALUE ~ '^([0-9]{4}[0-9AFMTU]|[A-V][0-9]{4})$');

-- CPT or HCPCS modifier, such as 25 or RT.
CREATE DOMAIN procedure_modifier AS text
    CONSTRAINT procedure_modifier_shape CHECK (VALUE ~ '^[A-Z0-9]{2}$');

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
-- search_path can be led to other tables: select pin_search_path('keep_denial_totals()').
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
    if new is distinct from old and new.updated_at is not distinct from old.updated_at then
        new.updated_at := current_timestamp;
    end if;
    return new;
end
$$;

-- Keeps updated_at of a table: select diesel_manage_updated_at('claims').
CREATE FUNCTION diesel_manage_updated_at(managed_table regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $$
begin
    execute format(
        'create trigger set_updated_at before update on %s for each row execute function diesel_set_updated_at()',
        managed_table
    );
end
$$;
SELECT pin_search_path('diesel_manage_updated_at(regclass)');

-- A time-ordered UUID (RFC 9562, version 7): milliseconds, then 12 bits of their fraction, then 62 random bits.
CREATE FUNCTION uuidv7()
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
RETURN ((OVERLAY(lpad(to_hex(((EXTRACT(epoch FROM clock_timestamp()) * (4096000)::numeric))::bigint), 15, '0') PLACING '7' FROM 13 FOR 0) || substr((gen_random_uuid())::text, 20)))::uuid;

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
    -- Days from the last service to the latest filing of a claim.
    timely_filing_days integer NOT NULL,
    -- Days from a denial to the latest filing of a first appeal.
    appeal_filing_days integer NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payers_pkey PRIMARY KEY (id),
    CONSTRAINT payers_payer_id_unique UNIQUE (payer_id),
    CONSTRAINT payers_contact_details_is_object CHECK (jsonb_typeof(contact_details) = 'object'),
    CONSTRAINT payers_timely_filing_days_positive CHECK (timely_filing_days > 0),
    CONSTRAINT payers_appeal_filing_days_positive CHECK (appeal_filing_days > 0)
);

-- One bill to one payer.
CREATE TABLE claims (
    -- Primary key.
    id claim_key DEFAULT uuidv7() NOT NULL,
    -- Business identifier, such as CLM-2024-001235; sent as X12 CLM01.
    claim_id business_id NOT NULL,
    -- Pseudonym of the patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.
    patient_reference patient_reference NOT NULL,
    -- The payer that is billed.
    payer_id payer_key NOT NULL,
    -- professional (X12 837P), institutional (837I) or dental (837D).
    claim_type claim_type NOT NULL,
    -- pending, submitted, paid, partially_paid, denied, appealed, written_off or voided; follows the denials once
    -- there is one.
    status claim_status DEFAULT 'pending' NOT NULL,
    -- Billed, US dollars: the sum of the charges of its lines.
    amount usd NOT NULL,
    -- Paid by the payer when it decided the claim, US dollars. What it paid for a denial later is recovered_amount.
    paid_amount usd DEFAULT 0 NOT NULL,
    -- Taken off by the contract (CO-45) outside of any denial, US dollars.
    adjusted_amount usd DEFAULT 0 NOT NULL,
    -- Refused, US dollars: the sum of its denials. Kept from denials.
    denied_amount usd DEFAULT 0 NOT NULL,
    -- Paid for its denials after all, US dollars; what a rebill recovered is in the paid_amount of the new claim,
    -- too. Kept from denials.
    recovered_amount usd DEFAULT 0 NOT NULL,
    -- Given up of its denials, US dollars. Kept from denials.
    written_off_amount usd DEFAULT 0 NOT NULL,
    -- Moved to the patient, US dollars. Kept from denials.
    transferred_amount usd DEFAULT 0 NOT NULL,
    -- Contractual adjustment of its denials, US dollars. Kept from denials.
    denial_adjusted_amount usd DEFAULT 0 NOT NULL,
    -- Denials with a filed appeal that the payer has not decided yet. Kept from denials.
    filed_appeals integer DEFAULT 0 NOT NULL,
    -- Denied and still open, US dollars; if above zero, at most balance_amount. Computed.
    open_denied_amount usd GENERATED ALWAYS AS (denied_amount - recovered_amount - written_off_amount -
            transferred_amount - denial_adjusted_amount) STORED NOT NULL,
    -- Still unsettled, US dollars: billed less everything paid, recovered, adjusted, written off or moved to the
    -- patient; below zero when overpaid. Computed.
    balance_amount signed_usd GENERATED ALWAYS AS (amount - paid_amount - adjusted_amount - recovered_amount -
            written_off_amount - transferred_amount - denial_adjusted_amount) STORED NOT NULL,
    -- First day of service.
    service_from calendar_date NOT NULL,
    -- Last day of service.
    service_to calendar_date NOT NULL,
    -- Day the claim went to the payer; empty before.
    submitted_on calendar_date,
    -- CMS place of service code, two digits; institutional claims do without.
    place_of_service place_of_service,
    -- X12 CLM05-3: 1 original, 7 replacement, 8 void.
    frequency_code frequency_code DEFAULT '1' NOT NULL,
    -- The payer's control number of the replaced or voided claim (X12 REF*F8); required with frequency 7 and 8.
    payer_claim_control_number control_number,
    -- The claim that this one replaces or voids.
    replaces_claim_id claim_key,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (id),
    CONSTRAINT claims_claim_id_unique UNIQUE (claim_id),
    CONSTRAINT claims_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT claims_replaces_claim_id_exists FOREIGN KEY (replaces_claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claims_amount_positive CHECK (amount > 0),
    CONSTRAINT claims_service_dates_ordered CHECK (service_to >= service_from),
    CONSTRAINT claims_submitted_has_date CHECK ((status IN ('pending', 'voided')) OR
            submitted_on IS NOT NULL),
    CONSTRAINT claims_pending_is_not_submitted CHECK (status <> 'pending' OR submitted_on IS NULL),
    CONSTRAINT claims_pending_is_not_paid CHECK (status <> 'pending' OR paid_amount = 0),
    CONSTRAINT claims_pending_is_not_denied CHECK (status <> 'pending' OR denied_amount = 0),
    CONSTRAINT claims_voided_has_nothing_open CHECK (status <> 'voided' OR open_denied_amount = 0),
    CONSTRAINT claims_partially_paid_is_paid CHECK (status <> 'partially_paid' OR
            (paid_amount + recovered_amount) > 0),
    CONSTRAINT claims_open_denials_within_balance CHECK (open_denied_amount = 0 OR
            open_denied_amount <= balance_amount),
    CONSTRAINT claims_filed_appeals_not_negative CHECK (filed_appeals >= 0),
    CONSTRAINT claims_submitted_after_service CHECK (submitted_on >= service_to),
    CONSTRAINT claims_replacement_names_original CHECK ((frequency_code = '1') = (replaces_claim_id IS NULL)),
    CONSTRAINT claims_replacement_has_control_number CHECK (frequency_code = '1' OR
            payer_claim_control_number IS NOT NULL),
    CONSTRAINT claims_replaces_another_claim CHECK (replaces_claim_id::uuid <> id::uuid)
);

-- A patient's claims, newest service first.
CREATE INDEX claims_by_patient ON claims (patient_reference, service_from DESC, id DESC);

-- A payer's claims, newest service first; also serves the foreign key.
CREATE INDEX claims_by_payer ON claims (payer_id, service_from DESC, id DESC);

-- What replaced a claim; also serves the foreign key.
CREATE INDEX claims_by_replaced_claim ON claims (replaces_claim_id)
    WHERE replaces_claim_id IS NOT NULL;

-- Claims of one status, newest service first, paged by key.
CREATE INDEX claims_by_status ON claims (status, service_from DESC, id DESC);

-- The diagnoses of a claim, in order; the first is the principal one.
CREATE TABLE claim_diagnoses (
    -- The claim; with ordinal the primary key.
    claim_id claim_key NOT NULL,
    -- Position on the claim, 1 to 12 (X12 HI); lines point to it.
    ordinal smallint NOT NULL,
    -- ICD-10-CM code.
    diagnosis_code diagnosis_code NOT NULL,
    CONSTRAINT claim_diagnoses_pkey PRIMARY KEY (claim_id, ordinal),
    CONSTRAINT claim_diagnoses_diagnosis_code_unique UNIQUE (claim_id, diagnosis_code),
    CONSTRAINT claim_diagnoses_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT claim_diagnoses_ordinal_range CHECK (ordinal >= 1 AND ordinal <= 12)
);

-- The services of a claim, one line each.
CREATE TABLE claim_lines (
    -- The claim; with line_number the primary key.
    claim_id claim_key NOT NULL,
    -- Position on the claim, from 1 (X12 LX).
    line_number smallint NOT NULL,
    -- CPT or HCPCS code of the service.
    procedure_code procedure_code NOT NULL,
    -- First modifier.
    modifier_1 procedure_modifier,
    -- Second modifier.
    modifier_2 procedure_modifier,
    -- Third modifier.
    modifier_3 procedure_modifier,
    -- Fourth modifier.
    modifier_4 procedure_modifier,
    -- Units of service; can be fractional, at most three decimals.
    units numeric DEFAULT 1 NOT NULL,
    -- Charge for all units, US dollars.
    charge_amount usd NOT NULL,
    -- Day of the service.
    service_date calendar_date NOT NULL,
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
    CONSTRAINT claim_lines_modifiers_without_gap CHECK ((modifier_2 IS NULL OR modifier_1 IS NOT NULL) AND
            (modifier_3 IS NULL OR modifier_2 IS NOT NULL) AND (modifier_4 IS NULL OR modifier_3 IS NOT NULL)),
    CONSTRAINT claim_lines_modifiers_differ CHECK ((modifier_1 <> modifier_2 AND modifier_1 <> modifier_3 AND
            modifier_1 <> modifier_4) IS NOT FALSE AND (modifier_2 <> modifier_3 AND
            modifier_2 <> modifier_4) IS NOT FALSE AND (modifier_3 <> modifier_4) IS NOT FALSE),
    CONSTRAINT claim_lines_units_range CHECK (units > 0 AND
            units < 100000 AND scale(units) <= 3),
    CONSTRAINT claim_lines_diagnosis_pointers_without_gap CHECK ((diagnosis_pointer_2 IS NULL OR
            diagnosis_pointer_1 IS NOT NULL) AND (diagnosis_pointer_3 IS NULL OR diagnosis_pointer_2 IS NOT NULL) AND
            (diagnosis_pointer_4 IS NULL OR diagnosis_pointer_3 IS NOT NULL)),
    CONSTRAINT claim_lines_diagnosis_pointers_differ CHECK ((diagnosis_pointer_1 <> diagnosis_pointer_2 AND
            diagnosis_pointer_1 <> diagnosis_pointer_3 AND diagnosis_pointer_1 <> diagnosis_pointer_4) IS NOT FALSE AND
            (diagnosis_pointer_2 <> diagnosis_pointer_3 AND diagnosis_pointer_2 <> diagnosis_pointer_4) IS NOT FALSE AND
            (diagnosis_pointer_3 <> diagnosis_pointer_4) IS NOT FALSE)
);

-- One refusal of a claim or of part of it, for one code.
CREATE TABLE denials (
    -- Primary key.
    id denial_key DEFAULT uuidv7() NOT NULL,
    -- The claim that was refused.
    claim_id claim_key NOT NULL,
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
    -- Paid after all, US dollars. Kept from denial_transactions.
    recovered_amount usd DEFAULT 0 NOT NULL,
    -- Given up, US dollars. Kept from denial_transactions.
    written_off_amount usd DEFAULT 0 NOT NULL,
    -- Moved to the patient, US dollars. Kept from denial_transactions.
    transferred_amount usd DEFAULT 0 NOT NULL,
    -- Contractual adjustment, US dollars. Kept from denial_transactions.
    adjusted_amount usd DEFAULT 0 NOT NULL,
    -- Still to be worked, US dollars. Computed.
    open_amount numeric GENERATED ALWAYS AS (denial_amount - recovered_amount - written_off_amount -
            transferred_amount - adjusted_amount) STORED NOT NULL,
    -- pending while anything is open; then abandoned if all of it was written off, else resolved. Computed.
    resolution_status resolution_status GENERATED ALWAYS AS (
    CASE
        WHEN (recovered_amount + written_off_amount + transferred_amount +
            adjusted_amount) < denial_amount THEN 'pending'
        WHEN written_off_amount = denial_amount THEN 'abandoned'
        ELSE 'resolved'
    END) STORED NOT NULL,
    -- What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is. Kept from appeals
    -- and rebills.
    open_action open_action,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denials_pkey PRIMARY KEY (id),
    CONSTRAINT denials_id_claim_id_unique UNIQUE (id, claim_id),
    CONSTRAINT denials_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
    CONSTRAINT denials_line_number_exists FOREIGN KEY (claim_id, line_number)
            REFERENCES claim_lines(claim_id, line_number) ON DELETE RESTRICT,
    CONSTRAINT denials_denial_amount_positive CHECK (denial_amount > 0),
    CONSTRAINT denials_not_over_allocated CHECK ((recovered_amount + written_off_amount + transferred_amount +
            adjusted_amount) <= denial_amount),
    CONSTRAINT denials_contractual_not_transferred CHECK (denial_code !~~ 'CO-%' OR transferred_amount = 0)
);

-- A claim's denials, newest first; also serves the foreign keys.
CREATE INDEX denials_by_claim ON denials (claim_id, denied_on DESC, id DESC);

-- The work queue: denials with anything open, oldest first.
CREATE INDEX denials_to_work ON denials (denied_on, id)
    WHERE open_amount > 0;

-- A request that the payer reconsider a denial.
CREATE TABLE appeals (
    -- Primary key.
    id appeal_key DEFAULT uuidv7() NOT NULL,
    -- The denial that is appealed.
    denial_id denial_key NOT NULL,
    -- The denial's claim.
    claim_id claim_key NOT NULL,
    -- first_level, second_level, third_level or external_review.
    appeal_level appeal_level NOT NULL,
    -- pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.
    status appeal_status DEFAULT 'pending' NOT NULL,
    -- high, medium or low.
    priority priority DEFAULT 'medium' NOT NULL,
    -- Asked for, US dollars.
    appealed_amount usd NOT NULL,
    -- Granted, US dollars: all when approved, part when partially approved, else empty.
    approved_amount usd,
    -- Last day to file.
    due_on calendar_date NOT NULL,
    -- Day it went to the payer; empty before.
    filed_on calendar_date,
    -- Filed after the last day; recorded, not refused. Computed.
    filed_late boolean GENERATED ALWAYS AS (COALESCE(filed_on > due_on, false)) STORED NOT NULL,
    -- Day of the payer's decision; empty before.
    decided_on calendar_date,
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
    CONSTRAINT appeals_pkey PRIMARY KEY (id),
    CONSTRAINT appeals_id_denial_id_approved_amount_unique UNIQUE (id, denial_id, approved_amount),
    CONSTRAINT appeals_id_claim_id_unique UNIQUE (id, claim_id),
    CONSTRAINT appeals_denial_of_claim FOREIGN KEY (denial_id, claim_id)
            REFERENCES denials(id, claim_id) ON DELETE RESTRICT,
    CONSTRAINT appeals_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
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

-- Appeals of one status, first due first, paged by key.
CREATE INDEX appeals_by_status ON appeals (status, due_on, id);

-- One open appeal per denial.
CREATE UNIQUE INDEX appeals_one_open_per_denial ON appeals (denial_id)
    WHERE status IN ('pending', 'in_progress', 'submitted', 'under_review');

-- One appeal per denial and level; a withdrawn one may be made again.
CREATE UNIQUE INDEX appeals_one_per_level ON appeals (denial_id, appeal_level)
    WHERE status <> 'withdrawn';

-- Appeals not yet filed, by due date: the overdue list.
CREATE INDEX appeals_to_file ON appeals (due_on, id)
    WHERE status IN ('pending', 'in_progress');

-- A decision to give up money; only an approved one moves any.
CREATE TABLE write_offs (
    -- Primary key.
    id write_off_key DEFAULT uuidv7() NOT NULL,
    -- The denial that is given up, wholly or in part.
    denial_id denial_key NOT NULL,
    -- The denial's claim.
    claim_id claim_key NOT NULL,
    -- To be given up, US dollars.
    amount usd NOT NULL,
    -- below_threshold, timely_filing_expired, non_covered_service, patient_responsibility, contract_adjustment,
    -- uncollectible or other.
    reason write_off_reason NOT NULL,
    -- administrative, clinical, financial or patient_responsibility.
    category write_off_category NOT NULL,
    -- pending_approval, approved, rejected or reversed.
    status write_off_status DEFAULT 'pending_approval' NOT NULL,
    -- The amount once it is approved, US dollars, also after a reversal; else empty. What the ledger refers to.
    -- Computed.
    approved_amount usd GENERATED ALWAYS AS (
    CASE
        WHEN status IN ('approved', 'reversed') THEN amount
        ELSE NULL
    END) STORED,
    -- Could the practice have prevented the loss? Empty until someone has looked.
    preventable boolean,
    -- Role or user id that asked for it.
    requested_by actor NOT NULL,
    -- Day it was asked for.
    requested_on calendar_date NOT NULL,
    -- Role or user id that approved it; never the one that asked.
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
    -- What a later reader should know.
    notes text_given,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT write_offs_pkey PRIMARY KEY (id),
    CONSTRAINT write_offs_id_denial_id_approved_amount_unique UNIQUE (id, denial_id, approved_amount),
    CONSTRAINT write_offs_denial_of_claim FOREIGN KEY (denial_id, claim_id)
            REFERENCES denials(id, claim_id) ON DELETE RESTRICT,
    CONSTRAINT write_offs_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
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
    CONSTRAINT write_offs_approver_is_not_requester CHECK (lower(approved_by) <> lower(requested_by)),
    CONSTRAINT write_offs_approved_after_request CHECK (approved_on >= requested_on),
    CONSTRAINT write_offs_rejected_after_request CHECK (rejected_on >= requested_on),
    CONSTRAINT write_offs_reversed_after_approval CHECK (reversed_on >= approved_on)
);

-- A claim's write-offs, newest first; also serves the foreign key.
CREATE INDEX write_offs_by_claim ON write_offs (claim_id, id DESC);

-- A denial's write-offs; also serves the foreign key.
CREATE INDEX write_offs_by_denial ON write_offs (denial_id, claim_id);

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
    -- The corrected claim; empty until it is made. One corrected claim may answer several denials.
    new_claim_id claim_key,
    -- corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or
    -- other.
    reason rebill_reason NOT NULL,
    -- What differs from the original claim.
    changes text_given NOT NULL,
    -- pending, submitted, accepted, paid, partially_paid or denied_again.
    status rebill_status DEFAULT 'pending' NOT NULL,
    -- Paid on the new claim for this denial, US dollars; empty unless paid or partially paid.
    paid_amount usd,
    -- Taken off by the contract on the new claim for this denial, US dollars; empty unless paid or partially paid.
    adjusted_amount usd,
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
    CONSTRAINT rebills_pkey PRIMARY KEY (id),
    CONSTRAINT rebills_id_denial_id_unique UNIQUE (id, denial_id),
    CONSTRAINT rebills_new_claim_once_per_denial UNIQUE (new_claim_id, denial_id),
    CONSTRAINT rebills_denial_of_claim FOREIGN KEY (denial_id, original_claim_id)
            REFERENCES denials(id, claim_id) ON DELETE RESTRICT,
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
    CONSTRAINT rebills_amounts_fit_status CHECK (
    CASE
        WHEN status IN ('paid', 'partially_paid') THEN paid_amount > 0 AND adjusted_amount >= 0
        ELSE paid_amount IS NULL AND adjusted_amount IS NULL
    END IS TRUE),
    CONSTRAINT rebills_resolved_after_submission CHECK (resolved_on >= submitted_on)
);

-- A denial's rebills; also serves the foreign key.
CREATE INDEX rebills_by_denial ON rebills (denial_id, original_claim_id);

-- A claim's rebills, newest first; also serves the foreign key.
CREATE INDEX rebills_by_original_claim ON rebills (original_claim_id, id DESC);

-- Rebills with a reason, newest first.
CREATE INDEX rebills_by_reason ON rebills (reason, submitted_on DESC, id DESC);

-- Rebills by day of submission, those not yet submitted first, then newest first, paged by key.
CREATE INDEX rebills_by_submission ON rebills (submitted_on DESC, id DESC);

-- One open rebill per denial.
CREATE UNIQUE INDEX rebills_one_open_per_denial ON rebills (denial_id)
    WHERE status IN ('pending', 'submitted', 'accepted');

-- The ledger of the denials: what became of the refused money. Rows are added, never changed; a mistake is
-- reversed. docs/postings.md shows what a posting sets off.
CREATE TABLE denial_transactions (
    -- Primary key.
    id posting_key DEFAULT uuidv7() NOT NULL,
    -- The denial.
    denial_id denial_key NOT NULL,
    -- recovery, write_off, patient_transfer or contractual_adjustment.
    kind posting_kind NOT NULL,
    -- US dollars, above zero; counts against the open amount, or back to it when the row is a reversal.
    amount usd NOT NULL,
    -- Day it counts for.
    posted_on calendar_date NOT NULL,
    -- Role or user id that posted it; the approver of a write-off; database where it follows from an appeal or a
    -- rebill.
    posted_by actor NOT NULL,
    -- The appeal that recovered it, if one did.
    appeal_id appeal_key,
    -- The rebill that recovered or adjusted it, if one did.
    rebill_id rebill_key,
    -- The write-off; every row of kind write_off has one.
    write_off_id write_off_key,
    -- The row that this one takes back: no reversal itself, of the same denial, kind, amount and source, at most
    -- once.
    reverses_id posting_key,
    -- Does it take another row back? Computed.
    is_reversal boolean GENERATED ALWAYS AS (reverses_id IS NOT NULL) STORED NOT NULL,
    -- False where the row is a reversal, else empty; proves with the foreign key that no reversal is reversed.
    -- Computed.
    reversed_is_reversal boolean GENERATED ALWAYS AS (
    CASE
        WHEN reverses_id IS NOT NULL THEN false
        ELSE NULL::boolean
    END) STORED,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denial_transactions_pkey PRIMARY KEY (id),
    CONSTRAINT denial_transactions_reversal_target_unique UNIQUE (id, denial_id, kind, amount, is_reversal),
    CONSTRAINT denial_transactions_reversed_once UNIQUE (reverses_id),
    CONSTRAINT denial_transactions_denial_id_exists FOREIGN KEY (denial_id)
            REFERENCES denials(id) ON DELETE RESTRICT,
    CONSTRAINT denial_transactions_appeal_approved_it FOREIGN KEY (appeal_id, denial_id, amount)
            REFERENCES appeals(id, denial_id, approved_amount) ON DELETE RESTRICT,
    CONSTRAINT denial_transactions_rebill_of_denial FOREIGN KEY (rebill_id, denial_id)
            REFERENCES rebills(id, denial_id) ON DELETE RESTRICT,
    CONSTRAINT denial_transactions_write_off_approved_it FOREIGN KEY (write_off_id, denial_id, amount)
            REFERENCES write_offs(id, denial_id, approved_amount) ON DELETE RESTRICT,
    CONSTRAINT denial_transactions_reverses_same_posting FOREIGN KEY (reverses_id, denial_id, kind, amount, reversed_is_reversal)
            REFERENCES denial_transactions(id, denial_id, kind, amount, is_reversal) ON DELETE RESTRICT,
    CONSTRAINT denial_transactions_amount_positive CHECK (amount > 0),
    CONSTRAINT denial_transactions_reverses_another CHECK (reverses_id::uuid <> id::uuid),
    CONSTRAINT denial_transactions_source_fits_kind CHECK (num_nonnulls(appeal_id, rebill_id, write_off_id) <= 1 AND
            (write_off_id IS NOT NULL) = (kind = 'write_off') AND (appeal_id IS NULL OR kind = 'recovery') AND
            (rebill_id IS NULL OR (kind IN ('recovery', 'contractual_adjustment'))))
);

-- An appeal is posted once.
CREATE UNIQUE INDEX denial_transactions_appeal_posted_once ON denial_transactions (appeal_id)
    WHERE appeal_id IS NOT NULL AND reverses_id IS NULL;

-- An appeal's postings; also serves the foreign key.
CREATE INDEX denial_transactions_by_appeal ON denial_transactions (appeal_id, denial_id)
    WHERE appeal_id IS NOT NULL;

-- A denial's postings in order; also serves the foreign key.
CREATE INDEX denial_transactions_by_denial ON denial_transactions (denial_id, id);

-- A rebill's postings; also serves the foreign key.
CREATE INDEX denial_transactions_by_rebill ON denial_transactions (rebill_id, denial_id)
    WHERE rebill_id IS NOT NULL;

-- A write-off's postings; also serves the foreign key.
CREATE INDEX denial_transactions_by_write_off ON denial_transactions (write_off_id, denial_id)
    WHERE write_off_id IS NOT NULL;

-- A rebill is posted once as paid and once as adjusted.
CREATE UNIQUE INDEX denial_transactions_rebill_posted_once ON denial_transactions (rebill_id, kind)
    WHERE rebill_id IS NOT NULL AND reverses_id IS NULL;

-- A write-off is posted once.
CREATE UNIQUE INDEX denial_transactions_write_off_posted_once ON denial_transactions (write_off_id)
    WHERE write_off_id IS NOT NULL AND reverses_id IS NULL;

-- Which status may follow which.
CREATE TABLE status_transitions (
    -- claims, appeals, write_offs or rebills.
    table_name text NOT NULL,
    -- The status before; none for a new row.
    from_status text NOT NULL,
    -- A status that may follow it.
    to_status text NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT status_transitions_pkey PRIMARY KEY (table_name, from_status, to_status),
    CONSTRAINT status_transitions_table_name_known CHECK (table_name IN ('claims', 'appeals',
            'write_offs', 'rebills')),
    CONSTRAINT status_transitions_changes_status CHECK (from_status <> to_status)
);

-- A payment beside what the contract says it should have been.
CREATE TABLE payment_variances (
    -- Primary key.
    id payment_variance_key DEFAULT uuidv7() NOT NULL,
    -- The claim that was paid.
    claim_id claim_key NOT NULL,
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
    CONSTRAINT payment_variances_pkey PRIMARY KEY (id),
    CONSTRAINT payment_variances_claim_id_exists FOREIGN KEY (claim_id)
            REFERENCES claims(id) ON DELETE RESTRICT,
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

-- Variances by day of payment, newest first.
CREATE INDEX payment_variances_by_payment ON payment_variances (paid_on DESC, id DESC);

-- Unresolved variances, oldest first.
CREATE INDEX payment_variances_to_resolve ON payment_variances (paid_on, id)
    WHERE resolved_on IS NULL;

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
    -- appeal, rebill, write_off, transfer_to_patient or investigate.
    recommended_action denial_action NOT NULL,
    -- Appeals that succeed, in percent, where a benchmark is known; the organization's own rate comes from its
    -- appeals.
    benchmark_appeal_success_percentage numeric,
    -- What usually settles it.
    usual_resolution text_given NOT NULL,
    -- What keeps it from happening again.
    prevention text_given NOT NULL,
    -- When the row was written.
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    -- When the row last changed.
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT denial_code_library_pkey PRIMARY KEY (id),
    CONSTRAINT denial_code_library_denial_code_unique UNIQUE (denial_code),
    CONSTRAINT denial_code_library_appeal_needs_appealable CHECK (appealable OR
            recommended_action <> 'appeal'),
    CONSTRAINT denial_code_library_benchmark_range CHECK (benchmark_appeal_success_percentage >= 0 AND
            benchmark_appeal_success_percentage <= 100 AND scale(benchmark_appeal_success_percentage) <= 2)
);

-- What the organization does with a denial of a category and size.
CREATE TABLE org_policies (
    -- Primary key.
    id org_policy_key DEFAULT uuidv7() NOT NULL,
    -- Name that people use.
    name text_given NOT NULL,
    -- appeal_threshold, write_off_threshold, rebill_threshold or transfer_to_patient: the action that it leads to.
    policy_type policy_type NOT NULL,
    -- The payer that it is for; empty for any.
    payer_id payer_key,
    -- The denial category that it is for; empty for any.
    denial_category denial_category,
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
    CONSTRAINT org_policies_pkey PRIMARY KEY (id),
    CONSTRAINT org_policies_name_unique UNIQUE (name),
    CONSTRAINT org_policies_payer_id_exists FOREIGN KEY (payer_id)
            REFERENCES payers(id) ON DELETE RESTRICT,
    CONSTRAINT org_policies_amounts_ordered CHECK (min_amount < max_amount),
    CONSTRAINT org_policies_days_to_act_positive CHECK (days_to_act > 0),
    CONSTRAINT org_policies_days_to_act_limited CHECK (days_to_act <= 3660),
    CONSTRAINT org_policies_priority_rank_positive CHECK (priority_rank > 0),
    CONSTRAINT org_policies_validity_ordered CHECK (valid_from <= valid_to)
);

-- A payer's policies; also serves the foreign key.
CREATE INDEX org_policies_by_payer ON org_policies (payer_id)
    WHERE payer_id IS NOT NULL;

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
    -- First code of the companion range, compared like procedure_from: the rule applies when another line with such
    -- a code stands on the same claim and service day.
    companion_from procedure_code,
    -- Last code of the companion range, inclusive.
    companion_to procedure_code,
    -- The companion is another line with the same procedure code and service day, instead of a range.
    companion_is_same_procedure boolean DEFAULT false NOT NULL,
    -- Only companions that carry this modifier; empty for all.
    companion_modifier procedure_modifier,
    -- The modifier that is required or forbidden.
    modifier procedure_modifier,
    -- Start of a diagnosis code. diagnosis_required: at least one diagnosis that the line points to must start with
    -- one of the prefixes; a line without pointers breaks the rule. diagnosis_not_specific: they may not all start
    -- with one of the prefixes; a line without pointers keeps the rule. On an institutional claim, which has no
    -- pointers, every line has all diagnoses of the claim.
    diagnosis_prefix_1 diagnosis_prefix,
    -- A second prefix.
    diagnosis_prefix_2 diagnosis_prefix,
    -- A third prefix.
    diagnosis_prefix_3 diagnosis_prefix,
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
    CONSTRAINT coding_rules_procedure_modifiers_without_gap CHECK (procedure_modifier_2 IS NULL OR
            procedure_modifier_1 IS NOT NULL),
    CONSTRAINT coding_rules_diagnosis_prefixes_without_gap CHECK ((diagnosis_prefix_2 IS NULL OR
            diagnosis_prefix_1 IS NOT NULL) AND (diagnosis_prefix_3 IS NULL OR
            diagnosis_prefix_2 IS NOT NULL)),
    CONSTRAINT coding_rules_modifier_fits_type CHECK ((modifier IS NOT NULL) = (rule_type IN ('modifier_required', 'modifier_forbidden'))),
    CONSTRAINT coding_rules_diagnosis_fits_type CHECK ((diagnosis_prefix_1 IS NOT NULL) = (rule_type IN ('diagnosis_required',
            'diagnosis_not_specific'))),
    CONSTRAINT coding_rules_incompatible_has_companion CHECK (rule_type <> 'incompatible_codes' OR
            companion_from IS NOT NULL)
);

-- A payer's rules; also serves the foreign key.
CREATE INDEX coding_rules_by_payer ON coding_rules (payer_id)
    WHERE payer_id IS NOT NULL;

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

-- Trigger: refuses a change of columns that only the schema's own triggers may write; its arguments name the
-- rule and what to do instead.
CREATE FUNCTION keep_to_triggers()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $$
begin
    -- Inside another trigger, and that one runs with the rights of the table's owner: no client can arrange both.
    if tg_op = 'UPDATE' and pg_trigger_depth() > 1
        and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid)
    then
        return new;
    end if;
    raise check_violation using
        message = format('%s: %s', tg_argv[0], tg_argv[1]),
        table = tg_table_name,
        constraint = tg_argv[0];
end
$$;

-- Trigger: adds new ledger rows to the totals of their denials.
CREATE FUNCTION keep_denial_totals()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    denial_ids uuid[];
    recovered numeric[];
    written_off numeric[];
    transferred numeric[];
    adjusted numeric[];
begin
    -- The search_path is pinned; in a schema that was renamed it would lead elsewhere, and nothing would be counted.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'denial_transactions', 'the schema was renamed; pin its functions to the new name');
    end if;

    select
        array_agg(posted.denial_id),
        array_agg(posted.recovered),
        array_agg(posted.written_off),
        array_agg(posted.transferred),
        array_agg(posted.adjusted)
    into denial_ids, recovered, written_off, transferred, adjusted
    from (
        select
            signed.denial_id,
            coalesce(sum(signed.amount) filter (where signed.kind = 'recovery'), 0) as recovered,
            coalesce(sum(signed.amount) filter (where signed.kind = 'write_off'), 0) as written_off,
            coalesce(sum(signed.amount) filter (where signed.kind = 'patient_transfer'), 0) as transferred,
            coalesce(sum(signed.amount) filter (where signed.kind = 'contractual_adjustment'), 0) as adjusted
        from (
            select
                denial_id,
                kind,
                case when reverses_id is null then cast(amount as numeric) else -amount end as amount
            from new_transactions
        ) as signed
        group by signed.denial_id
    ) as posted;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    update denials
    set
        recovered_amount = denials.recovered_amount + posted.recovered,
        written_off_amount = denials.written_off_amount + posted.written_off,
        transferred_amount = denials.transferred_amount + posted.transferred,
        adjusted_amount = denials.adjusted_amount + posted.adjusted
    from unnest(denial_ids, recovered, written_off, transferred, adjusted)
        as posted (denial_id, recovered, written_off, transferred, adjusted)
    where denials.id = posted.denial_id;

    return null;
end
$$;
SELECT pin_search_path('keep_denial_totals()');
REVOKE EXECUTE ON FUNCTION keep_denial_totals() FROM PUBLIC;

-- Trigger: a posting of a rebill has the rebill's amount, a reversal has the source of what it reverses, and a
-- write-off is reversed only by its own reversal.
CREATE FUNCTION check_ledger_sources()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    reversed_ids uuid[];
    source_ids text[];
    reversed_write_off_ids uuid[];
    rebill_ids uuid[];
    rebill_kinds text[];
    rebill_amounts numeric[];
begin
    select array_agg(reverses_id), array_agg(concat_ws(' ', appeal_id, '/', rebill_id, '/', write_off_id)), array_agg(write_off_id)
    into reversed_ids, source_ids, reversed_write_off_ids
    from new_transactions
    where reverses_id is not null;

    select array_agg(rebill_id), array_agg(kind), array_agg(cast(amount as numeric))
    into rebill_ids, rebill_kinds, rebill_amounts
    from new_transactions
    where rebill_id is not null;

    if reversed_ids is not null and exists (
        select
        from unnest(reversed_ids, source_ids) as reversal (reversed_id, source_id)
        join denial_transactions as reversed on reversed.id = reversal.reversed_id
        where concat_ws(' ', reversed.appeal_id, '/', reversed.rebill_id, '/', reversed.write_off_id)
            <> reversal.source_id
    ) then
        perform refuse(
            'denial_transactions_reverses_same_source', 'denial_transactions',
            'a reversal names the appeal, rebill or write-off of the posting that it takes back'
        );
    end if;

    if reversed_write_off_ids is not null and exists (
        select from write_offs where id = any (reversed_write_off_ids) and status <> 'reversed'
    ) then
        perform refuse(
            'denial_transactions_write_off_is_reversed', 'denial_transactions',
            'reverse the write-off itself; the ledger follows'
        );
    end if;

    if rebill_ids is not null and exists (
        select
        from unnest(rebill_ids, rebill_kinds, rebill_amounts) as posted (rebill_id, kind, amount)
        join rebills on rebills.id = posted.rebill_id
        where posted.amount is distinct from
            case posted.kind when 'recovery' then rebills.paid_amount else rebills.adjusted_amount end
    ) then
        perform refuse(
            'denial_transactions_rebill_says_so', 'denial_transactions',
            'resolve the rebill itself; the ledger follows'
        );
    end if;

    return null;
end
$$;
SELECT pin_search_path('check_ledger_sources()');
REVOKE EXECUTE ON FUNCTION check_ledger_sources() FROM PUBLIC;

-- Trigger: adds what changed on denials to the totals of their claims.
CREATE FUNCTION keep_claim_totals()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    claim_ids uuid[];
    denied numeric[];
    recovered numeric[];
    written_off numeric[];
    transferred numeric[];
    adjusted numeric[];
    filed bigint[];
begin
    -- As in keep_denial_totals.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'denials', 'the schema was renamed; pin its functions to the new name');
    end if;

    if tg_op = 'INSERT' then
        select array_agg(claim_id), array_agg(amount) into claim_ids, denied
        from (select claim_id, sum(denial_amount) as amount from new_denials group by claim_id) as change;
    else
        select
            array_agg(claim_id), array_agg(change.denied), array_agg(change.recovered), array_agg(change.written_off),
            array_agg(change.transferred), array_agg(change.adjusted), array_agg(change.filed)
        into claim_ids, denied, recovered, written_off, transferred, adjusted, filed
        from (
            select
                claim_id,
                sum(sign * denial_amount) as denied,
                sum(sign * recovered_amount) as recovered,
                sum(sign * written_off_amount) as written_off,
                sum(sign * transferred_amount) as transferred,
                sum(sign * adjusted_amount) as adjusted,
                sum(sign) filter (where open_action = 'filed_appeal') as filed
            from (
                select
                    1 as sign, claim_id, denial_amount, recovered_amount, written_off_amount, transferred_amount,
                    adjusted_amount, open_action
                from new_denials
                union all
                select
                    -1, claim_id, denial_amount, recovered_amount, written_off_amount, transferred_amount,
                    adjusted_amount, open_action
                from old_denials
            ) as signed
            group by claim_id
        ) as change
        where (change.denied, change.recovered, change.written_off, change.transferred, change.adjusted,
            coalesce(change.filed, 0)) <> (0, 0, 0, 0, 0, 0);
    end if;

    if claim_ids is null then
        return null;
    end if;

    perform 1 from claims where id = any (claim_ids) order by id for no key update;

    update claims
    set
        denied_amount = claims.denied_amount + change.denied,
        recovered_amount = claims.recovered_amount + coalesce(change.recovered, 0),
        written_off_amount = claims.written_off_amount + coalesce(change.written_off, 0),
        transferred_amount = claims.transferred_amount + coalesce(change.transferred, 0),
        denial_adjusted_amount = claims.denial_adjusted_amount + coalesce(change.adjusted, 0),
        filed_appeals = claims.filed_appeals + coalesce(change.filed, 0)
    from unnest(claim_ids, denied, recovered, written_off, transferred, adjusted, filed)
        as change (claim_id, denied, recovered, written_off, transferred, adjusted, filed)
    where claims.id = change.claim_id;

    return null;
end
$$;
SELECT pin_search_path('keep_claim_totals()');
REVOKE EXECUTE ON FUNCTION keep_claim_totals() FROM PUBLIC;

-- Trigger: sets the status of a claim that has denials, and refuses another one; a claim without denials is not
-- denied, appealed or written off.
CREATE FUNCTION follow_denials()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
declare
    paid numeric := new.paid_amount + new.recovered_amount;
    settled numeric :=
        new.recovered_amount + new.written_off_amount + new.transferred_amount + new.denial_adjusted_amount;
    balance numeric := new.amount - new.paid_amount - new.adjusted_amount - settled;
    follows text := case
        -- Their CHECKs say what they allow.
        when new.status in ('pending', 'voided') then new.status
        when new.denied_amount = 0 then null
        when new.denied_amount > settled and new.filed_appeals > 0 then 'appealed'
        when new.denied_amount > settled and paid > 0 then 'partially_paid'
        when new.denied_amount > settled then 'denied'
        -- The denials are settled, the payer owes an answer about the rest.
        when balance > 0 and paid > 0 then 'partially_paid'
        when balance > 0 then 'submitted'
        when paid + new.transferred_amount = 0 and new.written_off_amount > 0 then 'written_off'
        else 'paid'
    end;
begin
    if follows is null then
        if new.status in ('denied', 'appealed', 'written_off') then
            perform refuse(
                'claims_status_follows_denials', 'claims', 'record the denial, its appeal or its write-off; the status follows'
            );
        end if;
    elsif new.status = old.status then
        new.status := follows;
    elsif new.status <> follows then
        perform refuse('claims_status_follows_denials', 'claims', 'the status follows from the denials; leave it out');
    end if;
    return new;
end
$$;
SELECT pin_search_path('follow_denials()');

-- Trigger: refuses a status that status_transitions doesn't lead to; its argument names the table.
CREATE FUNCTION check_status_path()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
begin
    -- As in keep_denial_totals.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', cast(tg_argv[0] as text), 'the schema was renamed; pin its functions to the new name');
    end if;

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

-- Trigger: checks appeals against their denials (open amount, no open rebill, levels in order), posts what is
-- approved and keeps denials.open_action.
CREATE FUNCTION let_appeals_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    denial_ids uuid[];
    levels integer[];
    -- Amounts that must fit the open amount now: of new appeals, of changes before the filing, of filings.
    asked numeric[];
    approved_ids uuid[];
    approved numeric[];
    decided_on date[];
begin
    if tg_op = 'INSERT' then
        select
            array_agg(denial_id),
            array_agg(array_position(
                array['first_level', 'second_level', 'third_level', 'external_review'], appeal_level
            )),
            array_agg(cast(appealed_amount as numeric))
        into denial_ids, levels, asked
        from new_appeals;
    else
        select
            array_agg(new_appeals.denial_id),
            array_agg(case
                when new_appeals.appealed_amount <> old_appeals.appealed_amount
                    or (old_appeals.filed_on is null and new_appeals.filed_on is not null)
                    then cast(new_appeals.appealed_amount as numeric)
            end),
            array_agg(case when new_appeals.approved_amount is not null and old_appeals.approved_amount is null then new_appeals.id end),
            array_agg(cast(new_appeals.approved_amount as numeric)),
            array_agg(cast(new_appeals.decided_on as date))
        into denial_ids, asked, approved_ids, approved, decided_on
        from new_appeals
        join old_appeals on old_appeals.id = new_appeals.id
        where (new_appeals.status, new_appeals.appealed_amount) <> (old_appeals.status, old_appeals.appealed_amount);
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount = 0) then
            perform refuse('appeals_need_an_open_amount', 'appeals', 'the denial has no open amount');
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
                where appeals.denial_id = made.denial_id and status in ('denied', 'partially_approved')
            )
        ) then
            perform refuse(
                'appeals_levels_in_order', 'appeals',
                'the next level comes after the last was denied or partially approved'
            );
        end if;
    end if;

    if exists (
        select
        from unnest(denial_ids, asked) as made (denial_id, amount)
        join denials on denials.id = made.denial_id
        where made.amount > denials.open_amount
    ) then
        perform refuse('appeals_within_open_amount', 'appeals', 'the appeal asks for more than the denial''s open amount');
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, appeal_id)
    select decision.denial_id, 'recovery', decision.amount, decision.decided_on, 'database', decision.appeal_id
    from unnest(denial_ids, approved_ids, approved, decided_on) as decision (denial_id, appeal_id, amount, decided_on)
    where decision.appeal_id is not null;

    -- From what is open now, whatever this statement changed.
    update denials set open_action = open_action_of(id) where id = any (denial_ids);

    return null;
end
$$;
SELECT pin_search_path('let_appeals_take_effect()');
REVOKE EXECUTE ON FUNCTION let_appeals_take_effect() FROM PUBLIC;

-- Trigger: checks write-offs against the open amount of their denials, and posts what is approved or reversed.
CREATE FUNCTION let_write_offs_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    ids uuid[];
    denial_ids uuid[];
    amounts numeric[];
    statuses text[];
    actors text[];
    days date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(denial_id), array_agg(cast(amount as numeric)) into denial_ids, amounts from new_write_offs;
    else
        select
            array_agg(new_write_offs.id),
            array_agg(new_write_offs.denial_id),
            array_agg(cast(new_write_offs.amount as numeric)),
            array_agg(new_write_offs.status),
            array_agg(cast(coalesce(new_write_offs.reversed_by, new_write_offs.approved_by) as text)),
            array_agg(cast(coalesce(new_write_offs.reversed_on, new_write_offs.approved_on) as date))
        into ids, denial_ids, amounts, statuses, actors, days
        from new_write_offs
        join old_write_offs on old_write_offs.id = new_write_offs.id
        where new_write_offs.status <> old_write_offs.status and new_write_offs.status in ('approved', 'reversed');
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
            from unnest(denial_ids, amounts) as made (denial_id, amount)
            join denials on denials.id = made.denial_id
            where made.amount > denials.open_amount
        ) then
            perform refuse('write_offs_within_open_amount', 'write_offs', 'the write-off exceeds the denial''s open amount');
        end if;
        return null;
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, write_off_id, reverses_id)
    select decision.denial_id, 'write_off', decision.amount, decision.day, decision.actor, decision.id, posted.id
    from unnest(ids, denial_ids, amounts, statuses, actors, days)
        as decision (id, denial_id, amount, status, actor, day)
    left join denial_transactions as posted
        on decision.status = 'reversed' and posted.write_off_id = decision.id and posted.reverses_id is null;

    return null;
end
$$;
SELECT pin_search_path('let_write_offs_take_effect()');
REVOKE EXECUTE ON FUNCTION let_write_offs_take_effect() FROM PUBLIC;

-- Trigger: checks rebills against their denials (open amount, no open appeal) and new claims (paid that much),
-- posts what is paid and keeps denials.open_action.
CREATE FUNCTION let_rebills_take_effect()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    ids uuid[];
    denial_ids uuid[];
    submitted_denial_ids uuid[];
    new_claim_ids uuid[];
    paid numeric[];
    adjusted numeric[];
    resolved_on date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(denial_id), array_agg(denial_id) into denial_ids, submitted_denial_ids from new_rebills;
    else
        select
            array_agg(new_rebills.id),
            array_agg(new_rebills.denial_id),
            array_agg(new_rebills.denial_id) filter (where new_rebills.resolved_on is null),
            array_agg(new_rebills.new_claim_id) filter (where new_rebills.paid_amount is not null),
            array_agg(cast(new_rebills.paid_amount as numeric)),
            array_agg(cast(new_rebills.adjusted_amount as numeric)),
            array_agg(cast(new_rebills.resolved_on as date))
        into ids, denial_ids, submitted_denial_ids, new_claim_ids, paid, adjusted, resolved_on
        from new_rebills
        join old_rebills on old_rebills.id = new_rebills.id
        where (old_rebills.resolved_on is null and new_rebills.resolved_on is not null)
            or (old_rebills.submitted_on is null and new_rebills.submitted_on is not null);
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if exists (select from denials where id = any (submitted_denial_ids) and open_amount = 0) then
        perform refuse('rebills_need_an_open_amount', 'rebills', 'the denial has no open amount');
    end if;
    if tg_op = 'INSERT' then
        if exists (
            select
            from appeals
            where denial_id = any (denial_ids) and status in ('pending', 'in_progress', 'submitted', 'under_review')
        ) then
            perform refuse('rebills_wait_for_appeal', 'rebills', 'an appeal of the denial is open; decide or withdraw it first');
        end if;
    end if;

    if new_claim_ids is not null then
        -- Written, not only locked: of two sessions that resolve rebills of one new claim, one then sees the other.
        perform 1
        from claims
        where id = any (new_claim_ids) or id in (select claim_id from denials where denials.id = any (denial_ids))
        order by id
        for no key update;
        update claims set filed_appeals = filed_appeals where id = any (new_claim_ids);
        if exists (
            select
            from claims
            where id = any (new_claim_ids)
                and paid_amount + recovered_amount
                    < (select sum(rebills.paid_amount) from rebills where rebills.new_claim_id = claims.id)
        ) then
            perform refuse('rebills_new_claim_was_paid', 'rebills', 'the rebill recovers more than its new claim was paid; post that payment first');
        end if;
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, rebill_id)
    select resolution.denial_id, posting.kind, posting.amount, resolution.resolved_on, 'database', resolution.id
    from unnest(ids, denial_ids, paid, adjusted, resolved_on)
        as resolution (id, denial_id, paid, adjusted, resolved_on)
    cross join lateral (
        values ('recovery', resolution.paid), ('contractual_adjustment', resolution.adjusted)
    ) as posting (kind, amount)
    where posting.amount > 0;

    update denials set open_action = open_action_of(id) where id = any (denial_ids);

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

-- Trigger: a claim's amount is the sum of the charges of its lines; its argument names the table.
CREATE FUNCTION check_claim_amount()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $$
declare
    claim_ids uuid[];
begin
    if tg_argv[0] = 'claims' then
        claim_ids := array[new.id];
    elsif tg_op = 'INSERT' then
        claim_ids := array[new.claim_id];
    elsif tg_op = 'DELETE' then
        claim_ids := array[old.claim_id];
    else
        claim_ids := array[old.claim_id, new.claim_id];
    end if;
    if exists (
        select
        from claims
        where id = any (claim_ids)
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

-- Triggers, those of a table in the order in which they fire

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON database_environment
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON payers
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

-- No row is taken out.
CREATE TRIGGER claims_are_kept
    BEFORE DELETE OR TRUNCATE ON claims
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('claims_are_kept',
        'void the claim instead');

-- A claim stays with its patient, its payer and the claim that it replaces.
CREATE TRIGGER claims_identity_is_fixed
    BEFORE UPDATE ON claims
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR new.claim_id IS DISTINCT FROM old.claim_id OR
        new.patient_reference IS DISTINCT FROM old.patient_reference OR
        new.payer_id::uuid IS DISTINCT FROM old.payer_id::uuid OR
        new.frequency_code IS DISTINCT FROM old.frequency_code OR
        new.replaces_claim_id::uuid IS DISTINCT FROM old.replaces_claim_id::uuid)
    EXECUTE FUNCTION refuse_change('claims_identity_is_fixed',
        'void the claim and record another');

-- The status of a claim with denials follows from them. Fires before claims_status_path and set_updated_at.
CREATE TRIGGER claims_status_follows_denials
    BEFORE UPDATE ON claims
    FOR EACH ROW
    WHEN (new.denied_amount > 0 OR new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION follow_denials();

-- The status changes only along its paths.
CREATE TRIGGER claims_status_path
    BEFORE UPDATE ON claims
    FOR EACH ROW
    WHEN (new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION check_status_path('claims');

-- Nobody else writes the totals of a claim.
CREATE TRIGGER claims_totals_follow_denials
    BEFORE UPDATE ON claims
    FOR EACH ROW
    WHEN (new.denied_amount IS DISTINCT FROM old.denied_amount OR
        new.recovered_amount IS DISTINCT FROM old.recovered_amount OR
        new.written_off_amount IS DISTINCT FROM old.written_off_amount OR
        new.transferred_amount IS DISTINCT FROM old.transferred_amount OR
        new.denial_adjusted_amount IS DISTINCT FROM old.denial_adjusted_amount OR
        new.filed_appeals IS DISTINCT FROM old.filed_appeals)
    EXECUTE FUNCTION keep_to_triggers('claims_totals_follow_denials',
        'the totals follow the denials');

-- A new claim has no denials.
CREATE TRIGGER claims_totals_start_at_zero
    BEFORE INSERT ON claims
    FOR EACH ROW
    WHEN (new.denied_amount <> 0 OR new.recovered_amount <> 0 OR new.written_off_amount <> 0 OR
        new.transferred_amount <> 0 OR new.denial_adjusted_amount <> 0 OR new.filed_appeals <> 0)
    EXECUTE FUNCTION keep_to_triggers('claims_totals_start_at_zero',
        'the totals follow the denials; leave them out');

-- A voided claim takes no payment.
CREATE TRIGGER claims_voided_is_fixed
    BEFORE UPDATE ON claims
    FOR EACH ROW
    WHEN (old.status = 'voided' AND (new.paid_amount IS DISTINCT FROM old.paid_amount OR
        new.adjusted_amount IS DISTINCT FROM old.adjusted_amount))
    EXECUTE FUNCTION refuse_change('claims_voided_is_fixed',
        'the claim is voided; it takes no payment');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON claims
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

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
    EXECUTE FUNCTION check_claim_amount('claims');

-- A new row starts where a path starts.
CREATE TRIGGER claims_initial_status
    AFTER INSERT ON claims
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('claims');

-- Billed is the sum of the lines, at commit.
CREATE CONSTRAINT TRIGGER claims_amount_is_sum_of_lines
    AFTER INSERT OR DELETE OR UPDATE OF claim_id, charge_amount ON claim_lines
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    EXECUTE FUNCTION check_claim_amount('claim_lines');

-- No row is taken out.
CREATE TRIGGER denials_are_kept
    BEFORE DELETE OR TRUNCATE ON denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denials_are_kept',
        'settle the denial instead');

-- The refused amount is corrected only before anything is done about it.
CREATE TRIGGER denials_amount_is_fixed
    BEFORE UPDATE ON denials
    FOR EACH ROW
    WHEN (new.denial_amount IS DISTINCT FROM old.denial_amount AND (old.open_amount <> old.denial_amount OR
        old.open_action IS NOT NULL))
    EXECUTE FUNCTION refuse_change('denials_amount_is_fixed',
        'the denial is being worked; post to its ledger');

-- A denial stays with its claim.
CREATE TRIGGER denials_identity_is_fixed
    BEFORE UPDATE ON denials
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid)
    EXECUTE FUNCTION refuse_change('denials_identity_is_fixed',
        'a denial stays with its claim');

-- Nobody else writes the totals of a denial.
CREATE TRIGGER denials_totals_follow_ledger
    BEFORE UPDATE ON denials
    FOR EACH ROW
    WHEN (new.recovered_amount IS DISTINCT FROM old.recovered_amount OR
        new.written_off_amount IS DISTINCT FROM old.written_off_amount OR
        new.transferred_amount IS DISTINCT FROM old.transferred_amount OR
        new.adjusted_amount IS DISTINCT FROM old.adjusted_amount OR
        new.open_action IS DISTINCT FROM old.open_action)
    EXECUTE FUNCTION keep_to_triggers('denials_totals_follow_ledger',
        'the totals follow the ledger, and open_action follows the appeals and rebills');

-- A new denial has no ledger.
CREATE TRIGGER denials_totals_start_at_zero
    BEFORE INSERT ON denials
    FOR EACH ROW
    WHEN (new.recovered_amount <> 0 OR new.written_off_amount <> 0 OR new.transferred_amount <> 0 OR
        new.adjusted_amount <> 0 OR new.open_action IS NOT NULL)
    EXECUTE FUNCTION keep_to_triggers('denials_totals_start_at_zero',
        'the totals follow the ledger; leave them out');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON denials
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

-- Keeps the totals of the claims.
CREATE TRIGGER keep_claim_totals_of_changed_denials
    AFTER UPDATE ON denials
    REFERENCING OLD TABLE AS old_denials NEW TABLE AS new_denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION keep_claim_totals();

-- Keeps the totals of the claims.
CREATE TRIGGER keep_claim_totals_of_new_denials
    AFTER INSERT ON denials
    REFERENCING NEW TABLE AS new_denials
    FOR EACH STATEMENT
    EXECUTE FUNCTION keep_claim_totals();

-- No row is taken out.
CREATE TRIGGER appeals_are_kept
    BEFORE DELETE OR TRUNCATE ON appeals
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('appeals_are_kept',
        'withdraw the appeal instead');

-- A decided appeal stays decided, and what it was decided on stays.
CREATE TRIGGER appeals_decision_is_fixed
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (old.decided_on IS NOT NULL AND new.status = old.status AND
        (new.decided_on IS DISTINCT FROM old.decided_on OR new.approved_amount IS DISTINCT FROM old.approved_amount OR
        new.reason IS DISTINCT FROM old.reason OR new.supporting_documents IS DISTINCT FROM old.supporting_documents))
    EXECUTE FUNCTION refuse_change('appeals_decision_is_fixed',
        'the appeal is decided; appeal at the next level');

-- What was filed, when and by which deadline, stays.
CREATE TRIGGER appeals_filing_is_fixed
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN ((old.filed_on IS NOT NULL OR old.status = 'withdrawn') AND (new.status = old.status OR
        (new.status <> ALL (ARRAY['pending', 'in_progress', 'submitted']))) AND
        (new.filed_on IS DISTINCT FROM old.filed_on OR new.due_on IS DISTINCT FROM old.due_on OR
        new.appealed_amount IS DISTINCT FROM old.appealed_amount))
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

-- The status changes only along its paths.
CREATE TRIGGER appeals_status_path
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    WHEN (new.status IS DISTINCT FROM old.status)
    EXECUTE FUNCTION check_status_path('appeals');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON appeals
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

-- A new row starts where a path starts.
CREATE TRIGGER appeals_initial_status
    AFTER INSERT ON appeals
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('appeals');

-- Posts what follows from a change of status.
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

-- No row is taken out.
CREATE TRIGGER write_offs_are_kept
    BEFORE DELETE OR TRUNCATE ON write_offs
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('write_offs_are_kept',
        'reject or reverse the write-off instead');

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
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

-- What was asked for, and by whom, stays.
CREATE TRIGGER write_offs_request_is_fixed
    BEFORE UPDATE ON write_offs
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.denial_id::uuid IS DISTINCT FROM old.denial_id::uuid OR
        new.claim_id::uuid IS DISTINCT FROM old.claim_id::uuid OR new.amount IS DISTINCT FROM old.amount OR
        new.requested_by IS DISTINCT FROM old.requested_by OR
        new.requested_on IS DISTINCT FROM old.requested_on)
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

-- A new row starts where a path starts.
CREATE TRIGGER write_offs_initial_status
    AFTER INSERT ON write_offs
    FOR EACH ROW
    EXECUTE FUNCTION check_status_path('write_offs');

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

-- No row is taken out.
CREATE TRIGGER rebills_are_kept
    BEFORE DELETE OR TRUNCATE ON rebills
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('rebills_are_kept',
        'resolve the rebill instead');

-- A rebill stays with its denial.
CREATE TRIGGER rebills_identity_is_fixed
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (new.id::uuid IS DISTINCT FROM old.id::uuid OR
        new.denial_id::uuid IS DISTINCT FROM old.denial_id::uuid OR
        new.original_claim_id::uuid IS DISTINCT FROM old.original_claim_id::uuid)
    EXECUTE FUNCTION refuse_change('rebills_identity_is_fixed',
        'a rebill stays with its denial');

-- What came of it, and when, stays.
CREATE TRIGGER rebills_resolution_is_fixed
    BEFORE UPDATE ON rebills
    FOR EACH ROW
    WHEN (old.resolved_on IS NOT NULL AND new.status = old.status AND
        (new.resolved_on IS DISTINCT FROM old.resolved_on OR new.paid_amount IS DISTINCT FROM old.paid_amount OR
        new.adjusted_amount IS DISTINCT FROM old.adjusted_amount))
    EXECUTE FUNCTION refuse_change('rebills_resolution_is_fixed',
        'the rebill is resolved; reverse its postings');

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
    EXECUTE FUNCTION diesel_set_updated_at();

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

-- A posting is never changed or taken out.
CREATE TRIGGER denial_transactions_are_append_only
    BEFORE DELETE OR UPDATE OR TRUNCATE ON denial_transactions
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('denial_transactions_are_append_only',
        'the ledger is append-only; post a reversal');

-- A posting says what its source says.
CREATE TRIGGER check_ledger_sources
    AFTER INSERT ON denial_transactions
    REFERENCING NEW TABLE AS new_transactions
    FOR EACH STATEMENT
    EXECUTE FUNCTION check_ledger_sources();

-- Keeps the totals of the denials.
CREATE TRIGGER keep_denial_totals
    AFTER INSERT ON denial_transactions
    REFERENCING NEW TABLE AS new_transactions
    FOR EACH STATEMENT
    EXECUTE FUNCTION keep_denial_totals();

-- The paths are part of the schema.
CREATE TRIGGER status_transitions_are_fixed
    BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON status_transitions
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('status_transitions_are_fixed',
        'the paths change by a migration, which disables this trigger');

-- No row is taken out.
CREATE TRIGGER payment_variances_are_kept
    BEFORE DELETE OR TRUNCATE ON payment_variances
    FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('payment_variances_are_kept',
        'resolve the variance instead');

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
    EXECUTE FUNCTION diesel_set_updated_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON denial_code_library
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON org_policies
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

CREATE TRIGGER set_updated_at
    BEFORE UPDATE ON coding_rules
    FOR EACH ROW
    EXECUTE FUNCTION diesel_set_updated_at();

-- Views, and the functions that read tables and views

-- What is under way for a denial, from its appeals and rebills: appeal, filed_appeal or rebill; null when
-- nothing is.
CREATE FUNCTION open_action_of(denial denial_key)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT string_agg(under_way.action, ' and ' ORDER BY under_way.action) AS string_agg
    FROM ( SELECT
                 CASE
                     WHEN (appeals.filed_on IS NULL) THEN 'appeal'
                     ELSE 'filed_appeal'
                 END AS action
            FROM appeals
           WHERE (((appeals.denial_id)::uuid = (open_action_of.denial)::uuid) AND
        ((appeals.status)::text IN ('pending', 'in_progress',
        'submitted', 'under_review')))
         UNION ALL
          SELECT 'rebill' AS action
            FROM rebills
           WHERE (((rebills.denial_id)::uuid = (open_action_of.denial)::uuid) AND
        ((rebills.status)::text IN ('pending', 'submitted', 'accepted')))) under_way;
END;

-- Every denial whose totals differ from its ledger, or whose open_action differs from its appeals and rebills:
-- empty, always.
CREATE FUNCTION reconcile()
 RETURNS TABLE(denial_id denial_key, kept_column text, kept text, expected text)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT denials.id AS denial_id,
     compared.kept_column,
     compared.kept,
     compared.expected
    FROM (((denials
      LEFT JOIN ( SELECT posting.denial_id,
             sum(posting.signed) FILTER (WHERE ((posting.kind)::text = 'recovery')) AS recovered,
             sum(posting.signed) FILTER (WHERE ((posting.kind)::text = 'write_off')) AS written_off,
             sum(posting.signed) FILTER (WHERE ((posting.kind)::text = 'patient_transfer')) AS transferred,
             sum(posting.signed) FILTER (WHERE ((posting.kind)::text = 'contractual_adjustment')) AS adjusted
            FROM ( SELECT denial_transactions.denial_id,
                     denial_transactions.kind,
                         CASE
                             WHEN denial_transactions.is_reversal THEN (- (denial_transactions.amount)::numeric)
                             ELSE (denial_transactions.amount)::numeric
                         END AS signed
                    FROM denial_transactions) posting
           GROUP BY posting.denial_id) ledger ON (((ledger.denial_id)::uuid = (denials.id)::uuid)))
      CROSS JOIN LATERAL ( VALUES ('recovered_amount',(denials.recovered_amount)::numeric,ledger.recovered), ('written_off_amount',denials.written_off_amount,ledger.written_off), ('transferred_amount',denials.transferred_amount,ledger.transferred), ('adjusted_amount',denials.adjusted_amount,ledger.adjusted)) total(kept_column, kept, expected))
      CROSS JOIN LATERAL ( SELECT total.kept_column,
             (trim_scale(total.kept))::text AS kept,
             (trim_scale(COALESCE(total.expected, (0)::numeric)))::text AS expected) compared)
   WHERE (compared.kept <> compared.expected)
 UNION ALL
  SELECT denials.id AS denial_id,
     'open_action' AS kept_column,
     denials.open_action AS kept,
     COALESCE(open_action_of(denials.id), '') AS expected
    FROM denials
   WHERE ((denials.open_action)::text IS DISTINCT FROM open_action_of(denials.id))
  ORDER BY 1, 2;
END;

-- Every claim whose totals differ from its denials, or whose amount differs from its lines: empty, always.
CREATE FUNCTION reconcile_claims()
 RETURNS TABLE(claim_id claim_key, kept_column text, kept text, expected text)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT claims.id,
     compared.kept_column,
     compared.kept,
     compared.expected
    FROM ((((claims
      LEFT JOIN ( SELECT denials.claim_id,
             sum((denials.denial_amount)::numeric) AS denied,
             sum((denials.recovered_amount)::numeric) AS recovered,
             sum((denials.written_off_amount)::numeric) AS written_off,
             sum((denials.transferred_amount)::numeric) AS transferred,
             sum((denials.adjusted_amount)::numeric) AS adjusted,
             count(*) FILTER (WHERE ((denials.open_action)::text = 'filed_appeal')) AS filed
            FROM denials
           GROUP BY denials.claim_id) denied ON (((denied.claim_id)::uuid = (claims.id)::uuid)))
      LEFT JOIN ( SELECT claim_lines.claim_id,
             sum((claim_lines.charge_amount)::numeric) AS charges
            FROM claim_lines
           GROUP BY claim_lines.claim_id) lines ON (((lines.claim_id)::uuid = (claims.id)::uuid)))
      CROSS JOIN LATERAL ( VALUES ('amount',(claims.amount)::numeric,lines.charges), ('denied_amount',claims.denied_amount,denied.denied), ('recovered_amount',claims.recovered_amount,denied.recovered), ('written_off_amount',claims.written_off_amount,denied.written_off), ('transferred_amount',claims.transferred_amount,denied.transferred), ('denial_adjusted_amount',claims.denial_adjusted_amount,denied.adjusted), ('filed_appeals',claims.filed_appeals,denied.filed)) total(kept_column, kept, expected))
      CROSS JOIN LATERAL ( SELECT total.kept_column,
             (trim_scale(total.kept))::text AS kept,
             (trim_scale(COALESCE(total.expected, (0)::numeric)))::text AS expected) compared)
   WHERE (compared.kept <> compared.expected)
   ORDER BY claims.id, compared.kept_column;
END;

-- What each denial is about: from its code in the library, else from the same reason under another group.
-- denial_id: The denial.
-- category: Category of its code in denial_code_library, else of the same reason under another group, else
-- unknown.
-- appealable: Does an appeal make sense at all? Only the code itself says so, never the same reason under
-- another group.
CREATE VIEW classified_denials AS
 SELECT denials.id AS denial_id,
    COALESCE(entry.category::text, same_reason.category::text, 'unknown')::denial_category AS category,
    COALESCE(entry.appealable, false) AS appealable
   FROM denials
     LEFT JOIN denial_code_library entry ON entry.denial_code::text = denials.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((substr(denial_code_library.denial_code::text, 4))) substr(denial_code_library.denial_code::text, 4) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (substr(denial_code_library.denial_code::text, 4)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = substr(denials.denial_code::text, 4);

-- What to do about each denial, and which policy says so.
-- denial_id: The denial.
-- claim_id: Its claim.
-- payer_id: The payer of the claim.
-- denial_code: Group and reason, such as CO-197.
-- denied_on: Day of the payer's decision.
-- open_amount: Still to be worked, US dollars.
-- open_action: What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is.
-- category: What the library says of the code, else of the same reason under another group, else unknown.
-- appealable: Does an appeal make sense? Only if the library says so of this very code.
-- action: appeal, rebill, write_off, transfer_to_patient or investigate; empty when nothing is open.
-- automatic: May a program act without asking?
-- priority: high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is
-- open.
-- days: Days from the denial by which to act; empty when nothing is open.
-- act_by: Day by which to act; empty when nothing is open.
-- policy_id: The policy that decides; empty when none fits.
-- policy_name: Its name.
-- reason: Why, in a sentence.
CREATE VIEW denial_triage AS
 SELECT denials.id AS denial_id,
    denials.claim_id,
    claims.payer_id,
    denials.denial_code,
    denials.denied_on,
    denials.open_amount,
    denials.open_action,
    class.category,
    class.appealable,
    decision.action,
    decision.automatic,
        CASE
            WHEN decision.action::text = 'rebill' OR decision.action::text = 'appeal' AND
        decision.automatic THEN 'high'
            WHEN decision.action::text = 'write_off' THEN 'low'
            WHEN decision.action IS NOT NULL THEN 'medium'
            ELSE NULL::text
        END::priority AS priority,
    decision.days,
    denials.denied_on::date + decision.days AS act_by,
    policy.id AS policy_id,
    policy.name AS policy_name,
        CASE
            WHEN decision.action IS NULL THEN 'Nothing is open.'
            WHEN policy.id IS NOT NULL THEN format('Policy "%s" (rank %s) is the first that fits.',
        policy.name, policy.priority_rank)
            WHEN library.id IS NULL THEN 'No policy fits; the library lacks the code.'
            WHEN NOT class.appealable THEN 'No policy fits; the code is not appealable.'
            ELSE 'No policy fits.'
        END AS reason
   FROM denials
     JOIN claims ON claims.id::uuid = denials.claim_id::uuid
     LEFT JOIN denial_code_library library ON library.denial_code::text = denials.denial_code::text
     LEFT JOIN ( SELECT DISTINCT ON ((split_part(denial_code_library.denial_code::text, '-',
        2))) split_part(denial_code_library.denial_code::text, '-', 2) AS reason,
            denial_code_library.category
           FROM denial_code_library
          ORDER BY (split_part(denial_code_library.denial_code::text, '-',
        2)), (denial_code_library.denial_code COLLATE "C")) same_reason ON same_reason.reason = split_part(denials.denial_code::text, '-', 2)
     CROSS JOIN LATERAL ( SELECT COALESCE(library.category::text, same_reason.category::text, 'unknown')::denial_category AS category,
            COALESCE(library.appealable, false) AS appealable) class
     LEFT JOIN LATERAL ( SELECT org_policies.id,
            org_policies.name,
            org_policies.policy_type,
            org_policies.days_to_act,
            org_policies.automatic,
            org_policies.priority_rank
           FROM org_policies
          WHERE denials.open_amount > 0::numeric AND org_policies.active AND
        (org_policies.payer_id IS NULL OR org_policies.payer_id::uuid = claims.payer_id::uuid) AND
        (org_policies.denial_category IS NULL OR org_policies.denial_category::text = class.category::text) AND
        org_policies.min_amount::numeric <= denials.open_amount AND (org_policies.max_amount IS NULL OR
        org_policies.max_amount::numeric > denials.open_amount) AND (org_policies.valid_from IS NULL OR
        org_policies.valid_from::date <= denials.denied_on::date) AND (org_policies.valid_to IS NULL OR
        org_policies.valid_to::date >= denials.denied_on::date) AND
        (org_policies.policy_type::text <> 'appeal_threshold' OR class.appealable) AND
        (org_policies.policy_type::text <> 'transfer_to_patient' OR
        denials.denial_code::text !~~ 'CO-%')
          ORDER BY org_policies.priority_rank, (org_policies.payer_id IS NULL), (org_policies.denial_category IS NULL), (org_policies.name COLLATE "C")
         LIMIT 1) policy ON true
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN denials.open_amount = 0::numeric THEN NULL::text
                    WHEN policy.policy_type::text = 'appeal_threshold' THEN 'appeal'
                    WHEN policy.policy_type::text = 'write_off_threshold' THEN 'write_off'
                    WHEN policy.policy_type::text = 'rebill_threshold' THEN 'rebill'
                    WHEN policy.policy_type::text = 'transfer_to_patient' THEN 'transfer_to_patient'
                    ELSE 'investigate'
                END::denial_action AS action,
            COALESCE(policy.automatic, false) AS automatic,
                CASE
                    WHEN denials.open_amount > 0::numeric THEN COALESCE(policy.days_to_act, 30)
                    ELSE NULL::integer
                END AS days) decision;

-- The denials with anything open and nothing under way (no open appeal or rebill, no write-off that waits for
-- approval), with what to do. Work them by priority_order, act_by, open_amount from the largest, denial_id.
-- denial_id: The denial.
-- claim_id: Its claim.
-- payer_id: The payer of the claim.
-- denial_code: Group and reason, such as CO-197.
-- denied_on: Day of the payer's decision.
-- open_amount: Still to be worked, US dollars.
-- category: What the library says of the code, else of the same reason under another group, else unknown.
-- appealable: Does an appeal make sense? Only if the library says so of this very code.
-- action: appeal, rebill, write_off, transfer_to_patient or investigate.
-- automatic: May a program act without asking?
-- priority: high for a rebill or an automatic appeal, low for a write-off, else medium.
-- priority_order: The priority for sorting: 1 high, 2 medium, 3 low.
-- days: Days from the denial by which to act.
-- act_by: Day by which to act.
-- policy_id: The policy that decides; empty when none fits.
-- policy_name: Its name.
-- reason: Why, in a sentence.
CREATE VIEW denial_work_list AS
 SELECT denial_triage.denial_id,
    denial_triage.claim_id,
    denial_triage.payer_id,
    denial_triage.denial_code,
    denial_triage.denied_on,
    denial_triage.open_amount,
    denial_triage.category,
    denial_triage.appealable,
    denial_triage.action,
    denial_triage.automatic,
    denial_triage.priority,
        CASE denial_triage.priority
            WHEN 'high' THEN 1
            WHEN 'medium' THEN 2
            ELSE 3
        END AS priority_order,
    denial_triage.days,
    denial_triage.act_by,
    denial_triage.policy_id,
    denial_triage.policy_name,
    denial_triage.reason
   FROM denial_triage
  WHERE denial_triage.open_amount > 0::numeric AND denial_triage.open_action IS NULL AND NOT (EXISTS ( SELECT
           FROM write_offs
          WHERE write_offs.denial_id::uuid = denial_triage.denial_id::uuid AND
        write_offs.status::text = 'pending_approval'));

-- The codes of denials that denial_code_library lacks.
-- denial_code: Group and reason, such as CO-999.
-- guessed_category: The category of the same reason under another group, else unknown.
-- denial_count: Denials with the code.
-- denied_amount: Refused by them, US dollars.
-- first_denied_on: Day of the first.
-- last_denied_on: Day of the last.
CREATE VIEW denial_codes_to_add AS
 SELECT lacking.denial_code,
    COALESCE((( SELECT denial_code_library.category
           FROM denial_code_library
          WHERE split_part(denial_code_library.denial_code::text, '-',
        2) = split_part(lacking.denial_code::text, '-', 2)
          ORDER BY (denial_code_library.denial_code COLLATE "C")
         LIMIT 1))::text, 'unknown')::denial_category AS guessed_category,
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

-- One row per denial, without the patient.
-- id: Id of the denial.
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
-- adjusted_amount: Contractual adjustment, US dollars.
-- open_amount: Still to be worked, US dollars.
-- resolution_status: pending, resolved or abandoned.
CREATE VIEW denial_facts AS
 SELECT denials.id,
    claims.claim_id AS claim,
    payers.payer_id AS payer,
    denials.denial_code,
    classified_denials.category,
    claim_lines.procedure_code,
    denials.denied_on,
    denials.preventable,
    denials.denial_amount,
    denials.recovered_amount,
    denials.written_off_amount,
    denials.transferred_amount,
    denials.adjusted_amount,
    denials.open_amount,
    denials.resolution_status
   FROM denials
     JOIN claims ON claims.id::uuid = denials.claim_id::uuid
     JOIN payers ON payers.id::uuid = claims.payer_id::uuid
     JOIN classified_denials ON classified_denials.denial_id::uuid = denials.id::uuid
     LEFT JOIN claim_lines ON claim_lines.claim_id::uuid = denials.claim_id::uuid AND
        claim_lines.line_number = denials.line_number;

-- One row per posting to the ledger, with its sign: sums are right for any period.
-- id: Id of the posting.
-- denial_id: The denial.
-- kind: recovery, write_off, patient_transfer or contractual_adjustment.
-- posted_on: Day it counts for.
-- amount: US dollars; below zero when it takes an earlier posting back.
-- appeal_id: The appeal that recovered it, if one did.
-- rebill_id: The rebill that recovered or adjusted it, if one did.
-- write_off_id: The write-off, if it is one.
CREATE VIEW posting_facts AS
 SELECT denial_transactions.id,
    denial_transactions.denial_id,
    denial_transactions.kind,
    denial_transactions.posted_on,
        CASE
            WHEN denial_transactions.reverses_id IS NULL THEN denial_transactions.amount::numeric
            ELSE - denial_transactions.amount::numeric
        END AS amount,
    denial_transactions.appeal_id,
    denial_transactions.rebill_id,
    denial_transactions.write_off_id
   FROM denial_transactions;

-- One row per appeal, without the patient.
-- id: Id of the appeal.
-- denial_id: The denial that is appealed.
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
CREATE VIEW appeal_facts AS
 SELECT appeals.id,
    appeals.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category AS denial_category,
    appeals.appeal_level,
    appeals.status,
    appeals.priority,
    appeals.due_on,
    appeals.filed_on,
    appeals.decided_on,
    appeals.decided_on::date - appeals.filed_on::date AS days_to_decision,
    appeals.appealed_amount,
    appeals.approved_amount
   FROM appeals
     JOIN denial_facts denials ON denials.id::uuid = appeals.denial_id::uuid;

-- One row per write-off, without the patient. Money is lost by approved ones alone.
-- id: Id of the write-off.
-- denial_id: The denial that is given up.
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
-- amount: Asked for, US dollars; lost where the status is approved.
CREATE VIEW write_off_facts AS
 SELECT write_offs.id,
    write_offs.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category AS denial_category,
    write_offs.reason,
    write_offs.category,
    write_offs.status,
    write_offs.preventable,
    write_offs.requested_on,
    write_offs.approved_on,
    write_offs.amount
   FROM write_offs
     JOIN denial_facts denials ON denials.id::uuid = write_offs.denial_id::uuid;

-- One row per rebill, without the patient.
-- id: Id of the rebill.
-- denial_id: The denial that the correction answers.
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
-- recovered_amount: Recovered by the rebill, US dollars: the sum of its ledger.
CREATE VIEW rebill_facts AS
 SELECT rebills.id,
    rebills.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category AS denial_category,
    rebills.reason,
    rebills.status,
    rebills.submitted_on,
    rebills.resolved_on,
    rebills.resolved_on::date - rebills.submitted_on::date AS days_to_resolution,
    denials.denial_amount,
    COALESCE(posted.recovered_amount, 0::numeric) AS recovered_amount
   FROM rebills
     JOIN denial_facts denials ON denials.id::uuid = rebills.denial_id::uuid
     LEFT JOIN ( SELECT posting_facts.rebill_id,
            sum(posting_facts.amount) AS recovered_amount
           FROM posting_facts
          WHERE posting_facts.kind::text = 'recovery'
          GROUP BY posting_facts.rebill_id) posted ON posted.rebill_id::uuid = rebills.id::uuid;

-- One row per payment variance, without the patient.
-- id: Id of the payment variance.
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
CREATE VIEW variance_facts AS
 SELECT payment_variances.id,
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
     JOIN claims ON claims.id::uuid = payment_variances.claim_id::uuid
     JOIN payers ON payers.id::uuid = claims.payer_id::uuid;

-- Denials of a period by day of denial, as whole or by category, payer, code, procedure (empty: the whole claim
-- was denied) or month. Money as the ledger stood at the end of the day as_of, without it as it stands; lost is
-- written off. preventable_percentage is of those that were judged, null when none was.
CREATE FUNCTION denial_report(grouped_by denial_grouping DEFAULT 'whole',
        first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date, as_of date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, denials bigint, denied_amount numeric, recovered_amount numeric,
        lost_amount numeric, transferred_amount numeric, adjusted_amount numeric, open_denials bigint,
        open_amount numeric, judged_denials bigint, preventable_denials bigint,
        preventable_percentage numeric)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT grouped.value,
     count(*) AS count,
     COALESCE(sum((grouped.denied)::numeric), (0)::numeric) AS "coalesce",
     COALESCE(sum(grouped.recovered), (0)::numeric) AS "coalesce",
     COALESCE(sum(grouped.lost), (0)::numeric) AS "coalesce",
     COALESCE(sum(grouped.transferred), (0)::numeric) AS "coalesce",
     COALESCE(sum(grouped.adjusted), (0)::numeric) AS "coalesce",
     count(*) FILTER (WHERE (grouped.open > (0)::numeric)) AS count,
     COALESCE(sum(grouped.open), (0)::numeric) AS "coalesce",
     count(grouped.preventable) AS count,
     count(*) FILTER (WHERE grouped.preventable) AS count,
     round(((100.0 * (count(*) FILTER (WHERE grouped.preventable))::numeric) / (NULLIF(count(grouped.preventable), 0))::numeric), 2) AS round
    FROM ( SELECT
                 CASE denial_report.grouped_by
                     WHEN 'category' THEN (fact.category)::text
                     WHEN 'payer' THEN (fact.payer)::text
                     WHEN 'code' THEN (fact.denial_code)::text
                     WHEN 'procedure' THEN (fact.procedure_code)::text
                     WHEN 'month' THEN to_char((fact.denied_on)::timestamp without time zone, 'YYYY-MM')
                     ELSE NULL::text
                 END AS value,
             fact.preventable,
             fact.denial_amount AS denied,
             COALESCE(posted.recovered, (0)::numeric) AS recovered,
             COALESCE(posted.lost, (0)::numeric) AS lost,
             COALESCE(posted.transferred, (0)::numeric) AS transferred,
             COALESCE(posted.adjusted, (0)::numeric) AS adjusted,
             ((fact.denial_amount)::numeric - COALESCE(posted.allocated, (0)::numeric)) AS open
            FROM (denial_facts fact
              LEFT JOIN ( SELECT posting_facts.denial_id,
                     sum(posting_facts.amount) AS allocated,
                     sum(posting_facts.amount) FILTER (WHERE ((posting_facts.kind)::text = 'recovery')) AS recovered,
                     sum(posting_facts.amount) FILTER (WHERE ((posting_facts.kind)::text = 'write_off')) AS lost,
                     sum(posting_facts.amount) FILTER (WHERE ((posting_facts.kind)::text = 'patient_transfer')) AS transferred,
                     sum(posting_facts.amount) FILTER (WHERE ((posting_facts.kind)::text = 'contractual_adjustment')) AS adjusted
                    FROM posting_facts
                   WHERE ((posting_facts.posted_on)::date <= COALESCE(denial_report.as_of, 'infinity'::date))
                   GROUP BY posting_facts.denial_id) posted ON (((posted.denial_id)::uuid = (fact.id)::uuid)))
           WHERE (((fact.denied_on)::date <= COALESCE(denial_report.as_of, 'infinity'::date)) AND
        (((fact.denied_on)::date >= COALESCE(denial_report.first_day, '-infinity'::date)) AND
        ((fact.denied_on)::date <= COALESCE(denial_report.last_day, 'infinity'::date))))) grouped
   GROUP BY GROUPING SETS ((grouped.value), ())
  HAVING (((denial_report.grouped_by)::text = 'whole') = (GROUPING(grouped.value) = 1));
END;

-- Appeals of a period by day of filing, or while not filed by the day they are due, as whole or by level, payer
-- or code. success_percentage is approved and partially approved of those decided, null when none is. Overdue is
-- what is neither filed nor withdrawn and was due before as_of.
CREATE FUNCTION appeal_report(grouped_by appeal_grouping DEFAULT 'whole',
        first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date, as_of date DEFAULT CURRENT_DATE)
 RETURNS TABLE(group_value text, appeals bigint, appealed_amount numeric, open_appeals bigint,
        withdrawn_appeals bigint, decided_appeals bigint, approved_appeals bigint, partially_approved_appeals bigint,
        denied_appeals bigint, approved_amount numeric, success_percentage numeric, average_days_to_decision numeric,
        overdue_appeals bigint, overdue_amount numeric)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT grouped.value,
     count(*) AS count,
     COALESCE(sum((grouped.appealed)::numeric), (0)::numeric) AS "coalesce",
     count(*) FILTER (WHERE ((grouped.decided_on IS NULL) AND
        ((grouped.status)::text <> 'withdrawn'))) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'withdrawn')) AS count,
     count(grouped.decided_on) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'approved')) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'partially_approved')) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'denied')) AS count,
     COALESCE(sum((grouped.approved)::numeric), (0)::numeric) AS "coalesce",
     round(((100.0 * (count(*) FILTER (WHERE ((grouped.status)::text IN ('approved',
        'partially_approved'))))::numeric) / (NULLIF(count(grouped.decided_on), 0))::numeric), 2) AS round,
     round(avg(grouped.days_to_decision), 2) AS round,
     count(*) FILTER (WHERE grouped.overdue) AS count,
     COALESCE(sum((grouped.appealed)::numeric) FILTER (WHERE grouped.overdue), (0)::numeric) AS "coalesce"
    FROM ( SELECT
                 CASE appeal_report.grouped_by
                     WHEN 'level' THEN (fact.appeal_level)::text
                     WHEN 'payer' THEN (fact.payer)::text
                     WHEN 'code' THEN (fact.denial_code)::text
                     ELSE NULL::text
                 END AS value,
             fact.status,
             fact.decided_on,
             fact.days_to_decision,
             fact.appealed_amount AS appealed,
             fact.approved_amount AS approved,
             (((fact.status)::text IN ('pending', 'in_progress')) AND
        ((fact.due_on)::date < appeal_report.as_of)) AS overdue
            FROM appeal_facts fact
           WHERE (((COALESCE(fact.filed_on, fact.due_on))::date >= COALESCE(appeal_report.first_day, '-infinity'::date)) AND
        ((COALESCE(fact.filed_on, fact.due_on))::date <= COALESCE(appeal_report.last_day, 'infinity'::date)))) grouped
   GROUP BY GROUPING SETS ((grouped.value), ())
  HAVING (((appeal_report.grouped_by)::text = 'whole') = (GROUPING(grouped.value) = 1));
END;

-- Write-offs of a period by day of request, as whole or by reason or category. Approved ones are money lost;
-- reversed, rejected and pending ones are not. preventable_percentage is of the approved ones that were judged,
-- null when none was.
CREATE FUNCTION write_off_report(grouped_by write_off_grouping DEFAULT 'whole',
        first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, write_offs bigint, pending_write_offs bigint, pending_amount numeric,
        approved_write_offs bigint, lost_amount numeric, rejected_write_offs bigint, reversed_write_offs bigint,
        judged_write_offs bigint, preventable_write_offs bigint, preventable_amount numeric,
        preventable_percentage numeric)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT grouped.value,
     count(*) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'pending_approval')) AS count,
     COALESCE(sum((grouped.amount)::numeric) FILTER (WHERE ((grouped.status)::text = 'pending_approval')), (0)::numeric) AS "coalesce",
     count(grouped.lost) AS count,
     COALESCE(sum(grouped.lost), (0)::numeric) AS "coalesce",
     count(*) FILTER (WHERE ((grouped.status)::text = 'rejected')) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'reversed')) AS count,
     count(grouped.lost) FILTER (WHERE (grouped.preventable IS NOT NULL)) AS count,
     count(grouped.lost) FILTER (WHERE grouped.preventable) AS count,
     COALESCE(sum(grouped.lost) FILTER (WHERE grouped.preventable), (0)::numeric) AS "coalesce",
     round(((100.0 * (count(grouped.lost) FILTER (WHERE grouped.preventable))::numeric) / (NULLIF(count(grouped.lost) FILTER (WHERE (grouped.preventable IS NOT NULL)), 0))::numeric), 2) AS round
    FROM ( SELECT
                 CASE write_off_report.grouped_by
                     WHEN 'reason' THEN (fact.reason)::text
                     WHEN 'category' THEN (fact.category)::text
                     ELSE NULL::text
                 END AS value,
             fact.status,
             fact.preventable,
             fact.amount,
                 CASE
                     WHEN ((fact.status)::text = 'approved') THEN (fact.amount)::numeric
                     ELSE NULL::numeric
                 END AS lost
            FROM write_off_facts fact
           WHERE (((fact.requested_on)::date >= COALESCE(write_off_report.first_day, '-infinity'::date)) AND
        ((fact.requested_on)::date <= COALESCE(write_off_report.last_day, 'infinity'::date)))) grouped
   GROUP BY GROUPING SETS ((grouped.value), ())
  HAVING (((write_off_report.grouped_by)::text = 'whole') = (GROUPING(grouped.value) = 1));
END;

-- Rebills of a period by day of submission (without a period also those not yet submitted), as whole or by
-- reason. success_percentage is paid and partially paid of those resolved, null when none is; the recovered
-- amount comes from the ledger.
CREATE FUNCTION rebill_report(grouped_by rebill_grouping DEFAULT 'whole',
        first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, rebills bigint, open_rebills bigint, resolved_rebills bigint,
        paid_rebills bigint, partially_paid_rebills bigint, denied_again_rebills bigint, recovered_amount numeric,
        success_percentage numeric, average_days_to_resolution numeric)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT grouped.value,
     count(*) AS count,
     count(*) FILTER (WHERE (grouped.resolved_on IS NULL)) AS count,
     count(grouped.resolved_on) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'paid')) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'partially_paid')) AS count,
     count(*) FILTER (WHERE ((grouped.status)::text = 'denied_again')) AS count,
     COALESCE(sum(grouped.recovered), (0)::numeric) AS "coalesce",
     round(((100.0 * (count(*) FILTER (WHERE ((grouped.status)::text IN ('paid',
        'partially_paid'))))::numeric) / (NULLIF(count(grouped.resolved_on), 0))::numeric), 2) AS round,
     round(avg(grouped.days_to_resolution), 2) AS round
    FROM ( SELECT
                 CASE rebill_report.grouped_by
                     WHEN 'reason' THEN (fact.reason)::text
                     ELSE NULL::text
                 END AS value,
             fact.status,
             fact.resolved_on,
             fact.days_to_resolution,
             fact.recovered_amount AS recovered
            FROM rebill_facts fact
           WHERE (((rebill_report.first_day IS NULL) AND (rebill_report.last_day IS NULL)) OR
        (((fact.submitted_on)::date >= COALESCE(rebill_report.first_day, '-infinity'::date)) AND
        ((fact.submitted_on)::date <= COALESCE(rebill_report.last_day, 'infinity'::date))))) grouped
   GROUP BY GROUPING SETS ((grouped.value), ())
  HAVING (((rebill_report.grouped_by)::text = 'whole') = (GROUPING(grouped.value) = 1));
END;

-- Payment variances of a period by day of payment, as whole or by payer or reason (empty: not known yet). A
-- payment within one cent is neither under nor over and needs no resolution.
CREATE FUNCTION variance_report(grouped_by variance_grouping DEFAULT 'whole',
        first_day date DEFAULT NULL::date, last_day date DEFAULT NULL::date)
 RETURNS TABLE(group_value text, variances bigint, underpayments bigint, underpaid_amount numeric,
        overpayments bigint, overpaid_amount numeric, unresolved_variances bigint, unresolved_underpaid_amount numeric,
        unresolved_overpaid_amount numeric)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT grouped.value,
     count(*) AS count,
     count(grouped.underpaid) AS count,
     COALESCE(sum(grouped.underpaid), (0)::numeric) AS "coalesce",
     count(grouped.overpaid) AS count,
     COALESCE(sum(grouped.overpaid), (0)::numeric) AS "coalesce",
     count(COALESCE(grouped.underpaid, grouped.overpaid)) FILTER (WHERE grouped.unresolved) AS count,
     COALESCE(sum(grouped.underpaid) FILTER (WHERE grouped.unresolved), (0)::numeric) AS "coalesce",
     COALESCE(sum(grouped.overpaid) FILTER (WHERE grouped.unresolved), (0)::numeric) AS "coalesce"
    FROM ( SELECT
                 CASE variance_report.grouped_by
                     WHEN 'payer' THEN (fact.payer)::text
                     WHEN 'reason' THEN (fact.variance_reason)::text
                     ELSE NULL::text
                 END AS value,
                 CASE
                     WHEN ((fact.variance_type)::text = 'underpayment') THEN (- (fact.variance_amount)::numeric)
                     ELSE NULL::numeric
                 END AS underpaid,
                 CASE
                     WHEN ((fact.variance_type)::text = 'overpayment') THEN (fact.variance_amount)::numeric
                     ELSE NULL::numeric
                 END AS overpaid,
             (fact.resolved_on IS NULL) AS unresolved
            FROM variance_facts fact
           WHERE (((fact.paid_on)::date >= COALESCE(variance_report.first_day, '-infinity'::date)) AND
        ((fact.paid_on)::date <= COALESCE(variance_report.last_day, 'infinity'::date)))) grouped
   GROUP BY GROUPING SETS ((grouped.value), ())
  HAVING (((variance_report.grouped_by)::text = 'whole') = (GROUPING(grouped.value) = 1));
END;
