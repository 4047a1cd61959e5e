drop table denial_work_items;
