-- What people decided of class groups whose ids the roster seems to have given to other
-- classes.

-- +goose Up

CREATE TABLE class_decisions (
    scope      BIGINT NOT NULL,
    key        TEXT   NOT NULL,
    years      TEXT   NOT NULL, -- the school years that the decision is about
    choice     TEXT   NOT NULL,
    decided_by TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID;
