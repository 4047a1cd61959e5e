create table provider_adjustments (
    remittance_id remittance_key not null,
    adjustment_number integer not null,
    provider as_sent,
    fiscal_period_ends_on calendar_date,
    reason_code as_sent,
    reference as_sent,
    amount sent_usd not null,
    constraint provider_adjustments_pkey primary key (remittance_id, adjustment_number),
    constraint provider_adjustments_remittance_id_exists
        foreign key (remittance_id) references remittances (id) on delete restrict
);

create index provider_adjustments_to_settle on provider_adjustments (reason_code, amount) where reason_code in ('WO', 'FB');

comment on table provider_adjustments is
    'What a payer withholds or adds beside the claims (X12 PLB). It posts nothing on claims; the check is what is paid for claims less the sum of these.';
comment on column provider_adjustments.remittance_id is 'The remittance.';
comment on column provider_adjustments.adjustment_number is 'Its place in the remittance, from 1.';
comment on column provider_adjustments.provider is 'The provider, as sent (X12 PLB01).';
comment on column provider_adjustments.fiscal_period_ends_on is 'End of the provider''s fiscal period (X12 PLB02).';
comment on column provider_adjustments.reason_code is
    'WO an overpayment recovered, FB a balance carried forward, L6 interest, 72, CS and others (X12 PLB03-1).';
comment on column provider_adjustments.reference is 'What it refers to: a claim or a remittance mostly (X12 PLB03-2).';
comment on column provider_adjustments.amount is 'How much less is paid, US dollars; below zero adds (X12 PLB04).';
comment on index provider_adjustments_to_settle is 'What has another side: recoveries and balances carried forward, each by its amount.';
