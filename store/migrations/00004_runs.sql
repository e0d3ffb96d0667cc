-- What runs counted, and who started them.

-- +goose Up

-- The statistics of a run, as JSON.
CREATE TABLE run_statistics (
    tenant TEXT   NOT NULL,
    run    BIGINT NOT NULL,
    body   TEXT   NOT NULL,
    PRIMARY KEY (tenant, run)
) WITHOUT ROWID;

-- The ids that rosters of the school year had and that the last accepted one has not
-- as active, in pieces. There are rows of one year: that of the last accepted roster.
CREATE TABLE absent_ids (
    scope  BIGINT  NOT NULL,
    year   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ids    BYTEA   NOT NULL,
    PRIMARY KEY (scope, year, number)
);

-- The runs that somebody started through the API.
CREATE TABLE run_starts (
    tenant TEXT   NOT NULL,
    run    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, run)
) WITHOUT ROWID;
