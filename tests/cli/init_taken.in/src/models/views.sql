CREATE VIEW notes_of_today AS SELECT 1;
