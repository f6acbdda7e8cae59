// The page behind the link in a mail: what its GET and its two POSTs share.
#pragma once
#include "handle/challenge.h"
#include "handle/proof_step.h"

typedef struct {
    page_t page; // .flow is the challenge's flow once it is read
    str_t token;
    store_proof_t proof;
    challenge_note_t note;
    bool is_answered; // unknown, used or too old: `out` holds the page that says so
} link_t;

// Beats one and two. GET never counts or consumes (P-OTP-08); `is_try` does count.
MUST_USE result_t link_open(call_t *call, link_t *link, bool is_try, response_t *out);

typedef struct {
    view_link_kind_t kind;
    view_error_t error;
    int tries_left;
    int status;
} link_form_t;
MUST_USE result_t link_show(call_t *call, const link_t *link, const link_form_t *form,
                            response_t *out);

// A decision that the link's page itself does not answer: used, replaced, too old, dead.
MUST_USE result_t link_over(call_t *call, const link_t *link, response_t *out);
