drop table remark_code_library;
