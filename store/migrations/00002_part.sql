-- +goose Up

-- What a run was limited to, as a JSON array of keys; empty for everything.
ALTER TABLE runs ADD COLUMN only_keys TEXT NOT NULL DEFAULT '[]';
