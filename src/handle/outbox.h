// Mails between the decision that promises them and the mail server. The payload is sealed (the
// code or link is in it, P-OTP-22) and opens only for its own row.
#pragma once
#include "crypto/master.h"
#include "remote/mail.h"
#include "store/outbox.h"
#include "view/view.h"

// The row that a payload goes into, and whose key seals it.
typedef struct {
    const master_t *master;
    str_t id;
} outbox_slot_t;

// The payload of a code mail or of an invitation, in the arena.
MUST_USE result_t outbox_seal_code(arena_t *arena, const outbox_slot_t *slot,
                                   const view_mail_code_t *mail, bytes_t *out, err_t *err);
MUST_USE result_t outbox_seal_invitation(arena_t *arena, const outbox_slot_t *slot,
                                         const view_mail_invitation_t *mail, bytes_t *out,
                                         err_t *err);

typedef struct {
    const settings_t *settings;
    const master_t *master;
    const views_t *views;
    store_t *store;
    mailer_t *mailer;
    arena_t *arena; // reset by the caller between rounds
} outbox_t;

enum { OUTBOX_ROUND_MAX = 10 }; // mails; a round with fewer has taken all that was due

typedef struct {
    int sent, failed, dead, expired;
} outbox_round_t;

// Claims a batch of due mails, renders and sends them, records each outcome. Retries after 1, 5,
// 15, 60, 300 seconds and then every 15 minutes, up to 24 hours or until what it carries has
// expired; a permanent refusal by the mail server is a dead letter at once. Logs each outcome
// without the address. UNAVAILABLE: no database. OK with all counts zero: nothing was due.
MUST_USE result_t outbox_run_round(outbox_t *outbox, outbox_round_t *out, err_t *err);
