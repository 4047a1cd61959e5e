drop table patient_corrections;
drop function correct_patient();
