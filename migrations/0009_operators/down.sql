DROP TABLE operator_attendance, operators;
