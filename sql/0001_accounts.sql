-- Applications, signing keys, users and the organizations whose email domains decide where a
-- person authenticates. Ids are text ("app_...", "usr_..."), times are the database's clock.

-- Ends a write when what it relies on has changed since it was read: the row that it needed was
-- taken by somebody faster. The caller sees SQLSTATE GH409 and nothing of its transaction is kept.
create function gatehouse_require(is_met boolean) returns boolean language plpgsql as $$
begin
    if is_met is not true then
        raise exception 'somebody was faster' using errcode = 'GH409';
    end if;
    return true;
end
$$;

create table applications (
    id                 text primary key,
    name               text not null,
    type               text not null check (type in ('web_app', 'spa', 'native', 'm2m')),
    is_active          boolean not null default true,
    redirect_uris      text[] not null default '{}',
    post_logout_uris   text[] not null default '{}',
    initiate_login_uri text not null default '',
    logo_url           text not null default '',
    enforces_pkce      boolean not null default true,
    token_alg          text not null default 'RS256' check (token_alg in ('RS256', 'ES256')),
    access_token_s     bigint not null default 300 check (access_token_s > 0),
    may_use_api        boolean not null default false,
    jwks               text not null default '',
    scopes             text not null default '',
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now()
);

-- Two slots, so that a secret can be rolled while the old one still works, and never a third.
create table client_secrets (
    client_id  text not null references applications on delete cascade,
    slot       bigint not null check (slot in (0, 1)),
    hash       bytea not null,
    created_at timestamptz not null default now(),
    primary key (client_id, slot)
);

create table signing_keys (
    kid        text primary key,
    alg        text not null check (alg in ('RS256', 'ES256')),
    sealed     bytea not null,
    created_at timestamptz not null default now(),
    active_at  timestamptz not null,
    retired_at timestamptz,
    removed_at timestamptz
);

-- One user per address: `email` is the normalised form. Until `proven_at` nobody has shown that the
-- address is theirs, and at the first proof all that hung on the user before is dropped.
create table users (
    id            text primary key,
    email         text not null unique,
    email_display text not null,
    proven_at     timestamptz,
    is_active     boolean not null default true,
    name          text not null default '',
    given_name    text not null default '',
    family_name   text not null default '',
    picture       text not null default '',
    locale        text not null default '',
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

create table organizations (
    id               text primary key,
    name             text not null,
    is_sso_on        boolean not null default false,
    is_sso_exclusive boolean not null default false,
    created_at       timestamptz not null default now()
);

create table organization_domains (
    id              text primary key,
    organization_id text not null references organizations on delete cascade,
    domain          text not null,
    type            text not null check (type in ('ORGANIZATION_DOMAIN', 'ALLOWED_EMAIL_DOMAIN')),
    status          text not null default 'pending'
                    check (status in ('pending', 'verified', 'failed')),
    created_at      timestamptz not null default now(),
    unique (organization_id, type, domain)
);
-- A verified domain belongs to one organization at most; anybody may claim one that is not.
create unique index organization_domains_verified on organization_domains (domain)
    where type = 'ORGANIZATION_DOMAIN' and status = 'verified';

-- SAML and OpenID Connect connections belong to an organization, social ones to everybody. No
-- assigned `domains` means that the connection covers all domains of its organization.
create table connections (
    id              text primary key,
    organization_id text references organizations on delete cascade,
    type            text not null check (type in ('saml', 'oidc', 'social')),
    provider        text not null default '',
    name            text not null,
    is_enabled      boolean not null default false,
    is_completed    boolean not null default false,
    domains         text[] not null default '{}',
    created_at      timestamptz not null default now(),
    check ((type = 'social') = (organization_id is null))
);
create index connections_of_organization on connections (organization_id);
create unique index connections_of_provider on connections (provider) where type = 'social';
