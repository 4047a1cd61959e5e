-- Only the rows that up.sql adds; an organization's own rules stay.

delete from filing_rules
where payer_id is null and valid_from is null
    and (
        (payer_type = 'medicare' and (claim_type is null or claim_type = 'institutional'))
        or (payer_type is null and claim_type is null)
    );
