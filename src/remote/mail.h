// Mail by SMTP through libcurl, one kept connection. One thread at a time; owner closes.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

typedef struct mailer mailer_t;

// `settings` outlives the mailer. Never connects. Sets libcurl up for the process (counted, safe
// beside other threads). The server's certificate must be from an authority of the system, or of
// the file that the environment's SSL_CERT_FILE names, whatever the TLS policy. With a password,
// "optional" TLS is "required". The process ignores SIGPIPE.
MUST_USE result_t mailer_open(const settings_t *settings, mailer_t **out, err_t *err);
void mailer_close(mailer_t **mailer);

typedef struct {
    str_t to;         // an email_t's display form
    bool is_utf8;     // needs SMTPUTF8
    str_t subject;    // UTF-8, encoded here (RFC 2047)
    str_t text, html; // UTF-8
    str_t message_id; // left part of Message-ID; the host is the issuer's
    time_ms_t date;
} mail_t;

// Who a mail comes from; `host` is the right part of its Message-ID.
typedef struct {
    const settings_mailbox_t *from;
    str_t host;
} mail_sender_t;

// The octets of the message: multipart/alternative, quoted-printable, CRLF, lines of at most 76,
// Date, From, To, Message-ID, Auto-Submitted: auto-generated (RFC 3834). BAD_REQUEST if a header
// value holds a control (P-OTP-11). Pure; in the arena.
MUST_USE result_t mail_compose(arena_t *arena, const mail_sender_t *sender, const mail_t *mail,
                               str_t *out, err_t *err);

// Sends one mail before the deadline. UNAVAILABLE or TIMEOUT: try later (no connection, 4xx, and
// 5xx about ourselves: a wrong password, a sender that is not allowed); REFUSED: the server will
// never take it (5xx to this recipient or message); BAD_REQUEST as mail_compose. The text holds the
// server's words, cut; they may name the recipient. A mail may arrive twice if its deadline passes
// while the server answers, never because a kept connection was stale.
MUST_USE result_t mailer_send(mailer_t *mailer, arena_t *arena, const mail_t *mail,
                              deadline_t deadline, err_t *err);
