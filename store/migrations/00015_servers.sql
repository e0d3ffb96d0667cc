-- What several servers need to work on one run, and to share a directory.

-- +goose Up

-- Who is at work on a batch, until when: another one may take it then. A batch that was
-- handed out and that nobody has sent yet was sent at 0.
ALTER TABLE batches ADD COLUMN taker   TEXT   NOT NULL DEFAULT ''; -- empty for whoever holds the lease
ALTER TABLE batches ADD COLUMN until   BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN secrets BYTEA; -- what no plan holds and the batch needs, encrypted, until it is answered

-- When a target may be called again that takes so many calls a second, whoever calls it.
CREATE TABLE paces (
    tenant    TEXT   NOT NULL,
    target    TEXT   NOT NULL,
    next_call BIGINT NOT NULL,
    PRIMARY KEY (tenant, target)
) WITHOUT ROWID;
