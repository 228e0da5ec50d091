-- What lives for seconds or minutes: used nonces, proof ids, what tokens stand for.
CREATE TABLE session (
    id {blob} NOT NULL PRIMARY KEY, -- SHA-256 of room and name
    value {blob} NOT NULL,
    expires_at_milliseconds BIGINT NOT NULL, -- Unix time
    replaces BIGINT NOT NULL -- 1: written whatever was there before
);
CREATE INDEX session_by_expiry ON session (expires_at_milliseconds);
