-- What somebody reset, and which resets runs have honoured.

-- +goose Up

ALTER TABLE flows ADD COLUMN reset TEXT NOT NULL DEFAULT ''; -- names the last reset

CREATE TABLE resets (
    scope BIGINT NOT NULL,
    reset TEXT   NOT NULL,
    PRIMARY KEY (scope, reset)
) WITHOUT ROWID;
