CREATE TABLE subscriptions (
    name       text COLLATE "C" PRIMARY KEY,
    position   bigint NOT NULL, -- the last event that was handled or parked
    epoch      bigint NOT NULL, -- grows with each change of the consumer; what an earlier one writes is refused
    updated_at timestamptz NOT NULL
);

CREATE TABLE parked_events (
    subscription text COLLATE "C" NOT NULL,
    position     bigint NOT NULL,
    attempts     int NOT NULL,
    error        text NOT NULL,
    parked_at    timestamptz NOT NULL,
    PRIMARY KEY (subscription, position)
);

CREATE TABLE snapshots (
    stream_id  text COLLATE "C" PRIMARY KEY,
    version    bigint NOT NULL,
    shape      text COLLATE "C" NOT NULL,
    state      bytea NOT NULL,
    created_at timestamptz NOT NULL
);
