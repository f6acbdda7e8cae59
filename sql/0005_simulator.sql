-- The identity provider for developers (GATEHOUSE_SIMULATOR). Whoever uses it invents who they are,
-- so nothing here is worth stealing but the key, which is sealed like our own.

create table simulator_keys (
    is_only boolean primary key default true check (is_only), -- one for all instances
    kid     text not null,
    sealed  bytea not null
);

-- What somebody chose to be, until it is fetched with the code (once), and then with the access
-- token. Only hashes of both are kept.
create table simulator_grants (
    code_hash   bytea primary key,
    access_hash bytea unique, -- null: the code has not been used
    chosen      jsonb not null,
    expires_at  timestamptz not null
);
create index simulator_grants_by_end on simulator_grants (expires_at);

-- There is one test organization.
create unique index organizations_test on organizations (is_test) where is_test;
