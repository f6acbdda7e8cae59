-- Organizations :from to :to (exclusive), each with ten verified domains and a connection to the
-- provider of tests/bench, at :issuer. People sign in through the first :asked of them, whose client
-- secrets the REST API sets.
insert into organizations (id, name, is_sso_on)
select 'org_' || n, 'Organization ' || n, true from generate_series(:from, :to - 1) n;
insert into organization_domains (id, organization_id, domain, type, status)
select 'dom_' || n, 'org_' || n / 10, 'd' || n || '.bench.example', 'ORGANIZATION_DOMAIN', 'verified'
from generate_series(:from * 10, :to * 10 - 1) n;
insert into connections (id, organization_id, type, provider, name, is_enabled, status, issuer,
    client_id)
select 'conn_' || n, 'org_' || n, 'oidc', 'CUSTOM', 'Sign-in ' || n, true, 'COMPLETED', :'issuer',
    'bench'
from generate_series(:from, :to - 1) n;
-- Where nobody signs in, nothing is to be fetched in the background either.
insert into connection_documents (connection_id, kind, url, body, fetched_at, expires_at)
select 'conn_' || n, kind, :'issuer', '{}', now(), now() + interval '1 day'
from generate_series(greatest(:from, :asked), :to - 1) n, unnest('{discovery,jwks}'::text[]) kind;
vacuum analyze organizations, organization_domains, connections, connection_documents;
