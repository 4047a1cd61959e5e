drop function record_claim_of_later_payer(uuid, uuid, smallint, date);
