-- What SQLite has and statements use.

CREATE OR REPLACE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT) LANGUAGE sql IMMUTABLE
AS 'SELECT json_array_elements_text(CAST(list AS JSON))';

-- The argument is 'subsec', for a time with its fraction of a second.
CREATE OR REPLACE FUNCTION unixepoch(unit TEXT) RETURNS NUMERIC LANGUAGE sql VOLATILE
AS 'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS NUMERIC)'
