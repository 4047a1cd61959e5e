-- Values that have the same shape wherever they stand. A domain refuses what it can't hold; a plain
-- numeric(12, 2) would round a third decimal away and take NaN.

create domain usd as numeric
    constraint usd_is_money check (value >= 0 and value < 10000000000 and scale(value) <= 2);
comment on domain usd is 'US dollars: 0.00 to 9999999999.99, at most two decimals, never NaN or infinite.';

create domain signed_usd as numeric
    constraint signed_usd_is_money check (value > -10000000000 and value < 10000000000 and scale(value) <= 2);
comment on domain signed_usd is 'US dollars, above or below zero, at most two decimals, never NaN or infinite.';

create domain sent_usd as numeric
    constraint sent_usd_is_a_number check (value <> 'NaN' and value < 'Infinity' and value > '-Infinity');
comment on domain sent_usd is 'US dollars as a file has them, with any number of digits and decimals; never NaN or infinite.';

create domain as_sent as text
    constraint as_sent_fits check (length(value) <= 500)
    constraint as_sent_is_printable check (value ~ '[^[:space:]]' and value !~ '[[:cntrl:]]');
comment on domain as_sent is 'An element of a file as it came, without control characters; not blank.';

create domain calendar_date as date
    constraint calendar_date_is_plausible check (value >= date '1900-01-01' and value < date '2200-01-01');
comment on domain calendar_date is 'A day from 1900 to 2199; a mistyped century and infinity are refused.';

create domain actor as text
    constraint actor_shape check (value ~ '^[A-Za-z0-9._@-]{1,64}$')
    -- The name of what the database does by itself.
    constraint actor_unlike_database check (value = 'database' or lower(value collate "C") <> 'database');
comment on domain actor is
    'A role or user id, such as appeals.specialist: at most 64 letters, digits, points, underscores, at signs and hyphens. No two look alike but by case.';

create domain text_given as text
    constraint text_given_fits check (length(value) <= 10000)
    constraint text_given_is_not_blank check (value ~ '[^[:space:]]');
comment on domain text_given is 'Words: not empty, not blank.';

create domain business_id as text
    constraint business_id_shape check (value ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' and length(value) <= 38);
comment on domain business_id is
    'An identifier that people read aloud: capitals, digits and single hyphens, at most 38 characters (X12 CLM01).';

create domain patient_reference as text
    constraint patient_reference_fits check (length(value) <= 100)
    constraint patient_reference_shape check (value ~ '^[A-Za-z0-9._-]+$');
comment on domain patient_reference is
    'Pseudonym of a patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.';

create domain control_number as text
    constraint control_number_fits check (length(value) <= 100)
    constraint control_number_is_not_blank check (value ~ '[^[:space:]]');
comment on domain control_number is 'A payer''s control number of a claim (X12 REF*F8).';

create domain patient_control_number as text
    constraint patient_control_number_shape check (value ~ '^[ -~]{1,38}$');
comment on domain patient_control_number is
    'What a claim was sent as and payers echo: printable characters, at most 38 (X12 CLM01).';

create domain idempotency_key as text
    constraint idempotency_key_shape check (value ~ '^[!-~]{1,100}$');
comment on domain idempotency_key is 'A name that a caller gives a command, so that it posts once: 1 to 100 printable characters without space.';

create domain place_of_service as text
    constraint place_of_service_shape check (value ~ '^[0-9]{2}$');
comment on domain place_of_service is 'CMS place of service code, two digits.';

-- The digits in odd places are doubled and their digits added (Luhn); 24 stands for the prefix 80840 of ISO 7812.
create domain npi as text
    constraint npi_shape check (value ~ '^[12][0-9]{9}$')
    constraint npi_checksum check (
        value !~ '^[0-9]{10}$'
        or mod(
            24
            + cast(translate(substr(value, 1, 1), '0123456789', '0246813579') as integer) + cast(substr(value, 2, 1) as integer)
            + cast(translate(substr(value, 3, 1), '0123456789', '0246813579') as integer) + cast(substr(value, 4, 1) as integer)
            + cast(translate(substr(value, 5, 1), '0123456789', '0246813579') as integer) + cast(substr(value, 6, 1) as integer)
            + cast(translate(substr(value, 7, 1), '0123456789', '0246813579') as integer) + cast(substr(value, 8, 1) as integer)
            + cast(translate(substr(value, 9, 1), '0123456789', '0246813579') as integer) + cast(substr(value, 10, 1) as integer),
            10
        ) = 0
    );
comment on domain npi is 'National Provider Identifier: ten digits with their check digit (45 CFR 162.406).';

create domain payer_identifier as text
    constraint payer_identifier_shape check (value ~ '^[!-~]([ -~]{0,78}[!-~])?$');
comment on domain payer_identifier is 'A number that others know a payer by: printable characters, at most 80 (X12 NM109, REF02).';

create domain denial_code as text
    constraint denial_code_shape check (value ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$');
comment on domain denial_code is 'Claim adjustment group and reason (X12 CAS), such as CO-197.';

create domain remark_code as text
    constraint remark_code_shape check (value ~ '^(M[1-9][0-9]{0,2}|MA[0-9]{2,3}|N[1-9][0-9]{0,3})$');
comment on domain remark_code is 'Remittance advice remark code (X12 LQ, MOA, MIA), such as MA130 or N706.';

create domain diagnosis_code as text
    constraint diagnosis_code_shape check (value ~ '^[A-Z][0-9A-Z][0-9A-Z]([.][0-9A-Z]{1,4})?$');
comment on domain diagnosis_code is 'ICD-10-CM code with its point, such as Z12.11.';

create domain diagnosis_prefix as text
    constraint diagnosis_prefix_shape check (value ~ '^[A-Z]([0-9A-Z]([0-9A-Z]([.][0-9A-Z]{0,4})?)?)?$');
comment on domain diagnosis_prefix is 'Start of an ICD-10-CM code, such as Z12.';

create domain procedure_code as text
    constraint procedure_code_shape check (value ~ '^([0-9]{4}[0-9AFMTU]|[A-V][0-9]{4})$');
comment on domain procedure_code is 'CPT or HCPCS Level II code, such as 99213 or G0121.';

create domain revenue_code as text
    constraint revenue_code_shape check (value ~ '^[0-9]{4}$');
comment on domain revenue_code is 'NUBC revenue code of an institutional service, four digits, such as 0450.';

create domain rate_code as text
    constraint rate_code_shape check (value ~ '^[0-9A-Z]{5}$');
comment on domain rate_code is 'HIPPS rate code of a prospective payment system, five characters.';

create domain facility_code as text
    constraint facility_code_shape check (value ~ '^[1-9][0-9A-Z]$');
comment on domain facility_code is 'First two digits of the type of bill (X12 CLM05-1), such as 11 for a hospital''s inpatients.';

create domain ndc as text
    constraint ndc_shape check (value ~ '^[0-9]{11}$');
comment on domain ndc is 'National Drug Code, eleven digits without hyphens.';

create domain tooth as text
    constraint tooth_shape check (value ~ '^([1-9]|[12][0-9]|3[0-2]|5[1-9]|[67][0-9]|8[0-2]|[A-T]|[A-T]S)$');
comment on domain tooth is
    'A tooth by the universal system: 1 to 32, A to T for first teeth; 51 to 82 and AS to TS for those beyond the count.';

create domain tooth_surfaces as text
    constraint tooth_surfaces_shape check (value ~ '^[BDFILMO]{1,5}$' and value !~ '(.).*\1');
comment on domain tooth_surfaces is
    'Surfaces of a tooth, each once: B buccal, D distal, F facial, I incisal, L lingual, M mesial, O occlusal.';

create domain procedure_modifier as text
    constraint procedure_modifier_shape check (value ~ '^[A-Z0-9]{2}$');
comment on domain procedure_modifier is 'CPT or HCPCS modifier, such as 25 or RT.';
