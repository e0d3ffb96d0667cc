-- Notices of runs that ended, on their way to webhooks and mailboxes.

-- +goose Up

-- Where notices of a tenant go, as its configuration said last.
CREATE TABLE notice_channels (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    kinds  TEXT NOT NULL, -- a JSON list
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

CREATE TABLE notices (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    channel TEXT   NOT NULL,
    event   TEXT   NOT NULL, -- JSON
    state   TEXT   NOT NULL, -- waiting, sent, givenUp
    created BIGINT NOT NULL,
    due     BIGINT NOT NULL, -- 0 when it is not to be sent any more
    tries   BIGINT NOT NULL,
    ended   BIGINT NOT NULL, -- 0 while it waits
    answer  TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE INDEX notices_due ON notices (tenant, due) WHERE due > 0;
