#include "handle/challenge.h"

#include "base/encode.h"
#include "crypto/random.h"
#include "handle/limits.h"
#include "handle/outbox.h"

enum { CODE_DIGITS = 6, NUMBER_DIGITS = 2 };

static const char code_label[] = "code";
static const char link_label[] = "link-code";

static result_t code_hash(call_t *call, str_t challenge_id, str_t code, hash256_t *out) {
    const bytes_t parts[] = {str_bytes(challenge_id), str_bytes(code)};
    return master_keyed_hash(call->master, code_label, (bytes_list_t){parts, 2}, out, &call->err);
}

// What is made for one challenge before any of it is written.
typedef struct {
    str_t id, outbox_id;
    secret_t code, link_token, number;
    hash256_t code_hash, link_hash;
    bytes_t code_sealed, mail_sealed;
    view_locale_t locale;
    str_t requested_from;
} made_t;

static result_t make_secrets(call_t *call, made_t *made) {
    const time_ms_t now = call_now(call);
    TRY(random_id(call->arena, "chl", now, &made->id, &call->err));
    TRY(random_id(call->arena, "out", now, &made->outbox_id, &call->err));
    TRY(random_code(call->arena, CODE_DIGITS, &made->code, &call->err));
    TRY(random_token(call->arena, &made->link_token, &call->err));
    TRY(hash_token(made->link_token, &made->link_hash, &call->err));
    TRY(code_hash(call, made->id, secret_reveal(made->code), &made->code_hash));
    if (!call->settings->is_link_same_browser) {
        TRY(random_code(call->arena, NUMBER_DIGITS, &made->number, &call->err));
    }
    // The code's digits, then where it was asked for.
    buf_t note = buf_new(call->arena, 64);
    buf_add(&note, secret_reveal(made->code));
    buf_add(&note, made->requested_from);
    const token_seal_t seal = {call->master, link_label, made->id, made->link_token};
    return token_seal(call->arena, &seal, str_bytes(buf_str(&note)), &made->code_sealed,
                      &call->err);
}

static result_t make_mail(call_t *call, const challenge_send_t *in, made_t *made) {
    const store_flow_t *flow = &in->page->flow;
    // P-OTP-20: the link's host is the configured issuer, never a Host header.
    const str_t link =
        arena_format(call->arena, "%.*s/a/auth/link?token=%.*s", STR_ARG(call->settings->issuer),
                     STR_ARG(secret_reveal(made->link_token)));
    const view_mail_code_t mail = {.locale = made->locale,
                                   .app_name = flow->client.name,
                                   .email = in->email_display,
                                   .code = secret_reveal(made->code),
                                   .link = link,
                                   .lifetime_min = call->settings->code_lifetime_s / 60,
                                   .requested_from = made->requested_from,
                                   .requested_at = call_now(call)};
    const outbox_slot_t slot = {call->master, made->outbox_id};
    return outbox_seal_code(call->arena, &slot, &mail, &made->mail_sealed, &call->err);
}

result_t challenge_send(call_t *call, const challenge_send_t *in, store_limited_t *out_limited) {
    made_t made = {.locale = page_frame(call, &in->page->flow, &in->page->form).locale};
    made.requested_from =
        view_user_agent_words(call->views, call->arena, made.locale, call->request->user_agent);
    TRY(make_secrets(call, &made));
    TRY(make_mail(call, in, &made));
    limits_t limits;
    const limits_mail_t subject = {&in->page->browser, in->is_known_browser, in->email};
    TRY(limits_for_mail(call, &subject, &limits));
    const store_challenge_new_t challenge = {.challenge_id = made.id,
                                             .flow_id = in->page->flow_id,
                                             .purpose = in->decision->purpose,
                                             .email = in->email,
                                             .email_display = in->email_display,
                                             .code_hash = hash256_bytes(&made.code_hash),
                                             .link_hash = hash256_bytes(&made.link_hash),
                                             .code_sealed = made.code_sealed,
                                             .confirm_number = secret_reveal(made.number),
                                             .lifetime_s = call->settings->code_lifetime_s,
                                             .outbox_id = made.outbox_id,
                                             .mail_sealed = made.mail_sealed,
                                             .limits = limits_list(&limits),
                                             .assertion = in->assertion,
                                             .assertion_id = in->assertion_id};
    store_audit_t audit = page_audit(call, in->event, &in->page->flow, in->decision);
    audit.email = in->email;
    TRY(store_challenge_create(call->store, &challenge, &audit, out_limited, &call->err));
    call->has_mail = !out_limited->is_limited;
    return OK;
}

bool challenge_is_code(arena_t *arena, str_t typed, str_t *out_code) {
    char *digits = arena_alloc(arena, CODE_DIGITS + 1);
    size_t count = 0;
    for (size_t i = 0; i < typed.len; i++) {
        const char c = typed.ptr[i];
        if (c == ' ') {
            continue;
        }
        if (c < '0' || c > '9' || count == CODE_DIGITS) {
            return false;
        }
        digits[count++] = c;
    }
    *out_code = (str_t){digits, count};
    return count == CODE_DIGITS;
}

result_t challenge_code_matches(call_t *call, const store_proof_t *proof, str_t code,
                                bool *out_matches) {
    hash256_t typed;
    TRY(code_hash(call, proof->flow.challenge.id, code, &typed));
    *out_matches = secret_equal(proof->code_hash, hash256_bytes(&typed));
    return OK;
}

result_t challenge_note_open(call_t *call, const store_proof_t *proof, str_t link_token,
                             challenge_note_t *out) {
    const token_seal_t seal = {call->master, link_label, proof->flow.challenge.id,
                               secret_from_str(link_token)};
    bytes_t note;
    TRY(token_open(call->arena, &seal, proof->code_sealed, &note, &call->err));
    const str_t text = {(const char *)note.ptr, note.len};
    out->code = secret_from_str(str_sub(text, 0, CODE_DIGITS));
    out->requested_from = str_sub(text, CODE_DIGITS, text.len);
    return OK;
}
