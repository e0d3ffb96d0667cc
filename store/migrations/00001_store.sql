-- What Homeroom remembers. Times are microseconds since 1970, UTC. Texts are
-- compared byte by byte. Rows are found, and inserted, in the order of their
-- primary keys.

-- +goose Up

CREATE TABLE tenants (
    id      TEXT   NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL
) WITHOUT ROWID;

-- A scope is a tenant and a target. Its row is also its run lease: holder is
-- empty while nobody holds it, and epoch grows with every change of hands.
CREATE TABLE scopes (
    id         BIGINT NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    target     TEXT   NOT NULL,
    generation BIGINT NOT NULL DEFAULT 0,
    holder     TEXT   NOT NULL DEFAULT '',
    epoch      BIGINT NOT NULL DEFAULT 0,
    expires    BIGINT NOT NULL DEFAULT 0,
    users_seen TEXT   NOT NULL DEFAULT '', -- the target's stamp when all linked users were there
    UNIQUE (tenant, target)
);

CREATE TABLE runs (
    tenant        TEXT    NOT NULL,
    id            BIGINT  NOT NULL,
    scope         BIGINT  NOT NULL,
    status        TEXT    NOT NULL,
    roster_path   TEXT    NOT NULL,
    roster_sha256 TEXT    NOT NULL,
    settings      BYTEA   NOT NULL,
    started       BIGINT  NOT NULL,
    ended         BIGINT  NOT NULL,
    generation    BIGINT  NOT NULL,
    steps         BIGINT  NOT NULL,
    done          BIGINT  NOT NULL,
    held          BIGINT  NOT NULL,
    failed        BIGINT  NOT NULL,
    code          TEXT    NOT NULL,
    message       TEXT    NOT NULL,
    planned       BOOLEAN NOT NULL DEFAULT FALSE,
    only_keys     TEXT    NOT NULL DEFAULT '[]', -- what the run was limited to, as a JSON array; empty for everything
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE INDEX runs_by_scope ON runs (scope, id);

-- Of the runs of a scope at most one has a plan that is being carried out.
CREATE UNIQUE INDEX runs_open ON runs (scope) WHERE planned AND status = 'running';

-- A plan in parts: 'document' is one chunk, 'steps' and 'skips' are as many as
-- it takes, each the items first to last: compressed, steps in the encoding of
-- plan/encode.go and the others as a JSON array.
CREATE TABLE plan_chunks (
    tenant     TEXT   NOT NULL,
    run        BIGINT NOT NULL,
    part       TEXT   NOT NULL,
    first_item BIGINT NOT NULL,
    last_item  BIGINT NOT NULL,
    body       BYTEA  NOT NULL,
    PRIMARY KEY (tenant, run, part, first_item)
) WITHOUT ROWID;

-- The journal: a batch has an answer, as JSON, once there was one. Of steps that
-- were simply carried out it holds the number.
CREATE TABLE batches (
    tenant     TEXT   NOT NULL,
    run        BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    first_step BIGINT NOT NULL,
    last_step  BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    answer     TEXT,
    PRIMARY KEY (tenant, run, number)
) WITHOUT ROWID;

CREATE INDEX batches_unanswered ON batches (tenant, run, number) WHERE answer IS NULL;

-- The ledger. An object's body is all that Homeroom wrote to it, packed, with its
-- owners and members as long as they are few (store/record.go, store/pair.go).
CREATE TABLE objects (
    scope BIGINT NOT NULL,
    kind  TEXT   NOT NULL,
    key   TEXT   NOT NULL,
    body  BYTEA  NOT NULL,
    PRIMARY KEY (scope, kind, key)
) WITHOUT ROWID;

-- The owners and members of an object that has many, in pages by the users' keys.
-- A page holds those from its first key up to the first key of the next.
CREATE TABLE member_pages (
    scope     BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    first_key TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    PRIMARY KEY (scope, kind, key, first_key)
) WITHOUT ROWID;

-- Stretches of the ledger that were as wanted when a run last looked (plan.Stretch).
-- Whoever writes to an object deletes the stretch that it lies in.
CREATE TABLE stretches (
    scope       BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    up_to       TEXT   NOT NULL,
    after_key   TEXT   NOT NULL,
    fingerprint BYTEA  NOT NULL,
    body        BYTEA  NOT NULL,
    PRIMARY KEY (scope, kind, up_to)
) WITHOUT ROWID;

-- Whom the people are in the directory, in pages by the people's keys
-- (store/link.go).
CREATE TABLE link_pages (
    scope     BIGINT NOT NULL,
    first_key TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    PRIMARY KEY (scope, first_key)
) WITHOUT ROWID;

-- The guard's memory.
CREATE TABLE approvals (
    scope    BIGINT  NOT NULL,
    step     TEXT    NOT NULL,
    run      BIGINT  NOT NULL,
    approver TEXT    NOT NULL,
    expires  BIGINT  NOT NULL,
    used     BOOLEAN NOT NULL,
    PRIMARY KEY (scope, step)
) WITHOUT ROWID;

CREATE TABLE tallies (
    scope   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    sort    TEXT   NOT NULL,
    org     TEXT   NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (scope, at, sort, org)
) WITHOUT ROWID;

CREATE TABLE accepted (
    scope   BIGINT  NOT NULL,
    sha256  TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    by_hand BOOLEAN NOT NULL,
    files   TEXT    NOT NULL,
    PRIMARY KEY (scope, sha256)
) WITHOUT ROWID;

CREATE TABLE accepted_ids (
    scope  BIGINT  NOT NULL,
    sha256 TEXT    NOT NULL,
    number INTEGER NOT NULL,
    ids    BYTEA   NOT NULL,
    PRIMARY KEY (scope, sha256, number)
);

CREATE TABLE acceptances (
    scope       BIGINT NOT NULL,
    sha256      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    accepted_by TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    PRIMARY KEY (scope, sha256)
) WITHOUT ROWID;

-- Passwords that were made for new users, encrypted, until they are handed out.
CREATE TABLE passwords (
    scope      BIGINT NOT NULL,
    key        TEXT   NOT NULL,
    org        TEXT   NOT NULL,
    ciphertext BYTEA  NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID;
