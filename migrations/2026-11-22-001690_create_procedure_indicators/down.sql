drop table procedure_indicators;
