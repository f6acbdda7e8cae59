-- A login on its way: the stored request, its challenges, its mail, and what limits it.
--
-- Every login writes these tables, so they are kept cheap to write. No foreign key to applications: a
-- reference locks the row that it names until the commit, and all logins of an application would
-- stand in each other's way at its one row; an application is never deleted, only switched off, and
-- every read joins the row and finds nothing without it. Domains instead of CHECKs, which are read
-- anew for every update of any column.

create domain flow_status as text check (value in ('open', 'completed', 'failed'));
create domain challenge_purpose as text check (value in ('login', 'sso_trust'));

create table flows (
    id              text primary key,
    browser_hash    bytea not null,
    client_id       text not null,
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
    status          flow_status not null default 'open',
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
    purpose        challenge_purpose not null,
    email          text not null,
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
-- Appended in the order of their time, which is what a block range index is for.
create index audit_events_by_time on audit_events using brin (at);
create index audit_events_of_flow on audit_events (flow_id) where flow_id <> '';
create index audit_events_of_email on audit_events (email, at) where email <> '';
