-- What people call tenants.

-- +goose Up

ALTER TABLE tenants ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- in lower case; empty for none

CREATE UNIQUE INDEX tenants_by_name ON tenants (name) WHERE name <> '';
