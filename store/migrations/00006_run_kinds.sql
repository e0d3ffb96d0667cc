-- Runs whose plan is made from the ledger: what they are, and what one that took
-- another back leaves behind.

-- +goose Up

ALTER TABLE runs ADD COLUMN kind   TEXT   NOT NULL DEFAULT ''; -- revert, cleanup; empty for a run of a roster
ALTER TABLE runs ADD COLUMN of_run BIGINT NOT NULL DEFAULT 0;  -- the run that is reverted

-- The run after which no other starts by itself; 0 for none.
ALTER TABLE scopes ADD COLUMN paused_by BIGINT NOT NULL DEFAULT 0;

-- Rosters that are not taken again unless somebody accepts them.
CREATE TABLE rejections (
    scope  BIGINT NOT NULL,
    sha256 TEXT   NOT NULL,
    run    BIGINT NOT NULL, -- that was reverted
    PRIMARY KEY (scope, sha256)
) WITHOUT ROWID;
