-- Wallets. `version` counts the changes, so that nodes notice what another one did.
CREATE TABLE wallet (
    holder  TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);

-- Credentials as they were loaded. `position` is the version of the wallet in which they came: their order.
CREATE TABLE wallet_credential (
    holder        TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    position      BIGINT NOT NULL,
    raw           TEXT NOT NULL,
    PRIMARY KEY (holder, credential_id)
);

CREATE UNIQUE INDEX wallet_credential_order ON wallet_credential (holder, position);

-- Copies of status lists of others, as they were downloaded.
CREATE TABLE status_list_copy (
    url           TEXT NOT NULL PRIMARY KEY,
    raw           TEXT NOT NULL,
    downloaded_at BIGINT NOT NULL
);

CREATE INDEX status_list_copy_age ON status_list_copy (downloaded_at);

CREATE TABLE trusted_issuer (
    credential_type TEXT NOT NULL,
    issuer          TEXT NOT NULL,
    PRIMARY KEY (credential_type, issuer)
);
