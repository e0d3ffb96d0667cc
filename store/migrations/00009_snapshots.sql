-- The copies of rosters that a server keeps. Their bytes are files of the data folder.

-- +goose Up

CREATE TABLE snapshots (
    tenant TEXT    NOT NULL,
    sha256 TEXT    NOT NULL, -- of the original
    used   BIGINT  NOT NULL, -- when a run last read it
    whole  BOOLEAN NOT NULL, -- with demographics and flags
    PRIMARY KEY (tenant, sha256)
) WITHOUT ROWID;
