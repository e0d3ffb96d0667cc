-- People who were forgotten, by keyed hashes of their ids in the roster.

-- +goose Up

CREATE TABLE tombstones (
    tenant TEXT   NOT NULL,
    hash   TEXT   NOT NULL, -- hexadecimal
    at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
) WITHOUT ROWID;
