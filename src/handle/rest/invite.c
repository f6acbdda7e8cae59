#include "handle/rest/invite.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "handle/limits.h"
#include "handle/outbox.h"

enum { DAY_S = 24 * 3600 };

static result_t mail_seal(rest_t *rest, const invite_ask_t *ask, secret_t token,
                          store_invite_new_t *out) {
    call_t *call = rest->call;
    // P-OTP-20: the link's host is the configured issuer, never a Host header.
    const str_t link = arena_format(call->arena, "%.*s/a/auth/invitation?token=%.*s",
                                    STR_ARG(call->settings->issuer), STR_ARG(secret_reveal(token)));
    const view_mail_invitation_t mail = {
        .locale = view_locale_choose(call->views, ask->locale, STR_NONE),
        .app_name = ask->member->app_name,
        .organization = ask->member->organization_name,
        .email = ask->email_display,
        .inviter = ask->inviter_email,
        .link = link,
        .lifetime_days = (call->settings->invitation_lifetime_s + DAY_S - 1) / DAY_S};
    const outbox_slot_t slot = {call->master, out->outbox_id};
    return outbox_seal_invitation(call->arena, &slot, &mail, &out->mail_sealed, &call->err);
}

result_t invite_limited(rest_t *rest, const store_limited_t *limited, response_t *out) {
    return rest_limited(rest, "this address was sent invitations a moment ago",
                        limited->retry_after_s, out);
}

result_t invite_make(rest_t *rest, const invite_ask_t *ask, store_invite_new_t *out) {
    call_t *call = rest->call;
    hash256_t *hash = ARENA_NEW(call->arena, hash256_t);
    limits_t *limits = ARENA_NEW(call->arena, limits_t);
    secret_t token;
    *out = (store_invite_new_t){.lifetime_s = call->settings->invitation_lifetime_s};
    TRY(rest_id(rest, "inv", &out->id));
    TRY(rest_id(rest, "out", &out->outbox_id));
    TRY(random_token(call->arena, &token, &call->err));
    TRY(hash_token(token, hash, &call->err));
    TRY(limits_for_invitation(call, ask->email_display, limits));
    out->token_hash = hash256_bytes(hash);
    out->limits = limits_list(limits);
    return mail_seal(rest, ask, token, out);
}
