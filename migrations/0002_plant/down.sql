DROP TABLE work_centres, departments;
