drop function estimated_recoveries(uuid[]);
drop function recoveries_of(uuid[], text[], integer);
