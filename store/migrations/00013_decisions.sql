-- What somebody decided about a run: that it is to end, and that a step is not to be done.

-- +goose Up

ALTER TABLE scopes ADD COLUMN canceled    BIGINT NOT NULL DEFAULT 0;  -- the run that is to end; 0 for none
ALTER TABLE scopes ADD COLUMN canceled_by TEXT   NOT NULL DEFAULT ''; -- who wants that

-- An approval that says no: the step stays held. It has no end.
ALTER TABLE approvals ADD COLUMN rejected BOOLEAN NOT NULL DEFAULT FALSE;
