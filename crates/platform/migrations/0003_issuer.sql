-- Credentials that this node issued, with the place of their revocation bit. `type` is the one beside `VerifiableCredential`.
CREATE TABLE issued_credential (
    id           TEXT NOT NULL PRIMARY KEY,
    issuer       TEXT NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    raw          TEXT NOT NULL,
    status_page  BIGINT,
    status_index BIGINT,
    revoked_at   BIGINT
);

CREATE INDEX issued_credential_search ON issued_credential (issuer, type, subject);

-- No index of a list belongs to two credentials, whatever goes wrong above.
CREATE UNIQUE INDEX issued_credential_status ON issued_credential (issuer, status_page, status_index);

-- Status lists, by page. `revision` counts the changes of `encoded`; `signed_revision` is the one that `credential` shows.
CREATE TABLE status_list (
    issuer          TEXT NOT NULL,
    page            BIGINT NOT NULL,
    scatter_key     TEXT NOT NULL,
    handed_out      BIGINT NOT NULL,
    encoded         TEXT NOT NULL,
    revision        BIGINT NOT NULL,
    credential      TEXT,
    signed_revision BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (issuer, page)
);
