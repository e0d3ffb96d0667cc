-- +goose Up
CREATE TABLE dir_tenants (
    number INTEGER NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL UNIQUE,
    shape  TEXT    NOT NULL, -- of the ids that objects are given, see shape.go
    last   BIGINT  NOT NULL, -- the highest number of an object that was made
    writes BIGINT  NOT NULL, -- transactions that wrote; writers lock this row
    stamp  TEXT    NOT NULL  -- the last of them
);

CREATE TABLE dir_objects (
    tenant         BIGINT   NOT NULL,
    number         BIGINT   NOT NULL, -- counted within the tenant, never shown
    kind           SMALLINT NOT NULL, -- 1 user, 2 administrative unit, 3 security group, 4 class group
    id             TEXT,              -- where it is not made of the number
    anchor         TEXT,              -- education.anchorId
    login          TEXT,              -- userPrincipalName before the @, in lower case
    domain         TEXT,              -- and after it
    nickname       TEXT,              -- mailNickname in lower case; null for a user where the login is the same
    enabled        BOOLEAN,           -- accountEnabled
    deleted        BOOLEAN  NOT NULL,
    guest          BOOLEAN  NOT NULL,
    directory_role BOOLEAN  NOT NULL,
    attributes     BYTEA    NOT NULL, -- those that have no column, see attributes.go
    contacts       TEXT,              -- what relatedContacts stands for, as JSON
    PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX dir_objects_id ON dir_objects (tenant, id) WHERE id IS NOT NULL;
CREATE INDEX dir_objects_anchor ON dir_objects (tenant, anchor) WHERE anchor IS NOT NULL;
CREATE UNIQUE INDEX dir_objects_upn ON dir_objects (tenant, login, domain) WHERE login IS NOT NULL;
CREATE UNIQUE INDEX dir_objects_user_nickname ON dir_objects (tenant, nickname)
    WHERE kind = 1 AND nickname IS NOT NULL;
CREATE UNIQUE INDEX dir_objects_group_nickname ON dir_objects (tenant, nickname)
    WHERE kind > 1 AND nickname IS NOT NULL;

-- The owners and members of a group or unit stand in pages, ordered by the
-- users' numbers. A page ends where the next one begins.
CREATE TABLE dir_members (
    tenant BIGINT NOT NULL,
    object BIGINT NOT NULL, -- the group's or unit's number
    start  BIGINT NOT NULL, -- the lowest number that belongs on the page; 0 on the first
    places BYTEA  NOT NULL, -- see places.go
    PRIMARY KEY (tenant, object, start)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE dir_members;
DROP TABLE dir_objects;
DROP TABLE dir_tenants;
