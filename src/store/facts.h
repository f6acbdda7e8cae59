// The facts of flow/facts.h as pieces of SELECT statements: for each the list of its columns, where
// they come from, and the function that reads exactly those columns. A statement is put together
// from these constants when it is compiled, never when it runs. Internal to store/.
//
// Aliases: a applications, f flows, c challenges, s sessions, su the session's user, r the realm.
#pragma once
#include "store/batch.h"
#include "store/login.h"
#include "store/token.h"

// ---- application ------------------------------------------------------------------------------
#define CLIENT_TYPES "tottllttotio"
#define CLIENT_COLUMNS                                                                             \
    "a.id, a.is_active, a.name, a.type, a.redirect_uris, a.post_logout_uris,"                      \
    " a.initiate_login_uri, a.logo_url, a.enforces_pkce, a.token_alg, a.access_token_s,"           \
    " a.may_use_api"
flow_client_t client_from_row(sql_row_t *row);

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
#define SESSION_TYPES "ttttozllt"
#define SESSION_COLUMNS                                                                            \
    "s.id, s.user_id, su.email, su.email_display, su.is_active, s.auth_time, s.amr,"               \
    " s.connection_ids, s.organization_id"
flow_session_t session_from_row(sql_row_t *row);

// ---- home realm discovery ---------------------------------------------------------------------
// flow.md 1, the one place where it is evaluated: the organization that owns exactly this domain,
// verified, with single sign-on switched on, and its enabled and completed connections. Those with
// the domain assigned come first; only if there is none, those that cover every domain. An
// organization all of whose connections are assigned to other domains does not match.
#define REALM_SELECT(domain_)                                                                      \
    "select o.id as organization_id, o.is_sso_exclusive,"                                          \
    " coalesce(array_agg(k.id order by k.name, k.id) filter (where d.domain = any (k.domains)),"   \
    " array_agg(k.id order by k.name, k.id)) as connection_ids"                                    \
    " from organization_domains d"                                                                 \
    " join organizations o on o.id = d.organization_id"                                            \
    " join connections k on k.organization_id = o.id"                                              \
    " where d.domain = " domain_                                                                   \
    " and d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified'"                                \
    " and o.is_sso_on and k.type in ('saml', 'oidc') and k.is_enabled and k.is_completed"          \
    " and (k.domains = '{}' or d.domain = any (k.domains))"                                        \
    " group by o.id"
#define DOMAIN_OF(email_) "split_part(" email_ ", '@', -1)"
#define REALM_JOIN(domain_)                                                                        \
    " cross join lateral (select " domain_                                                         \
    " as name) rd"                                                                                 \
    " left join lateral (" REALM_SELECT("rd.name") ") r on true"
#define REALM_TYPES "tolt"
#define REALM_COLUMNS "r.organization_id, r.is_sso_exclusive, r.connection_ids, rd.name"
flow_hrd_t realm_from_row(sql_row_t *row);

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
    "tbtttttttttttiizztt" CLIENT_TYPES CHALLENGE_TYPES "t"
#define FLOW_COLUMNS                                                                               \
    "now(), f.id, f.browser_hash, f.client_id, f.redirect_uri, f.scope, f.state, f.nonce,"         \
    " f.code_challenge, f.prompt, f.login_hint, f.ui_locales, f.organization_id, f.status,"        \
    " f.max_age_s, extract(epoch from f.expires_at - f.created_at)::int8, f.created_at,"           \
    " f.expires_at, f.email, f.email_display, " CLIENT_COLUMNS ", " CHALLENGE_COLUMNS              \
    ", c.confirm_number"
#define FLOW_JOIN                                                                                  \
    " from flows f join applications a on a.id = f.client_id"                                      \
    " left join challenges c on c.flow_id = f.id and c.superseded_at is null"
store_flow_t flow_from_row(sql_row_t *row);

// ---- claims of a user -------------------------------------------------------------------------
#define CLAIMS_TYPES                                                                               \
    "ttttttto"                                                                                     \
    "z"
#define CLAIMS_COLUMNS(u)                                                                          \
    u ".id, " u ".email, " u ".name, " u ".given_name, " u ".family_name, " u ".picture, " u       \
      ".locale, " u ".proven_at is not null, " u ".updated_at"
store_user_claims_t claims_from_row(sql_row_t *row);

// ---- grant, with its session as it is now, the realm and the user ------------------------------
// g is the grant; the select has joined it already.
#define GRANT_TYPES "tttto" SESSION_TYPES REALM_TYPES CLAIMS_TYPES
#define GRANT_COLUMNS                                                                              \
    "g.id, g.client_id, g.scope, g.nonce, g.revoked_at is not null, " SESSION_COLUMNS              \
    ", " REALM_COLUMNS ", " CLAIMS_COLUMNS("gu")
#define GRANT_JOIN                                                                                 \
    " join users gu on gu.id = g.user_id" SESSION_JOIN("x.id = g.session_id")                      \
        REALM_JOIN(DOMAIN_OF("gu.email"))
flow_grant_t grant_from_row(sql_row_t *row, store_user_claims_t *out_user);
