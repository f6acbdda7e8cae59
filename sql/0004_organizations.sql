-- Organizations and what belongs to them: members, invitations, domains, connections; and the
-- identities by which people are known at identity providers. Names of statuses, roles and the like
-- are those of the REST API.

alter table organizations
    add column external_id text unique, -- the customer's own name for it
    add column slug text unique,
    add column logo_url text not null default '',
    add column region text not null default 'REGION_CODE_UNSPECIFIED',
    add column metadata jsonb not null default '{}',
    add column is_directory_sync_on boolean not null default false,
    add column is_domain_verification_on boolean not null default false,
    add column is_session_policy_on boolean not null default false,
    -- Minutes. Null: the environment's.
    add column has_own_session_policy boolean not null default false,
    add column session_absolute_min bigint,
    add column is_session_idle_on boolean,
    add column session_idle_min bigint,
    add column max_users bigint, -- null: no limit
    add column is_test boolean not null default false, -- the test organization of the simulator
    add column updated_at timestamptz not null default now();
create index organizations_by_age on organizations (created_at, id);

alter table users
    add column external_id text,
    add column metadata jsonb not null default '{}',
    -- Fields of the profile that no login needs: phone_number, preferred_username, gender, groups,
    -- metadata, custom_attributes.
    add column profile jsonb not null default '{}',
    add column last_login_at timestamptz;
create index users_by_age on users (created_at, id);
-- Most users come by a login and have none: they are not in the index.
create unique index users_external_id on users (external_id) where external_id is not null;

-- A membership is an invitation until somebody accepts it; an invitation whose time is over stays
-- PENDING_INVITE here and reads as INVITE_EXPIRED.
create table memberships (
    organization_id text not null references organizations on delete cascade,
    user_id         text not null references users on delete cascade,
    status          text not null check (status in ('ACTIVE', 'INACTIVE', 'PENDING_INVITE')),
    roles           text[] not null default '{member}',
    provisioning    text not null check (provisioning in ('jit_using_sso', 'allowed_email_domain',
                    'org_creator', 'direct_provision', 'invitation')),
    metadata        jsonb not null default '{}',
    inviter_email   text not null default '',
    created_at      timestamptz not null default now(),
    accepted_at     timestamptz,
    updated_at      timestamptz not null default now(),
    primary key (organization_id, user_id)
);
create index memberships_of_user on memberships (user_id);
create index memberships_by_age on memberships (organization_id, created_at, user_id);

-- One a membership: a new mail for it replaces the old link.
create table invitations (
    id              text primary key,
    organization_id text not null,
    user_id         text not null,
    token_hash      bytea not null unique,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    resent_at       timestamptz,
    resent_count    bigint not null default 0,
    consumed_at     timestamptz,
    unique (organization_id, user_id),
    foreign key (organization_id, user_id) references memberships on delete cascade
);

alter table organization_domains
    add column method text not null default 'ADMIN' check (method in ('ADMIN', 'DNS', 'NOT_APPLICABLE')),
    add column txt_secret text not null default '', -- what the TXT record must say
    add column verified_at timestamptz,
    add column checked_at timestamptz,
    add column verify_due_at timestamptz, -- when DNS is asked next; null: never
    add column failures bigint not null default 0, -- checks in a row that did not find the record
    add column updated_at timestamptz not null default now();
create index organization_domains_due on organization_domains (verify_due_at)
    where verify_due_at is not null;
create index organization_domains_by_name on organization_domains (domain, type);
create index organization_domains_by_age on organization_domains (organization_id, created_at, id);

-- `type` says whose it is (saml and oidc: an organization's; social: everybody's), `protocol` what is
-- spoken. Empty endpoints are taken from the discovery document, then from the provider's preset.
alter table connections
    add column protocol text not null default 'OIDC' check (protocol in ('OIDC', 'OAUTH', 'SAML')),
    add column status text not null default 'DRAFT' check (status in ('DRAFT', 'IN_PROGRESS', 'COMPLETED')),
    add column provider_key text not null default '', -- the administrator's own name for it
    add column configuration_type text not null default 'DISCOVERY'
        check (configuration_type in ('DISCOVERY', 'MANUAL')),
    add column issuer text not null default '',
    add column discovery_endpoint text not null default '',
    add column authorize_uri text not null default '',
    add column token_uri text not null default '',
    add column userinfo_uri text not null default '',
    add column jwks_uri text not null default '',
    add column client_id text not null default '',
    add column client_secret bytea, -- sealed
    add column scopes text[] not null default '{}', -- empty: the preset's
    add column token_auth text not null default 'post' check (token_auth in ('basic', 'post', 'private_key_jwt')),
    add column response_mode text not null default 'query' check (response_mode in ('query', 'form_post')),
    add column prompt text not null default '',
    add column is_pkce_on boolean not null default true,
    add column algs text not null default 'RS256', -- pinned, space separated
    add column tenants text[] not null default '{}', -- Microsoft: tenant ids that may sign in
    add column attribute_mapping jsonb not null default '{}',
    add column jit text not null default 'on' check (jit in ('on', 'off', 'organization_domains')),
    add column idp_initiated text not null default 'convert' check (idp_initiated in ('convert', 'direct', 'off')),
    add column is_email_trusted boolean not null default false, -- social only: flow.md 4.3
    add column is_profile_synced boolean not null default true,
    add column is_logout_wanted boolean not null default false,
    -- Advances when issuer or signing keys are changed by hand: lapses every verified channel.
    add column trust_epoch bigint not null default 1,
    add column updated_at timestamptz not null default now();
update connections set status = 'COMPLETED' where is_completed;
-- One source of truth: completed is what the status says, and only that can be enabled.
alter table connections drop column is_completed;
alter table connections add check (not is_enabled or status = 'COMPLETED');
create index connections_by_age on connections (created_at, id);
create index connections_by_change on connections (updated_at);

-- What a provider publishes, shared by all instances: the last good copy, and how the last try went.
create table connection_documents (
    connection_id text not null references connections on delete cascade,
    kind          text not null check (kind in ('discovery', 'jwks')),
    url           text not null, -- where the body came from: of no use for another address
    body          text not null default '',
    fetched_at    timestamptz, -- of the body
    expires_at    timestamptz, -- when a newer one is wanted
    tried_at      timestamptz not null default now(),
    error         text not null default '', -- of the last try; empty: it went well
    -- When the last tenth of a good copy's time begins, in UTC. Null: the last try gave none.
    renew_at      timestamp generated always as (case when error = '' then
                  (expires_at at time zone 'UTC') - (expires_at - fetched_at) / 10 end) stored,
    primary key (connection_id, kind)
);
create index connection_documents_due on connection_documents (renew_at);

create table connection_tests (
    id                text primary key,
    connection_id     text not null references connections on delete cascade,
    status            text not null default 'PENDING' check (status in ('PENDING', 'SUCCESS', 'FAILURE')),
    user_info         text not null default '',
    error             text not null default '',
    error_description text not null default '',
    error_details     text not null default '',
    created_at        timestamptz not null default now(),
    finished_at       timestamptz
);
create index connection_tests_of_connection on connection_tests (connection_id, created_at);

-- (connection, subject) is somebody whom a provider knows, and belongs to one user for good. The
-- channel is the part of it that was verified: through this connection this subject has proven this
-- address, while the connection's trust epoch was this. Null: never.
create table identities (
    connection_id       text not null references connections on delete cascade,
    subject             text collate "C" not null,
    user_id             text not null references users on delete cascade,
    email               text not null, -- last asserted, normalised
    channel_email       text,
    channel_epoch       bigint,
    channel_verified_at timestamptz,
    created_at          timestamptz not null default now(),
    last_login_at       timestamptz not null default now(),
    synced_at           timestamptz not null default now(),
    primary key (connection_id, subject)
);
create index identities_of_user on identities (user_id);

-- ---- a login on its way: no foreign key to a row that all logins of a customer share, see 0002 ----

-- Where the flow goes next, and who has been authenticated in it while the organization is not yet
-- known. Nobody is signed in by these: a session is made when the flow completes.
alter table flows
    add column next_connection_id text not null default '',
    add column sso_why text not null default '', -- why the person is sent there: a key of a sentence
    add column picked_ids text[] not null default '{}', -- connections among which the person picks
    add column forced_connection_id text not null default '', -- E5, E7, E8: the request demands it
    add column assertion_id text not null default '', -- a social identity that waits for an email (M6)
    add column user_id text not null default '',
    add column amr text[] not null default '{}',
    add column connection_ids text[] not null default '{}',
    add column login_organization_id text not null default '', -- the connection's: no other will do
    -- Whom the connection named, and its trust epoch when it did.
    add column login_subject text collate "C" not null default '',
    add column login_epoch bigint not null default 0,
    add column session_id text not null default '', -- a session that is switched, not a new login
    add column authenticated_at timestamptz,
    add column test_id text not null default ''; -- a test login of a connection
create index flows_of_user on flows (user_id) where user_id <> '';

-- A request that went to a provider; `state` is its key, given back at the callback.
create table sso_requests (
    state_hash    bytea primary key,
    flow_id       text not null references flows on delete cascade,
    connection_id text not null,
    sealed        bytea not null, -- nonce and PKCE verifier, under the state
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    consumed_at   timestamptz
);
create index sso_requests_of_flow on sso_requests (flow_id);

-- A callback that came by cross-site POST, without our cookies, until the browser fetches it.
create table parked_callbacks (
    token_hash    bytea primary key,
    connection_id text not null,
    sealed        bytea not null, -- the body, under the token
    expires_at    timestamptz not null
);
create index parked_callbacks_by_end on parked_callbacks (expires_at);

-- What a provider said about somebody, kept while the address waits to be proven.
create table assertions (
    id            text primary key,
    flow_id       text not null references flows on delete cascade,
    connection_id text not null,
    subject       text collate "C" not null,
    email         text not null, -- normalised; empty: none was asserted
    email_display text not null,
    trust_epoch   bigint not null, -- of the connection when it was said
    profile       jsonb not null default '{}',
    created_at    timestamptz not null default now()
);
create index assertions_of_flow on assertions (flow_id);

alter table challenges add column assertion_id text not null default '';

alter table sessions add column authenticated_organizations text[] not null default '{}';

-- What a grant's tokens say, fixed when it was made (OpenID Connect Core 12.2: a refreshed ID token
-- keeps auth_time). Null: of a grant from before, whose session is asked.
alter table grants
    add column organization_id text not null default '',
    add column auth_time timestamptz,
    add column amr text[];

alter table audit_events
    add column connection_id text not null default '',
    add column organization_id text not null default '';
create index audit_events_entries on audit_events (at, id) where event = 'login.entry';

-- ---- applications by the REST API ----------------------------------------------------------------

alter table applications
    add column is_default boolean not null default false, -- where an IdP-initiated login goes
    add column deleted_at timestamptz,
    add column back_channel_logout_uris text[] not null default '{}',
    add column grant_types text[] not null default '{}',
    add column custom_claims jsonb not null default '[]';
create unique index applications_default on applications (is_default) where is_default;
create index applications_by_age on applications (created_at, id);

alter table client_secrets
    add column id text unique,
    add column suffix text not null default '',
    add column is_active boolean not null default true,
    add column created_by text not null default '',
    add column expires_at timestamptz,
    add column last_used_at timestamptz,
    add column updated_at timestamptz not null default now();
