-- Who may reach what: facts of the subjects of this node, which policies read. A peer that names no client or no organisation has the
-- empty text there, so that a look-up compares for equality only.
CREATE TABLE access_fact (
    id         TEXT NOT NULL PRIMARY KEY,
    subject    TEXT NOT NULL,
    scope      TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    ura        TEXT NOT NULL,
    resource   TEXT NOT NULL,
    operations TEXT NOT NULL, -- JSON list of texts
    conditions TEXT NOT NULL, -- JSON object
    is_denial  BIGINT NOT NULL,
    task       TEXT,
    expires_at BIGINT, -- NULL: it holds until it is withdrawn
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);

-- For decisions.
CREATE INDEX access_fact_lookup ON access_fact (subject, resource, client_id, ura);

-- For lists, each in the order of the ids.
CREATE INDEX access_fact_order ON access_fact (subject, id);
CREATE INDEX access_fact_resource ON access_fact (subject, resource, id);
CREATE INDEX access_fact_client ON access_fact (subject, client_id, id);
CREATE INDEX access_fact_ura ON access_fact (subject, ura, id);
CREATE INDEX access_fact_task ON access_fact (subject, task, id) WHERE task IS NOT NULL;

CREATE INDEX access_fact_expiry ON access_fact (expires_at) WHERE expires_at IS NOT NULL;
