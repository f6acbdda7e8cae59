// Email addresses. One normaliser for the whole code (flow.md 5): domain by domain_normalise, local
// part NFC and then Unicode simple case folding. No plus or dot tricks: those are other mailboxes.
#pragma once
#include "base/arena.h"
#include "base/result.h"

enum { EMAIL_LOCAL_MAX = 64, EMAIL_MAX = 254 }; // octets, RFC 5321 4.5.3.1

typedef struct {
    str_t normal;  // the key: unique in `users`
    str_t display; // as typed, trimmed, domain part normalised for transport: what mail is sent to
    str_t local;   // part of normal
    str_t domain;  // part of normal, A-labels
    bool is_utf8;  // the local part needs SMTPUTF8 (RFC 6531)
} email_t;

// Accepts a dot-atom local part of RFC 5322 3.2.3 with the UTF-8 extension of RFC 6532 3.2 (no
// quoted strings, no comments), printable, without bidi controls, zero-width or other default
// ignorable characters, without compatibility characters (RFC 8264 9.17) and without characters
// whose case folding would fall onto ASCII letters (U+212A Kelvin sign, U+0130, U+0131, U+017F,
// also when they come decomposed: they are mailboxes of somebody else, GitHub 2019). White space
// around is trimmed. BAD_REQUEST otherwise. Results in the arena.
MUST_USE result_t email_parse(arena_t *arena, str_t input, email_t *out, err_t *err);

// The mailbox behind plus-tags (and Gmail's dots), for mail limits only: never an identity.
str_t email_mailbox(arena_t *arena, const email_t *email);
