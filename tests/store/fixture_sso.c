#include "store/fixture_sso.h"

void make_organization(const char *name) {
    sql_exec(
        "insert into organizations (id, name, external_id, is_sso_on)"
        " values ('org_%s', '%s', 'ext-%s', true)",
        name, name, name);
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status) values"
        " ('dom_%s', 'org_%s', '%s.example', 'ORGANIZATION_DOMAIN', 'verified')",
        name, name, name);
    sql_exec(
        "insert into connections (id, organization_id, type, name, is_enabled, status)"
        " values ('conn_%s', 'org_%s', 'oidc', '%s', true, 'COMPLETED')",
        name, name, name);
}

void make_social(void) {
    sql_exec(
        "insert into connections (id, type, provider, name, is_enabled, status)"
        " values ('conn_google', 'social', 'GOOGLE', 'Google', true, 'COMPLETED')");
}

void make_member(const char *organization, const char *user, const char *status) {
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " values ('%s', '%s', '%s', 'direct_provision')",
        organization, user, status);
}

void make_invitation(const char *organization, const char *email) {
    sql_exec("insert into users (id, email, email_display) values ('usr_inv', '%s', '%s')", email,
             email);
    make_member(organization, "usr_inv", "PENDING_INVITE");
    const bytes_t hash = hash_of(arena, "invitation", 1);
    char hex[65];
    for (size_t i = 0; i < hash.len; i++) {
        snprintf(hex + 2 * i, 3, "%02x", hash.ptr[i]);
    }
    sql_exec(
        "insert into invitations (id, organization_id, user_id, token_hash, expires_at)"
        " values ('inv_1', '%s', 'usr_inv', '\\x%s', now() + interval '15 days')",
        organization, hex);
}

store_assertion_t assertion_of(arena_t *where, int n, const char *name, const char *subject,
                               const char *email) {
    return (store_assertion_t){.id = id_of(where, "ast", n),
                               .connection_id = arena_format(where, "conn_%s", name),
                               .subject = str_from_c(subject),
                               .email = str_from_c(email),
                               .email_display = str_from_c(email),
                               .trust_epoch = 1,
                               .profile = STR("{\"name\": \"Ann Example\"}")};
}

store_completion_t social_of(arena_t *where, int n, const store_assertion_t *said) {
    store_completion_t in = completion_of(where, n, said->email.ptr);
    in.proven.challenge_id = STR_NONE;
    in.proven.assertion = said;
    return in;
}

store_completion_t sso_of(arena_t *where, int n, const char *name, const store_assertion_t *said) {
    store_completion_t in = social_of(where, n, said);
    in.proven.connection_id = said->connection_id;
    in.proven.is_by_domain = true;
    in.organization_id = arena_format(where, "org_%s", name);
    in.membership = FLOW_MEMBERSHIP_JIT;
    return in;
}

result_t complete(const store_completion_t *in) {
    store_completed_t out;
    return store_login_complete(store, in, &AUDIT, &out, &err);
}

result_t sso_login(int n, const char *name, const char *subject, const char *email) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_assertion_t said = assertion_of(arena, n, name, subject, email);
    const store_completion_t in = sso_of(arena, n, name, &said);
    return complete(&in);
}

int64_t count_of(const char *rest) {
    return sql_number("select count(*) from %s", rest);
}

result_t start_proof(int n, const store_assertion_t *said, const char *email) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_challenge_new_t in = {.challenge_id = id_of(arena, "chl", n),
                                      .flow_id = id_of(arena, "req", n),
                                      .purpose = FLOW_PURPOSE_SSO_TRUST,
                                      .email = str_from_c(email),
                                      .email_display = str_from_c(email),
                                      .code_hash = hash_of(arena, "code", n),
                                      .link_hash = hash_of(arena, "link", n),
                                      .code_sealed = hash_of(arena, "sealed", n),
                                      .lifetime_s = 300,
                                      .outbox_id = id_of(arena, "out", n),
                                      .mail_sealed = hash_of(arena, "mail", n),
                                      .assertion = said};
    store_limited_t limited;
    return store_challenge_create(store, &in, &AUDIT, &limited, &err);
}

store_completion_t guest_of(int n, const store_assertion_t *said) {
    store_completion_t in = sso_of(arena, n, "acme", said);
    in.proven.challenge_id = id_of(arena, "chl", n);
    in.proven.is_by_domain = false;
    in.proven.is_channel = true;
    return in;
}
