-- Runs that start by themselves.

-- +goose Up

-- When the next one does. A schedule that is another one than that of the row counts from
-- when it is first seen.
CREATE TABLE schedules (
    scope    BIGINT NOT NULL PRIMARY KEY,
    schedule TEXT   NOT NULL, -- with its time zone
    due      BIGINT NOT NULL, -- 0 for never
    last     BIGINT NOT NULL  -- the time before it; 0 for none
) WITHOUT ROWID;

ALTER TABLE run_starts ADD COLUMN automatic BOOLEAN NOT NULL DEFAULT FALSE; -- nobody asked for the run
