drop trigger correct_denial on denials;
drop trigger record_denials on denials;
drop trigger fill_payer on denials;
drop function correct_denial();
drop function record_denials();
drop function fill_payer();
