do $$
begin
    execute format('drop function %I.uuidv7()', current_schema());
end
$$;
