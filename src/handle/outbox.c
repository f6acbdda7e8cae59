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

// ---- payloads ---------------------------------------------------------------------------------

// One row a member of the mail's struct that is text.
typedef struct {
    const char *name;
    size_t offset;
} member_t;
typedef struct {
    const member_t *items;
    size_t count;
} members_t;

static const member_t CODE_MEMBERS[] = {
    {"app_name", offsetof(view_mail_code_t, app_name)},
    {"email", offsetof(view_mail_code_t, email)},
    {"code", offsetof(view_mail_code_t, code)},
    {"link", offsetof(view_mail_code_t, link)},
    {"requested_from", offsetof(view_mail_code_t, requested_from)},
};
static const members_t CODE = {CODE_MEMBERS, sizeof(CODE_MEMBERS) / sizeof(CODE_MEMBERS[0])};

static const member_t INVITATION_MEMBERS[] = {
    {"app_name", offsetof(view_mail_invitation_t, app_name)},
    {"organization", offsetof(view_mail_invitation_t, organization)},
    {"email", offsetof(view_mail_invitation_t, email)},
    {"inviter", offsetof(view_mail_invitation_t, inviter)},
    {"link", offsetof(view_mail_invitation_t, link)},
};
static const members_t INVITATION = {INVITATION_MEMBERS,
                                     sizeof(INVITATION_MEMBERS) / sizeof(INVITATION_MEMBERS[0])};

// Which of the two a payload is; without it a code, as before there were invitations.
static const char KIND[] = "kind";

static json_t *payload_of(members_t members, const void *mail) {
    json_t *payload = json_object();
    int failed = !payload;
    for (size_t i = 0; i < members.count && !failed; i++) {
        const str_t *text =
            (const str_t *)(const void *)((const char *)mail + members.items[i].offset);
        failed |= json_object_set_new(payload, members.items[i].name, json_str(*text));
    }
    if (failed) {
        json_decref(payload);
        return NULL;
    }
    return payload;
}

static int payload_set(json_t *payload, const char *name, int64_t value) {
    return json_object_set_new(payload, name, json_integer(value));
}

static result_t payload_seal(arena_t *arena, const outbox_slot_t *slot, const json_t *payload,
                             bytes_t *out, err_t *err) {
    str_t text;
    TRY(json_text(arena, payload, &text, err));
    const seal_t seal = {slot->master, LABEL, slot->id};
    return master_seal(arena, &seal, str_bytes(text), out, err);
}

static result_t payload_failed(err_t *err) {
    return FAIL(err, INTERNAL, "json", "a mail's payload cannot be built");
}

result_t outbox_seal_code(arena_t *arena, const outbox_slot_t *slot, const view_mail_code_t *mail,
                          bytes_t *out, err_t *err) {
    SCOPED(json_t) payload = payload_of(CODE, mail);
    if (!payload || payload_set(payload, "locale", mail->locale) ||
        payload_set(payload, "lifetime_min", mail->lifetime_min) ||
        payload_set(payload, "requested_at", mail->requested_at)) {
        return payload_failed(err);
    }
    return payload_seal(arena, slot, payload, out, err);
}

result_t outbox_seal_invitation(arena_t *arena, const outbox_slot_t *slot,
                                const view_mail_invitation_t *mail, bytes_t *out, err_t *err) {
    SCOPED(json_t) payload = payload_of(INVITATION, mail);
    if (!payload || json_object_set_new(payload, KIND, json_string("invitation")) ||
        payload_set(payload, "locale", mail->locale) ||
        payload_set(payload, "lifetime_days", mail->lifetime_days)) {
        return payload_failed(err);
    }
    return payload_seal(arena, slot, payload, out, err);
}

static bool members_open(arena_t *arena, const json_t *payload, members_t members, void *out) {
    bool is_whole = true;
    for (size_t i = 0; i < members.count; i++) {
        str_t value = STR_NONE;
        is_whole &= json_get_str(payload, members.items[i].name, &value);
        *(str_t *)(void *)((char *)out + members.items[i].offset) = arena_dup(arena, value);
    }
    return is_whole;
}

static bool locale_open(const json_t *payload, view_locale_t *out) {
    int64_t locale = 0;
    if (!json_get_int(payload, "locale", &locale) || locale < 0 || locale >= VIEW_LOCALE_COUNT) {
        return false;
    }
    *out = (view_locale_t)locale;
    return true;
}

// What is sent: the words, to whom, and of what time.
typedef struct {
    view_mail_t words;
    str_t to;
    time_ms_t date;
} letter_t;

static result_t not_whole(err_t *err) {
    return FAIL(err, BAD_REQUEST, "outbox", "a mail's payload is not whole");
}

static result_t code_render(const outbox_t *outbox, const json_t *payload, letter_t *out,
                            err_t *err) {
    view_mail_code_t mail = {0};
    if (!members_open(outbox->arena, payload, CODE, &mail) || !locale_open(payload, &mail.locale) ||
        !json_get_int(payload, "lifetime_min", &mail.lifetime_min) ||
        !json_get_int(payload, "requested_at", &mail.requested_at)) {
        return not_whole(err);
    }
    out->to = mail.email;
    out->date = mail.requested_at;
    return view_mail_code(outbox->views, outbox->arena, &mail, &out->words, err);
}

static result_t invitation_render(const outbox_t *outbox, const json_t *payload, letter_t *out,
                                  err_t *err) {
    view_mail_invitation_t mail = {0};
    if (!members_open(outbox->arena, payload, INVITATION, &mail) ||
        !locale_open(payload, &mail.locale) ||
        !json_get_int(payload, "lifetime_days", &mail.lifetime_days)) {
        return not_whole(err);
    }
    out->to = mail.email;
    return view_mail_invitation(outbox->views, outbox->arena, &mail, &out->words, err);
}

static result_t row_render(const outbox_t *outbox, const store_mail_t *row, letter_t *out,
                           err_t *err) {
    const seal_t seal = {outbox->master, LABEL, row->id};
    bytes_t plain;
    str_t kind = STR_NONE;
    TRY(master_open(outbox->arena, &seal, row->sealed, &plain, err));
    SCOPED(json_t) payload = NULL;
    const str_t text = {(const char *)plain.ptr, plain.len};
    TRY(json_parse_object(text, PAYLOAD_MAX, &payload, err));
    out->date = row->created_at;
    if (json_get_str(payload, KIND, &kind)) {
        return str_eq(kind, STR("invitation")) ? invitation_render(outbox, payload, out, err)
                                               : not_whole(err);
    }
    return code_render(outbox, payload, out, err);
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
    letter_t letter = {0};
    TRY(row_render(outbox, row, &letter, err));
    const mail_t mail = {.to = letter.to,
                         .is_utf8 = needs_utf8(letter.to),
                         .subject = letter.words.subject,
                         .text = letter.words.text,
                         .html = letter.words.html,
                         .message_id = row->id,
                         .date = letter.date};
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
    str_t *sent_ids; // with a place for each mail of the round
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
    round.sent_ids = ARENA_ARRAY(outbox->arena, str_t, mails.count);
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
