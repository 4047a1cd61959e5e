-- What PostgreSQL writes into its own log of statements and rows, which hold patients.
select format('%s is %s: %s', name, setting, why), cure
from (
    values
        ('log_error_verbosity', '^(default|verbose)$', 'errors are logged with the row that was refused', 'log_error_verbosity = terse'),
        ('log_min_error_statement', '^(?!panic$)', 'refused statements are logged', 'log_min_error_statement = panic'),
        ('log_parameter_max_length_on_error', '^(?!0$)', 'values of refused statements are logged', 'log_parameter_max_length_on_error = 0'),
        ('log_statement', '^(mod|all)$', 'statements are logged', 'log_statement = ddl'),
        ('log_min_duration_statement', '^(?!-1$)', 'slow statements are logged', 'log_min_duration_statement = -1; pg_stat_statements counts them without values'),
        ('auto_explain.log_parameter_max_length', '^(?!0$)', 'values of slow statements are logged', 'auto_explain.log_parameter_max_length = 0')
) as setting_to_avoid (name, bad, why, cure)
join pg_show_all_settings() using (name)
where setting ~ bad;
