create table remittance_remarks (
    remittance_claim_id remittance_claim_key not null,
    remark_number smallint not null,
    service_number smallint,
    code_list as_sent,
    code as_sent not null,
    constraint remittance_remarks_pkey primary key (remittance_claim_id, remark_number),
    constraint remittance_remarks_remittance_claim_id_exists
        foreign key (remittance_claim_id) references remittance_claims (id) on delete restrict,
    constraint remittance_remarks_service_of_claim
        foreign key (remittance_claim_id, service_number)
        references remittance_services (remittance_claim_id, service_number) on delete restrict
);

comment on table remittance_remarks is 'What a payer remarks on a claim or a service (X12 LQ, MOA, MIA).';
comment on column remittance_remarks.remittance_claim_id is 'The claim of the remittance.';
comment on column remittance_remarks.remark_number is 'Its place in that claim, from 1.';
comment on column remittance_remarks.service_number is 'The service that it is about; empty for the whole claim.';
comment on column remittance_remarks.code_list is 'The list of its code: HE remark codes, RX pharmacy (X12 LQ01); MIA or MOA where it stands there.';
comment on column remittance_remarks.code is 'The remark, such as N706 or MA130.';
