-- A login on its way: the stored request, its challenges, its mail, and what limits it.

create table flows (
    id              text primary key,
    browser_hash    bytea not null,
    client_id       text not null references applications on delete cascade,
    redirect_uri    text not null,
    scope           text not null,
    state           text, -- null: the request had none; an empty one is given back
    nonce           text not null,
    code_challenge  text not null,
    prompt          text not null,
    login_hint      text not null,
    ui_locales      text not null,
    organization_id text not null,
    max_age_s       bigint,
    status          text not null default 'open' check (status in ('open', 'completed', 'failed')),
    email           text not null default '',
    email_display   text not null default '',
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    closed_at       timestamptz
);
create index flows_by_age on flows (created_at);

-- A code and a link to one address. `tries` counts evaluations, registered before anything is
-- compared. The latest challenge of a flow is the one that no other superseded.
create table challenges (
    id             text primary key,
    flow_id        text not null references flows on delete cascade,
    purpose        text not null check (purpose in ('login', 'sso_trust')),
    email          text not null,
    email_domain   text not null generated always as (split_part(email, '@', -1)) stored,
    email_display  text not null,
    code_hash      bytea not null,
    link_hash      bytea not null unique,
    code_sealed    bytea not null,
    confirm_number text not null,
    tries          bigint not null default 0,
    sent_at        timestamptz not null default now(),
    expires_at     timestamptz not null,
    superseded_at  timestamptz,
    confirmed_at   timestamptz,
    consumed_at    timestamptz
);
create index challenges_of_flow on challenges (flow_id);
create unique index challenges_latest on challenges (flow_id) where superseded_at is null;

-- `sealed` goes as soon as the mail is sent or given up; the row stays a while for support.
create table outbox (
    id         text primary key,
    sealed     bytea,
    attempts   bigint not null default 0,
    why        text not null default '',
    created_at timestamptz not null default now(),
    due_at     timestamptz not null default now(),
    expires_at timestamptz not null,
    sent_at    timestamptz,
    dead_at    timestamptz
);
create index outbox_due on outbox (due_at) where sent_at is null and dead_at is null;
create index outbox_dead on outbox (dead_at) where dead_at is not null;

-- Unlogged: a crash of the server forgets counts of some minutes, and every commit is cheaper.
create unlogged table rate_counters (
    key            bytea primary key,
    window_ends_at timestamptz not null,
    count          bigint not null
);
create index rate_counters_by_end on rate_counters (window_ends_at);

create table known_browsers (
    browser_hash bytea not null,
    email        text not null,
    seen_at      timestamptz not null default now(),
    primary key (browser_hash, email)
);

create table audit_events (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    event      text not null,
    decision   text not null,
    reason     text not null,
    flow_id    text not null,
    client_id  text not null,
    user_id    text not null,
    session_id text not null,
    email      text not null,
    request_id text not null,
    ip         text not null,
    user_agent text not null
);
create index audit_events_by_time on audit_events (at);
create index audit_events_of_flow on audit_events (flow_id) where flow_id <> '';
create index audit_events_of_email on audit_events (email, at) where email <> '';
