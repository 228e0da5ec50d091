-- Subjects, their DIDs, every version of their documents, and the names of their private keys.
CREATE TABLE subject (
    name TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);
CREATE TABLE did (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL REFERENCES subject (name),
    position BIGINT NOT NULL -- in the order of preference
);
CREATE UNIQUE INDEX did_by_subject ON did (subject, position);
CREATE TABLE did_document_version (
    did TEXT NOT NULL REFERENCES did (id),
    version BIGINT NOT NULL, -- from 0; the newest counts
    created_at BIGINT NOT NULL, -- of version 0
    updated_at BIGINT NOT NULL, -- of this version
    raw TEXT NOT NULL, -- JSON
    PRIMARY KEY (did, version)
);
CREATE TABLE key_reference (
    kid TEXT NOT NULL PRIMARY KEY, -- as in the DID document
    key_name TEXT NOT NULL, -- in the vault
    version TEXT NOT NULL
);
