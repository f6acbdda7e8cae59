#include "handle/outbox.h"
#include "base/json.h"
#include "base/log.h"

enum {
    STORE_MS = 10000,
    SEND_MS = 20000,
    ROUND_MS = 60000,
    LEASE_S = 90, // longer than a round, so that nobody else sends what is under way here
    PAYLOAD_MAX = 16 * 1024,
    GIVE_UP_MS = 24 * 3600 * 1000,
    RETRY_LAST_S = 900,
};

static const char LABEL[] = "outbox";

// ---- sealing ----------------------------------------------------------------------------------

// One row a member of view_mail_code_t that is text.
static const struct {
    const char *name;
    size_t offset;
} TEXTS[] = {
    {"app_name", offsetof(view_mail_code_t, app_name)},
    {"email", offsetof(view_mail_code_t, email)},
    {"code", offsetof(view_mail_code_t, code)},
    {"link", offsetof(view_mail_code_t, link)},
    {"requested_from", offsetof(view_mail_code_t, requested_from)},
};
enum { TEXT_COUNT = sizeof(TEXTS) / sizeof(TEXTS[0]) };

result_t outbox_seal_code(arena_t *arena, const outbox_slot_t *slot, const view_mail_code_t *mail,
                          bytes_t *out, err_t *err) {
    SCOPED(json_t) payload = json_object();
    int failed = !payload;
    for (size_t i = 0; i < TEXT_COUNT && !failed; i++) {
        const str_t *text = (const str_t *)(const void *)((const char *)mail + TEXTS[i].offset);
        failed |= json_object_set_new(payload, TEXTS[i].name, json_str(*text));
    }
    if (!failed) {
        const json_int_t at = mail->requested_at, minutes = mail->lifetime_min;
        failed |= json_object_set_new(payload, "locale", json_integer(mail->locale)) |
                  json_object_set_new(payload, "lifetime_min", json_integer(minutes)) |
                  json_object_set_new(payload, "requested_at", json_integer(at));
    }
    if (failed) {
        return FAIL(err, INTERNAL, "json", "a mail's payload cannot be built");
    }
    str_t text;
    TRY(json_text(arena, payload, &text, err));
    const seal_t seal = {slot->master, LABEL, slot->id};
    return master_seal(arena, &seal, str_bytes(text), out, err);
}

static result_t payload_open(const outbox_t *outbox, const store_mail_t *row, view_mail_code_t *out,
                             err_t *err) {
    const seal_t seal = {outbox->master, LABEL, row->id};
    bytes_t plain;
    TRY(master_open(outbox->arena, &seal, row->sealed, &plain, err));
    SCOPED(json_t) payload = NULL;
    const str_t text = {(const char *)plain.ptr, plain.len};
    TRY(json_parse_object(text, PAYLOAD_MAX, &payload, err));
    bool is_whole = true;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        str_t value = STR_NONE;
        is_whole &= json_get_str(payload, TEXTS[i].name, &value);
        *(str_t *)(void *)((char *)out + TEXTS[i].offset) = arena_dup(outbox->arena, value);
    }
    int64_t locale = 0;
    is_whole &= json_get_int(payload, "locale", &locale) && locale >= 0 &&
                locale < VIEW_LOCALE_COUNT &&
                json_get_int(payload, "lifetime_min", &out->lifetime_min) &&
                json_get_int(payload, "requested_at", &out->requested_at);
    out->locale = (view_locale_t)locale;
    return is_whole ? OK : FAIL(err, BAD_REQUEST, "outbox", "a mail's payload is not whole");
}

// ---- sending ----------------------------------------------------------------------------------

static bool needs_utf8(str_t address) {
    for (size_t i = 0; i < address.len; i++) {
        if ((unsigned char)address.ptr[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

static result_t row_send(const outbox_t *outbox, const store_mail_t *row, deadline_t deadline,
                         err_t *err) {
    view_mail_code_t code = {0};
    view_mail_t words;
    TRY(payload_open(outbox, row, &code, err));
    TRY(view_mail_code(outbox->views, outbox->arena, &code, &words, err));
    const mail_t mail = {.to = code.email,
                         .is_utf8 = needs_utf8(code.email),
                         .subject = words.subject,
                         .text = words.text,
                         .html = words.html,
                         .message_id = row->id,
                         .date = code.requested_at};
    return mailer_send(outbox->mailer, outbox->arena, &mail, deadline_shrink(deadline, SEND_MS),
                       err);
}

static int64_t retry_after_s(int attempts) {
    static const int64_t WAITS_S[] = {1, 5, 15, 60, 300};
    const size_t count = sizeof(WAITS_S) / sizeof(WAITS_S[0]);
    return attempts >= 0 && (size_t)attempts < count ? WAITS_S[attempts] : RETRY_LAST_S;
}

// What a failure means for the row. What the server refuses for good, and what was never a mail or
// does not open, is no better tomorrow; anything else may be. The log gets the code only: the
// server's words may name the recipient and stay in the row.
static store_mail_failed_t row_judge(const store_mail_t *row, result_t result, const err_t *why) {
    const bool is_old = clock_wall_ms() - row->created_at > GIVE_UP_MS;
    const bool is_dead = is_old || result == REFUSED || result == BAD_REQUEST;
    LOG(is_dead ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, is_dead ? "mail_dead" : "mail_failed",
        LOG_S("mail", row->id), LOG_S("result", str_from_c(result_name(result))),
        LOG_S("code", str_from_c(why->code)), LOG_N("attempts", row->attempts + 1));
    return (store_mail_failed_t){.id = row->id,
                                 .retry_after_s = retry_after_s(row->attempts),
                                 .is_dead = is_dead,
                                 .why = why->text};
}

// ---- a round ----------------------------------------------------------------------------------

typedef struct {
    deadline_t deadline;
    str_t sent_ids[OUTBOX_ROUND_MAX];
    outbox_round_t counts;
} round_t;

// Each write has time of its own: the mail server may have used up that of the caller.
static void store_ready(const outbox_t *outbox) {
    store_use(outbox->store, outbox->arena, deadline_in(STORE_MS));
}

static result_t row_failed(const outbox_t *outbox, const store_mail_failed_t *failed, err_t *err) {
    store_ready(outbox);
    return store_outbox_failed(outbox->store, failed, err);
}

static result_t row_handle(const outbox_t *outbox, const store_mail_t *row, round_t *round,
                           err_t *err) {
    if (row->is_expired) {
        const store_mail_failed_t expired = {
            .id = row->id, .is_dead = true, .why = "expired before it could be sent"};
        LOG(LOG_LEVEL_ERROR, "mail_expired", LOG_S("mail", row->id),
            LOG_N("attempts", row->attempts));
        round->counts.expired++;
        return row_failed(outbox, &expired, err);
    }
    err_t why = {0};
    const result_t result = row_send(outbox, row, round->deadline, &why);
    if (result != OK) {
        const store_mail_failed_t failed = row_judge(row, result, &why);
        round->counts.failed += !failed.is_dead;
        round->counts.dead += failed.is_dead;
        return row_failed(outbox, &failed, err);
    }
    LOG(LOG_LEVEL_INFO, "mail_sent", LOG_S("mail", row->id), LOG_N("attempts", row->attempts + 1));
    round->sent_ids[round->counts.sent++] = row->id;
    return OK;
}

result_t outbox_run_round(outbox_t *outbox, outbox_round_t *out, err_t *err) {
    round_t round = {.deadline = deadline_in(ROUND_MS)};
    store_mails_t mails;
    result_t result = OK;
    store_ready(outbox);
    TRY(store_outbox_claim(outbox->store, OUTBOX_ROUND_MAX, LEASE_S, &mails, err));
    for (size_t i = 0; i < mails.count && result == OK; i++) {
        result = row_handle(outbox, &mails.items[i], &round, err);
    }
    // Recorded even if another row could not be: a mail that is out must not go out again.
    if (round.counts.sent > 0) {
        store_ready(outbox);
        const result_t recorded =
            store_outbox_sent(outbox->store, round.sent_ids, (size_t)round.counts.sent, err);
        result = result != OK ? result : recorded;
    }
    if (result == OK) {
        *out = round.counts;
    }
    return result;
}
