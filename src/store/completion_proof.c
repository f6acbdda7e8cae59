// Who it is that a completion completes for, and whether what proved it still holds.
#include "store/completion_found.h"
#include "store/facts.h"

// P-OTP-03: used once, not after a newer one, not after its end, and only for the flow, the address
// and the identity that it was sent for (P-OTP-04, P-LINK-11).
static const sql_statement_t CHALLENGE_CONSUME = {
    "challenge_consume", "tttt", "o",
    "with consumed as (update challenges set consumed_at = now()"
    " where id = $1 and flow_id = $2 and email = $3 and ($4 = '' or assertion_id = $4)"
    " and consumed_at is null and superseded_at is null and expires_at > now() returning id)"
    " select gatehouse_require(exists (select from consumed))"};

// As it was when it said who this is (flow.md 4.2, M12). The lock makes a change of the connection
// wait until this login is written, or this login see the change. An organization's connection
// that is trusted neither by a domain nor by a code of this login ($3) is trusted by its channel.
static const sql_statement_t CONNECTION_HOLD = {
    "connection_hold", "tiott", "t",
    "select k.organization_id from connections k"
    " left join organizations o on o.id = k.organization_id"
    " where k.id = $1 and k.trust_epoch = $2 and " CONNECTION_IS_USABLE("k", "o")
    " and (not $3 or exists (select from identities i where i.connection_id = k.id"
    " and i.subject = $4 and i.channel_email = $5 and i.channel_epoch = k.trust_epoch))"
    " for share of k"};

// flow.md 4.1 at this moment: the removal of the domain waits for this login's commit, or this
// login finds it removed. Never a trusted login after the removal.
static const sql_statement_t DOMAIN_HOLD = {
    "domain_hold", "tt", "t",
    "select d.id from connections k join organization_domains d"
    " on d.organization_id = k.organization_id and d.domain = " DOMAIN_OF("$2")
    " and " DOMAIN_IS_VERIFIED("d")
    " where k.id = $1 and (k.domains = '{}' or d.domain = any (k.domains)) for share of d"};

// flow.md 5: one user per address. Of two that insert at once one waits for the other's commit, and
// then finds that user in the next statement. A known identity needs no user.
static const sql_statement_t USER_INSERT = {
    "user_insert", "tttott", "t",
    "insert into users (id, email, email_display, proven_at) select $1, $2, $3, now() where $4"
    " and not exists (select from identities where connection_id = $5 and subject = $6)"
    " on conflict (email) do nothing returning id"};

// The write is the lock: logins of one user stand in line from here on. P-RP-27: a known identity
// is its user, whatever address it carries today.
static const sql_statement_t USER_LOGIN = {
    "user_login", "ttt", "ttoo",
    "update users set last_login_at = now() where id = coalesce((select i.user_id"
    " from identities i where i.connection_id = $2 and i.subject = $3),"
    " (select y.id from users y where y.email = $1))"
    " returning id, email, is_active, proven_at is not null"};

// Who has been authenticated in this flow before. What that rested on is looked at again: the
// connection is usable, believes whom it did, and the subject that it named is still to be trusted
// by a domain or a channel (flow.md 4).
static const sql_statement_t FLOW_DOMAIN_HOLD = {
    "flow_domain_hold", "t", "t",
    "select d.id from flows f join connections k on k.id = any (f.connection_ids)"
    " join identities i on i.connection_id = k.id and i.subject = f.login_subject"
    " join organization_domains d on d.organization_id = k.organization_id"
    " and d.domain = " DOMAIN_OF("i.email") " and " DOMAIN_IS_VERIFIED(
        "d") " where f.id = $1 for share of d"};
#define IDENTITY_IS_TRUSTED                                                                        \
    "(i.channel_email = i.email and i.channel_epoch = k.trust_epoch"                               \
    " or exists (select from organization_domains d where d.organization_id = k.organization_id"   \
    " and d.domain = " DOMAIN_OF("i.email") " and " DOMAIN_IS_VERIFIED(                            \
        "d") " and (k.domains = '{}' or d.domain = any (k.domains))))"
static const sql_statement_t FLOW_USER = {
    "flow_user", "t", "ttoolll",
    "select u.id, u.email, u.is_active, u.proven_at is not null, f.amr, f.connection_ids, "
    SSO_ORGANIZATIONS_OF("f.connection_ids")
    " from flows f join users u on u.id = f.user_id"
    " where f.id = $1 and f.authenticated_at is not null and f.session_id = ''"
    " and not exists (select from unnest(f.connection_ids) used (id) where not exists ("
    "select from connections k join organizations o on o.id = k.organization_id"
    " join identities i on i.connection_id = k.id and i.subject = f.login_subject"
    " and i.user_id = u.id where k.id = used.id and k.trust_epoch = f.login_epoch"
    " and " CONNECTION_IS_USABLE("k", "o") " and " IDENTITY_IS_TRUSTED "))"
    " for no key update of u"};

static bool is_of_assertion(const store_proven_t *proven) {
    const store_assertion_t *said = proven->assertion;
    const bool is_silent = str_is_empty(said->email) && !proven->is_by_domain;
    return (is_silent || str_eq(said->email, proven->email)) &&
           (str_is_empty(proven->connection_id) ||
            str_eq(said->connection_id, proven->connection_id));
}

const char *proven_defect(const store_proven_t *proven, bool is_session) {
    const bool is_proof = !str_is_empty(proven->challenge_id) || proven->assertion;
    if (is_session ? is_proof : is_proof == proven->is_from_flow) {
        return "a new session needs one proof, and a session that goes on none";
    }
    if (!str_is_empty(proven->connection_id) && !proven->assertion && !proven->is_from_flow) {
        return "a login through a connection needs what the connection said";
    }
    if (proven->is_channel && (str_is_empty(proven->challenge_id) || !proven->assertion)) {
        return "a channel is an identity with an address that a code has proven";
    }
    if (proven->is_by_domain && (str_is_empty(proven->connection_id) || !proven->assertion)) {
        return "only an organization's connection is trusted by a domain";
    }
    return proven->assertion && !is_of_assertion(proven)
               ? "the identity says another address or connection than was proven"
               : NULL;
}

static void identity_hold_append(sql_batch_t *batch, const store_proven_t *proven,
                                 completion_places_t *places) {
    places->connection = batch->count;
    sql_args_t *args = sql_add(batch, &CONNECTION_HOLD);
    sql_arg_text(args, proven->assertion->connection_id);
    sql_arg_int(args, proven->assertion->trust_epoch);
    sql_arg_bool(args, !str_is_empty(proven->connection_id) && !proven->is_by_domain &&
                           str_is_empty(proven->challenge_id));
    sql_arg_text(args, proven->assertion->subject);
    sql_arg_text(args, proven->email);
    if (proven->is_by_domain) {
        places->domain = batch->count;
        args = sql_add(batch, &DOMAIN_HOLD);
        sql_arg_text(args, proven->assertion->connection_id);
        sql_arg_text(args, proven->email);
    }
}

void proof_append(sql_batch_t *batch, str_t flow_id, const store_proven_t *proven,
                  completion_places_t *places) {
    const store_assertion_t none = {0};
    const store_assertion_t *said = proven->assertion ? proven->assertion : &none;
    if (proven->is_from_flow) {
        sql_arg_text(sql_add(batch, &FLOW_DOMAIN_HOLD), flow_id);
        places->user = batch->count;
        sql_arg_text(sql_add(batch, &FLOW_USER), flow_id);
        return;
    }
    if (!str_is_empty(proven->challenge_id)) {
        sql_args_t *args = sql_add(batch, &CHALLENGE_CONSUME);
        sql_arg_text(args, proven->challenge_id);
        sql_arg_text(args, flow_id);
        sql_arg_text(args, proven->email);
        sql_arg_text(args, said->id);
    }
    if (proven->assertion) {
        identity_hold_append(batch, proven, places);
    }
    places->insert = batch->count;
    sql_args_t *args = sql_add(batch, &USER_INSERT);
    sql_arg_text(args, proven->user_id);
    sql_arg_text(args, proven->email);
    sql_arg_text(args, proven->email_display);
    sql_arg_bool(args, proven->may_create_user && !str_is_empty(proven->email));
    sql_arg_text(args, said->connection_id);
    sql_arg_text(args, said->subject);
    places->user = batch->count;
    args = sql_add(batch, &USER_LOGIN);
    sql_arg_text(args, proven->email);
    sql_arg_text(args, said->connection_id);
    sql_arg_text(args, said->subject);
}

static bool is_empty_at(const sql_batch_t *batch, size_t position) {
    return position != COMPLETION_NOWHERE && sql_row_count(batch, position) == 0;
}

// One of an organization is remembered with the session, a social one is not.
static void connection_found(const sql_batch_t *batch, size_t position,
                             const store_proven_t *proven, completion_found_t *found) {
    found->amr = proven->amr;
    if (str_is_empty(proven->connection_id)) {
        return;
    }
    sql_row_t row = sql_row(batch, position, 0);
    str_t *organization_id = ARENA_NEW(batch->store->arena, str_t);
    *organization_id = sql_text(&row);
    found->connection_ids = (flow_list_t){&proven->connection_id, 1};
    found->sso_organization_ids = (flow_list_t){organization_id, 1};
}

result_t proof_found(const sql_batch_t *batch, const completion_places_t *places,
                     const store_proven_t *proven, completion_found_t *found, err_t *err) {
    if (is_empty_at(batch, places->connection) || is_empty_at(batch, places->domain)) {
        return FAIL(err, CONFLICT, "store_completion",
                    "the connection, its trust or the domain is not what it was");
    }
    if (is_empty_at(batch, places->user)) {
        return FAIL(err, CONFLICT, "store_completion",
                    "there is no such user, and none may be made");
    }
    sql_row_t row = sql_row(batch, places->user, 0);
    found->user_id = sql_text(&row);
    found->user_email = sql_text(&row);
    const bool is_active = sql_bool(&row);
    const bool is_proven = sql_bool(&row);
    // Only the proof of the user's own address is a first proof; by another one nobody comes into
    // an account that its owner has not yet claimed.
    found->is_first_proof = !is_proven && str_eq(found->user_email, proven->email);
    if (!is_active || (!is_proven && !found->is_first_proof)) {
        return FAIL(err, CONFLICT, "store_completion", "the user is not active, or not proven");
    }
    if (proven->is_from_flow) {
        found->amr = sql_list(&row);
        found->connection_ids = sql_list(&row);
        found->sso_organization_ids = sql_list(&row);
        return OK;
    }
    found->is_new_user = sql_row_count(batch, places->insert) > 0;
    if (found->is_new_user && !str_eq(found->user_email, proven->email)) {
        return FAIL(err, CONFLICT, "store_completion", "the identity was linked meanwhile");
    }
    connection_found(batch, places->connection, proven, found);
    return OK;
}

// P-LINK-01, P-LINK-02, P-LINK-16, flow.md 5: whoever prepared this account before its owner came
// (an administrator's invitation, or an attacker who waited) keeps no way in. A flow that waits for
// an organization rests on one of the sessions and ends with it.
static const sql_statement_t PROOF_DROP_SESSIONS = {
    "proof_drop_sessions", "t", "",
    "update sessions set ended_at = now(), end_reason = 'first proof of the address'"
    " where user_id = $1 and ended_at is null"};
static const sql_statement_t PROOF_DROP_GRANTS = {
    "proof_drop_grants", "t", "",
    "update grants set revoked_at = now(), revoke_reason = 'first proof of the address'"
    " where user_id = $1 and revoked_at is null"};
static const sql_statement_t PROOF_DROP_IDENTITIES = {"proof_drop_identities", "t", "",
                                                      "delete from identities where user_id = $1"};
static const sql_statement_t PROOF_SET = {
    "proof_set", "tt", "",
    "update users set proven_at = now(), updated_at = now(), email_display = $2 where id = $1"};

void first_proof_append(sql_batch_t *batch, str_t user_id, str_t email_display) {
    sql_arg_text(sql_add(batch, &PROOF_DROP_SESSIONS), user_id);
    sql_arg_text(sql_add(batch, &PROOF_DROP_GRANTS), user_id);
    sql_arg_text(sql_add(batch, &PROOF_DROP_IDENTITIES), user_id);
    sql_args_t *args = sql_add(batch, &PROOF_SET);
    sql_arg_text(args, user_id);
    sql_arg_text(args, email_display);
}

// An identity never moves to another user. The channel is what a code has proven through it
// (flow.md 4.2); trust by a domain, or by the provider's word, leaves it as it is.
static const sql_statement_t IDENTITY_LINK = {
    "identity_link", "ttttti", "o",
    "with linked as (insert into identities as i (connection_id, subject, user_id, email,"
    " channel_email, channel_epoch, channel_verified_at) select $1, $2, $3, $4, c.email, c.epoch,"
    " c.at from (select nullif($5, '') as email, case when $5 <> '' then $6::int8 end as epoch,"
    " case when $5 <> '' then now() end as at) c"
    " on conflict (connection_id, subject) do update set last_login_at = now(), synced_at = now(),"
    " email = coalesce(nullif(excluded.email, ''), i.email),"
    " channel_email = coalesce(excluded.channel_email, i.channel_email),"
    " channel_epoch = coalesce(excluded.channel_epoch, i.channel_epoch),"
    " channel_verified_at = coalesce(excluded.channel_verified_at, i.channel_verified_at)"
    " where i.user_id = excluded.user_id returning 1)"
    " select gatehouse_require(exists (select from linked))"};

// What the provider does not say erases nothing.
#define SAID(member) "coalesce(nullif(p.said ->> '" member "', ''), y." member ") as " member
#define SAID_GROUPS                                                                                \
    "case when jsonb_array_length(coalesce(p.said -> 'groups', '[]')) > 0"                         \
    " then jsonb_build_object('groups', p.said -> 'groups') else '{}' end"
#define SAID_ATTRIBUTES                                                                            \
    "case when p.said ? 'custom_attributes' then jsonb_build_object('custom_attributes',"          \
    " coalesce(y.profile -> 'custom_attributes', '{}') || (p.said -> 'custom_attributes'))"        \
    " else '{}' end"
static const sql_statement_t PROFILE_SYNC = {
    "profile_sync", "ttto", "",
    "update users u set name = s.name, given_name = s.given_name, family_name = s.family_name,"
    " picture = s.picture, locale = s.locale, profile = s.profile, updated_at = now()"
    " from (select " SAID("name") ", " SAID("given_name") ", " SAID("family_name") ", " SAID(
        "picture") ", " SAID("locale") ", y.profile || " SAID_GROUPS " || " SAID_ATTRIBUTES
                                       " as profile from users y, connections k, (select "
                                       "$3::text::jsonb as said) p"
                                       " where y.id = $1 and k.id = $2 and (k.is_profile_synced or "
                                       "$4)) s"
                                       " where u.id = $1 and (u.name, u.given_name, u.family_name, "
                                       "u.picture, u.locale, u.profile)"
                                       " is distinct from (s.name, s.given_name, s.family_name, "
                                       "s.picture, s.locale, s.profile)"};

void identity_append(sql_batch_t *batch, const store_proven_t *proven,
                     const completion_found_t *found) {
    const store_assertion_t *said = proven->assertion;
    if (!said) {
        return;
    }
    sql_args_t *args = sql_add(batch, &IDENTITY_LINK);
    sql_arg_text(args, said->connection_id);
    sql_arg_text(args, said->subject);
    sql_arg_text(args, found->user_id);
    sql_arg_text(args, said->email);
    sql_arg_text(args, proven->is_channel ? proven->email : STR_NONE);
    sql_arg_int(args, said->trust_epoch);
    args = sql_add(batch, &PROFILE_SYNC);
    sql_arg_text(args, found->user_id);
    sql_arg_text(args, said->connection_id);
    sql_arg_text(args, str_is_empty(said->profile) ? STR("{}") : said->profile);
    sql_arg_bool(args, found->is_new_user);
}

// $1 the address that was proven and the user's own, $2 the organizations whose connections made
// the login, $3 the organization that it is for. Who came through the realm's own organization may
// pass, and who came through organization A may go on with A unless the realm is exclusive.
static const sql_statement_t REALM_GUARD = {
    "realm_guard", "llt", "o",
    "select gatehouse_require(not exists (select from unnest($1::text[]) e (email)"
    " cross join lateral ("
    REALM_SELECT(DOMAIN_OF("e.email")) ") r where r.organization_id <> all ($2)"
    " and (r.is_sso_exclusive or $3 <> all ($2))))"};

static const sql_statement_t HOME_GUARD = {
    "home_guard", "ll", "o",
    "select gatehouse_require(exists (select from unnest($1::text[]) e (email)"
    " cross join lateral (" REALM_SELECT(
        DOMAIN_OF("e.email")) ") r where r.organization_id = any ($2)))"};

static sql_args_t *guard_append(sql_batch_t *batch, const sql_statement_t *statement, str_t email,
                                const completion_found_t *found) {
    str_t *emails = ARENA_ARRAY(batch->store->arena, str_t, 2);
    emails[0] = found->user_email;
    emails[1] = email;
    const bool is_one = str_is_empty(email) || str_eq(email, found->user_email);
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_list(args, batch->store->arena, (flow_list_t){emails, is_one ? 1 : 2});
    sql_arg_list(args, batch->store->arena, found->sso_organization_ids);
    return args;
}

void realm_guard_append(sql_batch_t *batch, str_t email, const completion_found_t *found,
                        str_t organization_id) {
    sql_arg_text(guard_append(batch, &REALM_GUARD, email, found), organization_id);
}

void home_guard_append(sql_batch_t *batch, str_t email, const completion_found_t *found) {
    guard_append(batch, &HOME_GUARD, email, found);
}

static const sql_statement_t BROWSER_KNOWN = {
    "browser_known", "bt", "",
    "insert into known_browsers (browser_hash, email) values ($1, $2)"
    " on conflict (browser_hash, email) do update set seen_at = now()"};

void browser_known_append(sql_batch_t *batch, bytes_t browser_hash, str_t email) {
    if (browser_hash.len == 0 || str_is_empty(email)) {
        return;
    }
    sql_args_t *args = sql_add(batch, &BROWSER_KNOWN);
    sql_arg_bytes(args, browser_hash);
    sql_arg_text(args, email);
}

const sql_statement_t *const sql_completion_proof_statements[] = {&CHALLENGE_CONSUME,
                                                                  &CONNECTION_HOLD,
                                                                  &DOMAIN_HOLD,
                                                                  &USER_INSERT,
                                                                  &USER_LOGIN,
                                                                  &FLOW_DOMAIN_HOLD,
                                                                  &FLOW_USER,
                                                                  &PROOF_DROP_SESSIONS,
                                                                  &PROOF_DROP_GRANTS,
                                                                  &PROOF_DROP_IDENTITIES,
                                                                  &PROOF_SET,
                                                                  &IDENTITY_LINK,
                                                                  &PROFILE_SYNC,
                                                                  &REALM_GUARD,
                                                                  &HOME_GUARD,
                                                                  &BROWSER_KNOWN,
                                                                  NULL};
