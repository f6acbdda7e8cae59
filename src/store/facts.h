// The facts of flow/facts.h as pieces of SELECT statements: for each the list of its columns, where
// they come from, and the function that reads exactly those columns. A statement is put together
// from these constants when it is compiled, never when it runs. Internal to store/.
//
// Aliases: a applications, f flows, c challenges, s sessions, su the session's user, r the realm, k
// a connection, ko its organization, i an identity, u the user in question, ru the realm of that
// user's own address, ms the memberships, n an assertion that waits, g a grant.
#pragma once
#include "store/batch.h"
#include "store/login.h"
#include "store/token.h"

// ---- application ------------------------------------------------------------------------------
#define CLIENT_TYPES "tottllttotio"
#define CLIENT_COLUMNS                                                                             \
    "a.id, " CLIENT_IS_ACTIVE("a") ", a.name, a.type, a.redirect_uris, a.post_logout_uris,"        \
    " a.initiate_login_uri, a.logo_url, a.enforces_pkce, a.token_alg, a.access_token_s,"           \
    " a.may_use_api"
flow_client_t client_from_row(sql_row_t *row);

#define CLIENT_IS_ACTIVE(a) "(" a ".is_active and " a ".deleted_at is null)"
// Where a login goes that no application asked for: the default one, else the oldest that says
// where a person starts. A subquery of one row or none.
#define DEFAULT_APPLICATION                                                                        \
    "(select * from applications y where " CLIENT_IS_ACTIVE("y")                                   \
    " and y.type <> 'm2m' and (y.is_default or y.initiate_login_uri <> '')"                        \
    " order by y.is_default desc, y.created_at, y.id limit 1)"

const char *client_type_name(flow_client_type_t type);

// ---- session ----------------------------------------------------------------------------------
// Usable: not ended, not past its absolute or idle end by the database's clock, and none of the
// connections that made it was disabled since (flow.md 6: disabling acts at the next use).
#define SESSION_IS_USABLE(s)                                                                       \
    s ".ended_at is null and " s                                                                   \
      ".expires_at > now()"                                                                        \
      " and (" s ".idle_s is null or " s ".last_active_at + " s                                    \
      ".idle_s * interval '1 second'"                                                              \
      " > now())"                                                                                  \
      " and not exists (select from unnest(" s                                                     \
      ".connection_ids) used (id)"                                                                 \
      " left join connections k on k.id = used.id where k.is_enabled is not true)"

// A left join: the columns are NULL unless there is a usable session with `condition`.
#define SESSION_JOIN(condition)                                                                    \
    " left join lateral (select * from sessions x where " condition                                \
    " and " SESSION_IS_USABLE("x") ") s on true left join users su on su.id = s.user_id"
#define SSO_ORGANIZATIONS_OF(connection_ids_)                                                      \
    "array(select distinct y.organization_id from connections y where y.id = any "                 \
    "(" connection_ids_ ") and y.organization_id is not null order by 1)"
#define SESSION_TYPES "ttttozlllt"
#define SESSION_COLUMNS_OF(auth_time_, amr_)                                                       \
    "s.id, s.user_id, su.email, su.email_display, su.is_active, " auth_time_ ", " amr_             \
    ", s.connection_ids, " SSO_ORGANIZATIONS_OF("s.connection_ids") ", s.organization_id"
#define SESSION_COLUMNS SESSION_COLUMNS_OF("s.auth_time", "s.amr")
// The same for a browser that shows no session, without the join. Most who sign in have none, and a
// statement costs also by the tables that it might have had to look at.
#define SESSION_NONE                                                                               \
    "null::text, null::text, null::text, null::text, null::bool, null::timestamptz,"               \
    " null::text[], null::text[], null::text[], null::text"
flow_session_t session_from_row(sql_row_t *row);

// ---- home realm discovery ---------------------------------------------------------------------
// flow.md 1, the one place where it is evaluated: the organization that owns exactly this domain,
// verified, with single sign-on switched on, and its enabled and completed connections. Those with
// the domain assigned come first; only if there is none, those that cover every domain. An
// organization all of whose connections are assigned to other domains does not match.
#define REALM_SELECT(domain_)                                                                      \
    "select o.id as organization_id, o.is_sso_exclusive, l.connection_ids"                         \
    " from organization_domains d"                                                                 \
    " join organizations o on o.id = d.organization_id and o.is_sso_on"                            \
    " cross join lateral (select"                                                                  \
    " coalesce(array_agg(k.id order by k.name, k.id) filter (where d.domain = any (k.domains)),"   \
    " array_agg(k.id order by k.name, k.id)) as connection_ids"                                    \
    " from connections k where k.organization_id = o.id"                                           \
    " and k.type in ('saml', 'oidc') and k.is_enabled and k.status = 'COMPLETED'"                  \
    " and (k.domains = '{}' or d.domain = any (k.domains))) l"                                     \
    " where d.domain = " domain_                                                                   \
    " and d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified'"                                \
    " and l.connection_ids is not null"
#define DOMAIN_OF(email_) "split_part(" email_ ", '@', -1)"
#define REALM_JOIN_AS(r, domain_)                                                                  \
    " cross join lateral (select " domain_ " as name) " r                                          \
    "d"                                                                                            \
    " left join lateral (" REALM_SELECT(r "d.name") ") " r " on true"
#define REALM_JOIN(domain_) REALM_JOIN_AS("r", domain_)
#define REALM_TYPES "tolt"
#define REALM_COLUMNS_AS(r)                                                                        \
    r ".organization_id, " r ".is_sso_exclusive, " r ".connection_ids, " r "d.name"
#define REALM_COLUMNS REALM_COLUMNS_AS("r")
flow_hrd_t realm_from_row(sql_row_t *row);

// ---- user, identity ---------------------------------------------------------------------------
#define USER_TYPES "ttoo"
#define USER_COLUMNS "u.id, u.email, u.is_active, u.proven_at is not null"
// flow.md 5: a known identity is its user, whatever address it carries today; else who has
// `email_`.
#define USER_JOIN(email_)                                                                          \
    " left join users u on u.id = coalesce(i.user_id, (select y.id from users y"                   \
    " where y.email = " email_ "))"
flow_user_t user_from_row(sql_row_t *row);
// The realm `ru` of the user's own address, where that is another one than `email_`.
#define USER_REALM_JOIN(email_)                                                                    \
    REALM_JOIN_AS("ru", "case when u.email <> " email_ " then " DOMAIN_OF("u.email") " end")

#define IDENTITY_TYPES "tti"
#define IDENTITY_COLUMNS "i.user_id, i.channel_email, i.channel_epoch"
#define IDENTITY_JOIN(connection_id_, subject_)                                                    \
    " left join identities i on i.connection_id = " connection_id_ " and i.subject = " subject_
flow_identity_t identity_from_row(sql_row_t *row);

// ---- connection -------------------------------------------------------------------------------
#define CONNECTION_IS_ON(k) k ".is_enabled and " k ".status = 'COMPLETED'"
// Usable: switched on, and for an organization's also its single sign-on.
#define CONNECTION_IS_USABLE(k, o)                                                                 \
    CONNECTION_IS_ON(k) " and (" k ".type = 'social' or " o ".is_sso_on)"
#define CONNECTION_TYPES "tootttltti"
#define CONNECTION_COLUMNS                                                                         \
    "k.id, " CONNECTION_IS_USABLE("k", "ko") ", k.type = 'social', k.name, k.organization_id,"     \
    " ko.name, k.domains, k.jit, k.idp_initiated, k.trust_epoch"
#define CONNECTION_JOIN(condition)                                                                 \
    " left join connections k on " condition                                                       \
    " left join organizations ko on ko.id = k.organization_id"
flow_connection_t connection_from_row(sql_row_t *row);
// flow.md 4.1 for k, but for the domains that are assigned to it.
#define DOMAIN_IS_VERIFIED(d) d ".type = 'ORGANIZATION_DOMAIN' and " d ".status = 'verified'"
#define IS_ORGANIZATION_DOMAIN(domain_)                                                            \
    "exists (select from organization_domains y where y.organization_id = k.organization_id"       \
    " and y.domain = " domain_ " and " DOMAIN_IS_VERIFIED("y") ")"

// ---- memberships ------------------------------------------------------------------------------
// An invitation whose time is over counts as no membership.
#define INVITATION_IS_OPEN(m)                                                                      \
    "exists (select from invitations v where v.organization_id = " m                               \
    ".organization_id"                                                                             \
    " and v.user_id = " m ".user_id and v.consumed_at is null and v.expires_at > now())"
#define MEMBERSHIP_IS_LIVE(m) "(" m ".status <> 'PENDING_INVITE' or " INVITATION_IS_OPEN(m) ")"
// The user's memberships, and the organizations that an address of `domain_` may join. At most 50,
// of which the organizations that the request is about (`wanted_`, a text[]) and real memberships
// are the last to be left out.
// The lists are of one order, that of the rows that they are made of.
#define MEMBERSHIP_JOIN(user_, domain_, wanted_)                                                   \
    " left join lateral (select array_agg(q.id) as ids, array_agg(q.name) as names,"               \
    " array_agg(q.logo_url) as logo_urls, array_agg(q.member) as members from (select * from ("    \
    "select * from (select o.id, o.name, o.logo_url, m.status as member from memberships m"        \
    " join organizations o on o.id = m.organization_id"                                            \
    " where m.user_id = " user_ " and " MEMBERSHIP_IS_LIVE("m")                                    \
    " union all select o.id, o.name, o.logo_url, 'JOINABLE' from organization_domains d"           \
    " join organizations o on o.id = d.organization_id"                                            \
    " where d.domain = " domain_ " and d.type = 'ALLOWED_EMAIL_DOMAIN'"                            \
    " and not exists (select from memberships m where m.organization_id = o.id"                    \
    " and m.user_id = " user_ " and " MEMBERSHIP_IS_LIVE("m") ")"                                  \
    ") e order by (e.id = any (" wanted_ ")) is true desc, e.member = 'JOINABLE',"                 \
    " lower(e.name), e.id limit 50) l order by lower(l.name), l.id) q) ms on true"
#define MEMBERSHIP_TYPES "llll"
#define MEMBERSHIP_COLUMNS "ms.ids, ms.names, ms.logo_urls, ms.members"
flow_memberships_t memberships_from_row(sql_row_t *row);

// ---- assertion --------------------------------------------------------------------------------
#define ASSERTION_TYPES "tttttit"
#define ASSERTION_COLUMNS                                                                          \
    "n.id, n.connection_id, n.subject, n.email, n.email_display, n.trust_epoch, n.profile::text"
store_assertion_t assertion_from_row(sql_row_t *row);

// ---- challenge --------------------------------------------------------------------------------
#define CHALLENGE_TYPES "ttoooizztt"
#define CHALLENGE_COLUMNS                                                                          \
    "c.id, c.purpose, c.consumed_at is not null, c.superseded_at is not null,"                     \
    " c.confirmed_at is not null, c.tries, c.sent_at, c.expires_at, c.email, c.email_display"
flow_challenge_t challenge_from_row(sql_row_t *row);

const char *purpose_name(flow_purpose_t purpose);

// ---- flow, with its application and one challenge ---------------------------------------------
#define FLOW_TYPES                                                                                 \
    "z"                                                                                            \
    "tbtttttttttttiitttltt"                                                                        \
    "zzttt"                                                                                        \
    "lltzt" CLIENT_TYPES CHALLENGE_TYPES "tt"
#define FLOW_COLUMNS                                                                               \
    "now(), f.id, f.browser_hash, f.client_id, f.redirect_uri, f.scope, f.state, f.nonce,"         \
    " f.code_challenge, f.prompt, f.login_hint, f.ui_locales, f.organization_id, f.status,"        \
    " f.max_age_s, extract(epoch from f.expires_at - f.created_at)::int8,"                         \
    " f.forced_connection_id, f.test_id, f.next_connection_id, f.picked_ids, f.sso_why,"           \
    " f.session_id, f.created_at, f.expires_at, f.email, f.email_display, f.user_id, f.amr,"       \
    " f.connection_ids, f.login_organization_id, f.authenticated_at, "                             \
    "f.assertion_id, " CLIENT_COLUMNS ", " CHALLENGE_COLUMNS ", c.confirm_number, c.assertion_id"
// A test login (test_id) has no application; that a login has one, flow_from_row sees to.
#define FLOW_JOIN                                                                                  \
    " from flows f left join applications a on a.id = f.client_id"                                 \
    " left join challenges c on c.flow_id = f.id and c.superseded_at is null"
// A login whose application is gone reads as absent: nothing of it is given out.
store_flow_t flow_from_row(sql_row_t *row);

const char *why_name(flow_why_t why);

// ---- claims of a grant's user, for its organization -------------------------------------------
#define CLAIMS_TYPES                                                                               \
    "ttttttto"                                                                                     \
    "zttl"
#define CLAIMS_COLUMNS                                                                             \
    "gu.id, gu.email, gu.name, gu.given_name, gu.family_name, gu.picture, gu.locale,"              \
    " gu.proven_at is not null, gu.updated_at, go.id, go.external_id, gm.roles"
#define CLAIMS_JOIN                                                                                \
    " left join organizations go on go.id = g.organization_id"                                     \
    " left join memberships gm on gm.organization_id = g.organization_id"                          \
    " and gm.user_id = g.user_id"
store_user_claims_t claims_from_row(sql_row_t *row);

// ---- grant, with its session as it is now, the realm and the user ------------------------------
// g is the grant; the select has joined it already. The session's auth_time and amr are those of
// the grant: a refreshed ID token keeps its auth_time (OpenID Connect Core 12.2).
#define GRANT_IS_MEMBER "(g.organization_id = '' or gm.status = 'ACTIVE') is true"
#define GRANT_SESSION_COLUMNS                                                                      \
    SESSION_COLUMNS_OF("coalesce(g.auth_time, s.auth_time)", "coalesce(g.amr, s.amr)")
#define GRANT_TYPES "ttttoto" SESSION_TYPES REALM_TYPES CLAIMS_TYPES
#define GRANT_COLUMNS                                                                              \
    "g.id, g.client_id, g.scope, g.nonce, g.revoked_at is not null, "                              \
    "g.organization_id, " GRANT_IS_MEMBER ", " GRANT_SESSION_COLUMNS ", " REALM_COLUMNS            \
    ", " CLAIMS_COLUMNS
#define GRANT_JOIN                                                                                 \
    " join users gu on gu.id = g.user_id" CLAIMS_JOIN SESSION_JOIN("x.id = g.session_id")          \
        REALM_JOIN(DOMAIN_OF("gu.email"))
flow_grant_t grant_from_row(sql_row_t *row, store_user_claims_t *out_user);
