-- Which programs can work with this schema.

-- +goose Up

-- The version of the schema that a program must know at least. Programs before go on
-- working while some are newer: a migration that takes away or changes what they use
-- raises this.
CREATE TABLE schema_readers (
    least BIGINT NOT NULL
);

INSERT INTO schema_readers (least) VALUES (12);
