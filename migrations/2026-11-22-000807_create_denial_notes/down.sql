drop table denial_notes;
