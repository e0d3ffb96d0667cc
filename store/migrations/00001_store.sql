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
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE INDEX runs_by_scope ON runs (scope, id);

-- Of the runs of a scope at most one has a plan that is being carried out.
CREATE UNIQUE INDEX runs_open ON runs (scope) WHERE planned AND status = 'running';

-- A plan in parts: 'document' is one chunk, 'steps' and 'skips' are as many as
-- it takes, each a compressed JSON array of the items first to last.
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

-- The ledger.
CREATE TABLE objects (
    scope      BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created    BOOLEAN NOT NULL,
    org        TEXT    NOT NULL,
    attributes BYTEA   NOT NULL,
    PRIMARY KEY (scope, kind, key)
) WITHOUT ROWID;

-- A pair is an owner or a member of an object. It is ours when Homeroom added
-- it, and not when it was there before Homeroom was asked for it.
CREATE TABLE pairs (
    scope    BIGINT  NOT NULL,
    kind     TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    owner    BOOLEAN NOT NULL,
    user_key TEXT    NOT NULL,
    ours     BOOLEAN NOT NULL, -- added by Homeroom, and not there before
    released BOOLEAN NOT NULL, -- left where it is, and no longer asked for
    PRIMARY KEY (scope, kind, key, owner, user_key)
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

CREATE TABLE links (
    scope       BIGINT NOT NULL,
    person      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    given_name  TEXT   NOT NULL,
    family_name TEXT   NOT NULL,
    via         TEXT   NOT NULL,
    PRIMARY KEY (scope, person)
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
    ids     BYTEA   NOT NULL,
    PRIMARY KEY (scope, sha256)
) WITHOUT ROWID;

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
