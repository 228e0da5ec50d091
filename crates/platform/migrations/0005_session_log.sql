-- The same as `session`, for a database that one process writes: a row for all that was written at once. Only SQLite uses it.
-- The number is not of the database's making: the process gives it, and `INTEGER PRIMARY KEY` is what makes rows follow one another.
CREATE TABLE session_log (
    sequence INTEGER PRIMARY KEY,
    expires_at_milliseconds BIGINT NOT NULL, -- of the last entry in the row: Unix time
    entries {blob} NOT NULL, -- ids, expiries and lengths
    contents {blob} NOT NULL -- the values
);
