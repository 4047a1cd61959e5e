-- What the reads of every day touch on a database that `seed --volume` has filled, beside the same rows in the tables that
-- somebody would write down without much thought. Prints rows of docs/performance.md. Buffers are pages of 8 kB, exact, and the
-- same on every machine; milliseconds are of this one, the median of five.

\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
set jit = off;
vacuum (analyze) claims, claim_lines, claim_diagnoses, claim_details, denials, denial_work_items, postings, appeals, write_offs, rebills, payment_variances;

create schema naive;
create table naive.claims (
    id uuid primary key,
    claim_id text not null unique,
    patient_reference text not null,
    payer_id uuid not null,
    status text not null,
    amount numeric(12, 2) not null,
    paid_amount numeric(12, 2),
    service_date date not null,
    submitted_on date,
    procedure_codes jsonb,
    diagnosis_codes jsonb,
    created_at timestamp not null default now(),
    updated_at timestamp not null default now()
);
create table naive.denials (
    id uuid primary key,
    claim_id uuid not null references naive.claims,
    denial_code text not null,
    denial_category text,
    denial_amount numeric(12, 2) not null,
    recovered_amount numeric(12, 2),
    denied_on date not null,
    root_cause text,
    preventable boolean,
    resolution_status text not null,
    appealed boolean not null default false,
    written_off boolean not null default false,
    rebilled boolean not null default false,
    created_at timestamp not null default now(),
    updated_at timestamp not null default now()
);
insert into naive.claims
select
    id, claim_id, patient_reference, payer_id, status, amount, paid_amount, service_from, submitted_on,
    (
        select jsonb_agg(jsonb_build_object('code', procedure_code, 'units', units, 'charge', charge_amount))
        from claim_lines
        where claim_lines.claim_id = claims.id
    ),
    (select jsonb_agg(diagnosis_code order by ordinal) from claim_diagnoses where claim_diagnoses.claim_id = claims.id)
from claims;
insert into naive.denials
select
    denials.id, claim_id, denials.denial_code, category, denial_amount, recovered_amount, denied_on, root_cause, preventable,
    resolution_status
from denials
left join denial_code_library using (denial_code);
create index on naive.claims (patient_reference);
create index on naive.claims (payer_id);
create index on naive.claims (status);
create index on naive.claims (submitted_on);
create index on naive.denials (claim_id);
create index on naive.denials (denial_code);
create index on naive.denials (denial_category);
create index on naive.denials (denied_on);
create index on naive.denials (resolution_status);
vacuum (analyze) naive.claims, naive.denials;

-- A query's buffers and milliseconds.
create function pg_temp.touched(query text, out buffers bigint, out ms numeric)
    language plpgsql
as $$
declare
    plan json;
    times numeric[];
begin
    if query is null then
        return;
    end if;
    for repetition in 1 .. 5 loop
        execute 'explain (analyze, buffers, timing off, format json) ' || query into plan;
        times := times || cast(plan -> 0 ->> 'Execution Time' as numeric);
    end loop;
    buffers := cast(plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks' as bigint)
        + cast(plan -> 0 -> 'Plan' ->> 'Shared Read Blocks' as bigint);
    select round(percentile_cont(0.5) within group (order by time)::numeric, 1) into ms from unnest(times) as time;
end
$$;

create temporary view pages as
select relname as name, pg_relation_size(oid) / 8192 as pages
from pg_class
where relkind = 'r' and relnamespace = current_schema()::regnamespace;

\echo 'reading | pages | ms | naive pages | naive ms | pages against'
\echo '--- | --: | --: | --: | --: | --'
select
    reading, ours.buffers, ours.ms, plain.buffers, plain.ms,
    case
        when plain.buffers is not null then round(ours.buffers::numeric / plain.buffers, 2) || ' × naive'
        when pages.pages is not null then round(ours.buffers::numeric / greatest(pages.pages, 1), 2) || ' × the pages of ' || pages.name
    end
from (
    values
        (1, 'work list, first 50', 'select * from denial_work_list order by priority_order, act_by, denial_amount desc, denial_id limit 50', 'select * from naive.denials join naive.claims on claims.id = denials.claim_id where resolution_status = ''pending'' order by denial_amount desc limit 50', null),
        (2, 'what patients owe, first 50', 'select * from patient_work_list order by service_from, claim_id limit 50', null, null),
        (3, 'newest 50 claims', 'select * from claims order by service_from desc, id desc limit 50', 'select * from naive.claims order by service_date desc limit 50', null),
        (4, 'a claim by its business id', 'select * from claims where claim_id = (select claim_id from claims limit 1)', 'select * from naive.claims where claim_id = (select claim_id from naive.claims limit 1)', null),
        (5, 'denials by category', 'select * from denial_report(''category'')', 'select denial_category, count(*), sum(denial_amount), sum(recovered_amount) from naive.denials group by denial_category', null),
        (6, 'denials by payer', 'select * from denial_report(''payer'')', 'select payer_id, count(*), sum(denial_amount), sum(denials.recovered_amount) from naive.denials join naive.claims on claims.id = denials.claim_id group by payer_id', null),
        (7, 'denials by code', 'select * from denial_report(''code'')', 'select denial_code, count(*), sum(denial_amount), sum(recovered_amount) from naive.denials group by denial_code', null),
        (8, 'denials by payer, as of a month ago', 'select * from denial_report(''payer'', as_of => current_date - 30)', null, null),
        (9, 'appeals by payer', 'select * from appeal_report(''payer'')', null, 'appeals'),
        (10, 'variances by payer', 'select * from variance_report(''payer'')', null, 'payment_variances'),
        (11, 'write-offs by reason, less what was taken back', 'select * from write_off_report(''reason'')', null, null),
        (12, 'rebills by reason, with what the new claims recovered', 'select * from rebill_report(''reason'')', null, null),
        (13, 'a payer''s denials, first 50', 'select * from denials where payer_id = any (array(select id from payers order by payer_id limit 1)) order by payer_id, denied_on desc, id desc limit 50', 'select denials.* from naive.denials join naive.claims on claims.id = denials.claim_id where payer_id = (select id from payers order by payer_id limit 1) order by denied_on desc limit 50', null),
        (14, 'a payer''s appeals, first 50', 'select * from appeals where payer_id = any (array(select id from payers order by payer_id limit 1)) order by payer_id, due_on, id limit 50', null, null),
        (15, 'a payer''s variances, first 50', 'select * from payment_variances where payer_id = any (array(select id from payers order by payer_id limit 1)) order by payer_id, paid_on desc, id desc limit 50', null, null)
) as read (number, reading, query, naive, of_table)
cross join lateral pg_temp.touched(query) as ours
cross join lateral pg_temp.touched(naive) as plain
left join pages on pages.name = of_table
order by number;

\echo
\echo 'what else | figure'
\echo '--- | --'
select 'bytes of a claim, lines and diagnoses with indexes',
    round(sum(pg_total_relation_size(cast(name as regclass)))::numeric / (select count(*) from claims), 0)
from unnest(array['claims', 'claim_lines', 'claim_diagnoses']) as name;
select 'rows', string_agg(relname || ' ' || cast(reltuples as bigint), ', ' order by relname)
from pg_class
where relkind = 'r' and relnamespace = current_schema()::regnamespace and reltuples > 1000;
select 'updates of ' || relname || ' that wrote no index, percent', round(100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0), 1)
from pg_stat_user_tables
where schemaname = current_schema() and relname in ('claims', 'denials', 'denial_work_items') order by relname;
select name, count from (
    values
        ('differences of reconcile()', (select count(*) from reconcile())),
        ('of reconcile_claims()', (select count(*) from reconcile_claims())),
        ('of reconcile_work_list()', (select count(*) from reconcile_work_list()))
) as reconciled (name, count);
drop schema naive cascade;
