-- Organizations whose provider publishes what it should and whose token endpoint is dead, each in
-- another way (provider.h).
insert into organizations (id, name, is_sso_on)
select 'org_' || kind, kind, true from unnest('{silent,drip,reset}'::text[]) kind;
insert into organization_domains (id, organization_id, domain, type, status)
select 'dom_' || kind, 'org_' || kind, kind || '.bench.example', 'ORGANIZATION_DOMAIN', 'verified'
from unnest('{silent,drip,reset}'::text[]) kind;
insert into connections (id, organization_id, type, provider, name, is_enabled, status, issuer,
    token_uri, client_id)
select 'conn_' || kind, 'org_' || kind, 'oidc', 'CUSTOM', kind, true, 'COMPLETED', :'issuer',
    :'issuer' || '/' || kind, 'bench'
from unnest('{silent,drip,reset}'::text[]) kind;
