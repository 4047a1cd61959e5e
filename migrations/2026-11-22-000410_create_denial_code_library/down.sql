drop table denial_code_library;
