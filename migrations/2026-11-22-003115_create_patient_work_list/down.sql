drop view patient_work_list;
