-- Home realm discovery as store/facts.h has it (REALM_SELECT), by nothing but pgbench.
\set n random(0, :domains - 1)
select o.id, o.is_sso_exclusive,
    coalesce(array_agg(k.id order by k.name, k.id) filter (where d.domain = any (k.domains)),
        array_agg(k.id order by k.name, k.id)) as connection_ids
from organization_domains d
join organizations o on o.id = d.organization_id
join connections k on k.organization_id = o.id
where d.domain = 'd' || :n || '.bench.example'
    and d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified'
    and o.is_sso_on and k.type in ('saml', 'oidc') and k.is_enabled and k.status = 'COMPLETED'
    and (k.domains = '{}' or d.domain = any (k.domains))
group by o.id;
