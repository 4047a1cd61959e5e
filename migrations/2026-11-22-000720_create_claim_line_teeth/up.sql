create table claim_line_teeth (
    claim_id claim_key not null,
    line_number smallint not null,
    tooth tooth not null,
    surfaces tooth_surfaces,
    constraint claim_line_teeth_pkey primary key (claim_id, line_number, tooth),
    constraint claim_line_teeth_line_exists
        foreign key (claim_id, line_number) references claim_lines (claim_id, line_number) on delete restrict
);

comment on table claim_line_teeth is 'The teeth of a dental service (X12 TOO).';
comment on column claim_line_teeth.claim_id is 'The claim.';
comment on column claim_line_teeth.line_number is 'The line.';
comment on column claim_line_teeth.tooth is 'The tooth by the universal system.';
comment on column claim_line_teeth.surfaces is 'The surfaces that were treated; empty for the whole tooth.';
