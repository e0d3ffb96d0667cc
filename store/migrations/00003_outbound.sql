-- What a tenant configures through the API. Bodies are JSON; no statement depends on
-- how it is written.

-- +goose Up

ALTER TABLE tenants ADD COLUMN owner    TEXT NOT NULL DEFAULT ''; -- who configures it: nobody yet, file, api
ALTER TABLE tenants ADD COLUMN settings TEXT NOT NULL DEFAULT ''; -- of an api's: what a file would say beside flow sets

CREATE TABLE flow_sets (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE flows (
    tenant    TEXT   NOT NULL,
    flow_set  TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    type      TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    readiness TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    modified  BIGINT NOT NULL,
    revision  BIGINT NOT NULL,
    PRIMARY KEY (tenant, flow_set, id)
) WITHOUT ROWID;

-- A set has at most one flow of each type (contract B.4).
CREATE UNIQUE INDEX flows_by_type ON flows (tenant, flow_set, type);

-- The codes that a tenant added or changed.
CREATE TABLE definitions (
    tenant       TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    code         TEXT    NOT NULL,
    display_name TEXT    NOT NULL,
    disabled     BOOLEAN NOT NULL,
    sort_index   BIGINT  NOT NULL,
    source       TEXT    NOT NULL,
    created      BIGINT  NOT NULL,
    modified     BIGINT  NOT NULL,
    revision     BIGINT  NOT NULL,
    PRIMARY KEY (tenant, type, code)
) WITHOUT ROWID;

-- Who changed what. Each row's hash covers the row and the hash of the one before, so
-- that none can be taken out or changed unseen. A person stands there under another
-- name, so that a person can be forgotten without that.
CREATE TABLE audit (
    tenant  TEXT   NOT NULL,
    id      BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    app     TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    alias   TEXT   NOT NULL,
    request TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    object  TEXT   NOT NULL,
    changes TEXT   NOT NULL,
    hash    BYTEA  NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE audit_people (
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    alias  TEXT NOT NULL,
    PRIMARY KEY (tenant, person)
) WITHOUT ROWID;

CREATE UNIQUE INDEX audit_people_by_alias ON audit_people (tenant, alias);
