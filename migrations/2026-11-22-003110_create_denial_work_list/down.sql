drop view denial_work_list;
