// Mail that was promised in a transaction, on its way out.
#pragma once
#include "store/store.h"

typedef struct {
    str_t id;
    bytes_t sealed; // context for opening: the id
    int attempts;   // before this one
    time_ms_t created_at;
    bool is_expired; // what it carries is of no use any more
} store_mail_t;
typedef struct {
    const store_mail_t *items;
    size_t count;
} store_mails_t;

// Takes up to `max` due mails for `lease_s`: after that they are due again, so a killed instance
// loses none (FOR UPDATE SKIP LOCKED).
MUST_USE result_t store_outbox_claim(store_t *store, int max, int64_t lease_s, store_mails_t *out,
                                     err_t *err);
// Sent: the payload is deleted, the row stays for support until clean-up.
MUST_USE result_t store_outbox_sent(store_t *store, const str_t *ids, size_t count, err_t *err);
typedef struct {
    str_t id;
    int64_t retry_after_s;
    bool is_dead;    // dead letter: reported by `check` and /health, kept without its payload
    const char *why; // static or arena text: the mail server's words, cut
} store_mail_failed_t;
MUST_USE result_t store_outbox_failed(store_t *store, const store_mail_failed_t *in, err_t *err);

// Sleeps until a NOTIFY on gatehouse_config, or `timeout_ms`. The first call LISTENs, and says at
// once that there may be something, as does the first after a reconnect. OK and false on timeout.
//
// Mail is not announced this way: a NOTIFY holds a lock of the whole database until its commit is
// on disk, so commits with one stand in line. The instance that queued a mail wakes its own sender.
MUST_USE result_t store_wait(store_t *store, int timeout_ms, bool *out_has_config, err_t *err);

typedef struct {
    int64_t pending, dead;
    int64_t oldest_pending_s;
} store_outbox_counts_t;
MUST_USE result_t store_outbox_count(store_t *store, store_outbox_counts_t *out, err_t *err);

// Deletes what has expired, in batches, under an advisory lock so that one instance does it. Keeps
// audit rows 400 days, flows 2 days, used codes and refresh tokens until replay cannot matter.
MUST_USE result_t store_clean(store_t *store, int64_t *out_rows, err_t *err);
