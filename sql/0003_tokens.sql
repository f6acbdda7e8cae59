-- What a finished login leaves: the browser's session, and the grants with the codes and tokens
-- that hang on it. Only hashes of cookies, codes and tokens are kept.

create table sessions (
    id              text primary key,
    token_hash      bytea not null unique,
    user_id         text not null references users on delete cascade,
    organization_id text references organizations on delete cascade,
    amr             text[] not null,
    connection_ids  text[] not null default '{}',
    auth_time       timestamptz not null default now(),
    created_at      timestamptz not null default now(),
    last_active_at  timestamptz not null default now(),
    idle_s          bigint, -- null: no idle end
    expires_at      timestamptz not null,
    ended_at        timestamptz,
    end_reason      text not null default '',
    ip              text not null,
    user_agent      text not null
);
create index sessions_of_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

-- No foreign key to applications, as in 0002. A grant's user is that of its session, with which it
-- goes.
create table grants (
    id            text primary key,
    client_id     text not null,
    user_id       text not null,
    session_id    text not null references sessions on delete cascade,
    scope         text not null,
    nonce         text not null,
    created_at    timestamptz not null default now(),
    revoked_at    timestamptz,
    revoke_reason text not null default ''
);
create index grants_of_session on grants (session_id);
create index grants_of_user on grants (user_id);
create index grants_revoked on grants (revoked_at) where revoked_at is not null;

create table authorization_codes (
    hash           bytea primary key,
    grant_id       text not null references grants on delete cascade,
    redirect_uri   text not null,
    code_challenge text not null,
    expires_at     timestamptz not null,
    consumed_at    timestamptz
);
create index authorization_codes_of_grant on authorization_codes (grant_id);

create table refresh_tokens (
    hash       bytea primary key,
    grant_id   text not null references grants on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_of_grant on refresh_tokens (grant_id);
create index refresh_tokens_by_end on refresh_tokens (expires_at);

create table revoked_access_tokens (
    jti        text primary key,
    expires_at timestamptz not null
);
create index revoked_access_tokens_by_end on revoked_access_tokens (expires_at);

create table client_assertions (
    client_id  text not null references applications on delete cascade,
    jti        text not null,
    expires_at timestamptz not null,
    primary key (client_id, jti)
);
create index client_assertions_by_end on client_assertions (expires_at);
