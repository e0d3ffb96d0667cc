-- +goose Up
CREATE TABLE dir_tenants (
    number INTEGER NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL UNIQUE,
    last   BIGINT  NOT NULL -- the number of the object that was made last; writers lock this row
);

CREATE TABLE dir_objects (
    tenant         BIGINT  NOT NULL,
    number         BIGINT  NOT NULL, -- counted within the tenant, never shown
    kind           TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    anchor         TEXT,             -- education.anchorId
    upn            TEXT,             -- userPrincipalName in lower case
    nickname       TEXT,             -- mailNickname in lower case
    attributes     TEXT    NOT NULL, -- canonical texts by name, as JSON
    contacts       TEXT    NOT NULL, -- what relatedContacts stands for, as JSON
    deleted        BOOLEAN NOT NULL,
    guest          BOOLEAN NOT NULL,
    directory_role BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, number)
);
CREATE UNIQUE INDEX dir_objects_id ON dir_objects (tenant, id);
CREATE INDEX dir_objects_anchor ON dir_objects (tenant, anchor) WHERE anchor IS NOT NULL;
CREATE UNIQUE INDEX dir_objects_upn ON dir_objects (tenant, upn) WHERE upn IS NOT NULL;
CREATE UNIQUE INDEX dir_objects_user_nickname ON dir_objects (tenant, nickname)
    WHERE kind = 'user';
CREATE UNIQUE INDEX dir_objects_group_nickname ON dir_objects (tenant, nickname)
    WHERE kind <> 'user';

CREATE TABLE dir_members (
    tenant BIGINT  NOT NULL,
    object BIGINT  NOT NULL, -- the group's or unit's number
    owner  BOOLEAN NOT NULL, -- an owner's row; a member has a row of its own
    person BIGINT  NOT NULL, -- the user's number
    PRIMARY KEY (tenant, object, owner, person)
);

-- +goose Down
DROP TABLE dir_members;
DROP TABLE dir_objects;
DROP TABLE dir_tenants;
