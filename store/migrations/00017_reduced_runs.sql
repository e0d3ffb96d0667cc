-- Runs of which only counts are kept.

-- +goose Up

ALTER TABLE runs ADD COLUMN reduced BOOLEAN NOT NULL DEFAULT FALSE; -- plan, journal and sentences are gone
