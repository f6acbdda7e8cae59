-- Home realm discovery as store/facts.h has it (REALM_SELECT), by nothing but pgbench.
\set n random(0, :domains - 1)
select o.id, o.is_sso_exclusive, l.connection_ids
from organization_domains d
join organizations o on o.id = d.organization_id and o.is_sso_on
cross join lateral (
    select coalesce(array_agg(k.id order by k.name, k.id) filter (where d.domain = any (k.domains)),
        array_agg(k.id order by k.name, k.id)) as connection_ids
    from connections k
    where k.organization_id = o.id
        and k.type in ('saml', 'oidc') and k.is_enabled and k.status = 'COMPLETED'
        and (k.domains = '{}' or d.domain = any (k.domains))) l
where d.domain = 'd' || :n || '.bench.example'
    and d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified'
    and l.connection_ids is not null;
