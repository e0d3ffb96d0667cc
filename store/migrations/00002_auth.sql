-- Who may use the API: apps and people of the embedded issuer, its keys, and what
-- is under way with them.

-- +goose Up

CREATE TABLE apps (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

-- The hash is argon2id; the secret itself is not kept.
CREATE TABLE app_secrets (
    tenant  TEXT   NOT NULL,
    app     TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    hash    TEXT   NOT NULL,
    hint    TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (tenant, app, id)
) WITHOUT ROWID;

CREATE TABLE app_grants (
    tenant     TEXT NOT NULL,
    app        TEXT NOT NULL,
    permission TEXT NOT NULL,
    kind       TEXT NOT NULL, -- delegated or application
    PRIMARY KEY (tenant, app, permission, kind)
) WITHOUT ROWID;

-- How often apps, people and keys of a tenant have changed, for caches.
CREATE TABLE access_revisions (
    tenant   TEXT   NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
) WITHOUT ROWID;

-- Names are compared in lower case.
CREATE TABLE people (
    tenant        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    lower_name    TEXT    NOT NULL,
    password_hash TEXT    NOT NULL, -- argon2id; empty for one who cannot sign in
    admin         BOOLEAN NOT NULL,
    created       BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, lower_name)
) WITHOUT ROWID;

CREATE TABLE signing_keys (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL, -- the private key, encrypted
    public   BYTEA  NOT NULL,
    created  BIGINT NOT NULL,
    signs    BIGINT NOT NULL, -- until when
    verifies BIGINT NOT NULL, -- until when
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE device_codes (
    tenant    TEXT    NOT NULL,
    hash      BYTEA   NOT NULL,
    user_code TEXT    NOT NULL,
    app       TEXT    NOT NULL,
    audience  TEXT    NOT NULL,
    asked     TEXT    NOT NULL, -- the parameter scope
    scopes    TEXT    NOT NULL, -- a JSON array
    openid    BOOLEAN NOT NULL,
    state     TEXT    NOT NULL,
    person    TEXT    NOT NULL,
    ticket    BYTEA,
    polled    BIGINT  NOT NULL,
    expires   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, hash),
    UNIQUE (tenant, user_code)
) WITHOUT ROWID;

-- Wrong secrets and passwords since the last right one.
CREATE TABLE guesses (
    tenant   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject)
) WITHOUT ROWID;

CREATE INDEX guesses_by_age ON guesses (last);
