// store/ and the pages, as far as the OAuth endpoints need them.
#include "oauth/world.h"

static bool is_hash(bytes_t given, const hash256_t *kept) {
    return secret_equal(given, hash256_bytes(kept));
}

static result_t audit_note(store_t *store, const store_audit_t *audit) {
    store->audits++;
    store->event = str_from_c(audit->event);
    store->decision = str_from_c(audit->decision);
    cr_assert(audit->reason.len > 0, "an audit row without a reason");
    return OK;
}

result_t store_audit_add(store_t *store, const store_audit_t *audit, err_t *err) {
    (void)err;
    return audit_note(store, audit);
}

// No test here refuses so often that the limit counts (tests/store, tests/attacks).
result_t store_audit_add_limited(store_t *store, const store_audit_t *audit,
                                 const store_limit_t *limit, err_t *err) {
    (void)limit;
    return store_audit_add(store, audit, err);
}

static const store_client_auth_t *client_find(store_t *store, str_t client_id) {
    static const store_client_auth_t NOBODY = {0};
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (str_eq(store->clients[i].client.id, client_id)) {
            return &store->clients[i];
        }
    }
    return &NOBODY;
}

result_t store_client_auth_read(store_t *store, str_t client_id, store_client_auth_t *out,
                                err_t *err) {
    (void)err;
    *out = *client_find(store, client_id);
    return OK;
}

// No row of these worlds says that its use is due.
result_t store_client_secret_used(store_t *store, str_t client_id, bytes_t hash, err_t *err) {
    (void)store;
    cr_assert_fail("%.*s: %zu octets", STR_ARG(client_id), hash.len);
    return FAIL(err, INTERNAL, "store_client_secret_used", "not due");
}

result_t store_assertion_use(store_t *store, str_t client_id, str_t jti, time_ms_t expires_at,
                             err_t *err) {
    cr_assert(client_id.len && expires_at > 0);
    if (str_eq(store->used_jti, jti)) {
        return FAIL(err, CONFLICT, "jti", "seen");
    }
    store->used_jti = jti;
    return OK;
}

result_t store_code_read(store_t *store, bytes_t code_hash, store_code_t *out, err_t *err) {
    (void)err;
    *out = (store_code_t){0};
    if (is_hash(code_hash, &store->code_hash)) {
        *out = store->code;
    }
    return OK;
}

result_t store_refresh_read(store_t *store, bytes_t refresh_hash, store_refresh_t *out,
                            err_t *err) {
    (void)err;
    *out = (store_refresh_t){0};
    if (is_hash(refresh_hash, &store->refresh_hash)) {
        *out = store->refresh;
    }
    return OK;
}

result_t store_code_redeem(store_t *store, const store_redeem_t *in, const store_audit_t *audit,
                           err_t *err) {
    store->code.facts.is_consumed = true;
    if (store->conflicts-- > 0) {
        return FAIL(err, CONFLICT, "code", "somebody was faster");
    }
    store->redeemed++;
    store->has_refresh = in->refresh_hash.len > 0;
    return audit_note(store, audit);
}

result_t store_refresh_rotate(store_t *store, const store_rotate_t *in, const store_audit_t *audit,
                              err_t *err) {
    store->refresh.facts.is_used = true;
    if (store->conflicts-- > 0) {
        return FAIL(err, CONFLICT, "refresh", "somebody was faster");
    }
    cr_assert(!secret_equal(in->old_hash, in->new_hash));
    store->rotated++;
    return audit_note(store, audit);
}

result_t store_grant_revoke(store_t *store, str_t grant_id, const char *why,
                            const store_audit_t *audit, err_t *err) {
    (void)err;
    cr_assert_not_null(why);
    store->revoked_grant = grant_id;
    return audit_note(store, audit);
}

result_t store_access_revoke(store_t *store, str_t jti, time_ms_t expires_at,
                             const store_audit_t *audit, err_t *err) {
    (void)err;
    cr_assert(expires_at > call_now(&world.call));
    store->revoked_jti = jti;
    return audit_note(store, audit);
}

result_t store_access_read(store_t *store, const store_access_in_t *in, store_access_t *out,
                           err_t *err) {
    (void)err;
    *out = store->access;
    out->is_active = out->is_active && !str_eq(in->jti, store->revoked_jti);
    if (!in->grant_id.len) {
        out->user = (store_user_claims_t){0};
        out->session = (flow_session_t){0};
    }
    return OK;
}

result_t store_logout_read(store_t *store, const store_logout_in_t *in, store_logout_t *out,
                           err_t *err) {
    (void)err;
    *out = (store_logout_t){.client = client_find(store, in->client_id)->client};
    if (in->session_hash.len && is_hash(in->session_hash, &store->session_hash) &&
        !store->ended_session.len) {
        out->session = store->access.session;
    }
    return OK;
}

result_t store_session_end(store_t *store, str_t session_id, const char *why,
                           const store_audit_t *audit, err_t *err) {
    (void)err;
    cr_assert_not_null(why);
    store->ended_session = session_id;
    return audit_note(store, audit);
}

// handle/login.c needs it to link; no endpoint of these tests completes a login.
result_t store_login_complete(store_t *store, const store_completion_t *in,
                              const store_audit_t *audit, store_completed_t *out, err_t *err) {
    (void)store, (void)in, (void)audit, (void)out;
    return FAIL(err, INTERNAL, "unexpected", "a login was completed");
}

// ---- pages: what matters of them, as text ------------------------------------------------------

result_t view_notice_page(arena_t *arena, const view_frame_t *frame, const view_notice_t *page,
                          str_t *out, err_t *err) {
    (void)frame, (void)err;
    *out = arena_format(arena, "%s|%.*s|%.*s|%.*s|%.*s",
                        page->kind == VIEW_NOTICE_SIGN_OUT_CONFIRM ? "confirm" : "signed out",
                        STR_ARG(page->form_token), STR_ARG(page->client_id),
                        STR_ARG(page->post_logout_redirect_uri), STR_ARG(page->state));
    return OK;
}

view_locale_t view_locale_choose(const views_t *views, str_t ui_locales, str_t accept_language) {
    (void)views, (void)ui_locales, (void)accept_language;
    return LOCALE_EN;
}

str_t view_locale_tag(view_locale_t locale) {
    static const str_t TAGS[] = {{"en", 2}, {"de", 2}, {"ar", 2}};
    return TAGS[locale];
}
