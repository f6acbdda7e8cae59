// The code and the link of one mail: making them, and comparing what comes back.
#pragma once
#include "handle/page.h"
#include "store/login.h"

enum { CHALLENGE_RESEND_WAIT_S = 30 };

// Makes code, link and mail for this flow and writes them. *out_limited says if a limit stood in
// the way; nothing was sent then.
typedef struct {
    const page_t *page;
    str_t email, email_display;
    bool is_known_browser;
    const flow_decision_t *decision; // its `purpose` counts
    const char *event;
    // What the proof will link: something new, or what the flow keeps already. Neither: nothing.
    const store_assertion_t *assertion;
    str_t assertion_id;
} challenge_send_t;
MUST_USE result_t challenge_send(call_t *call, const challenge_send_t *in,
                                 store_limited_t *out_limited);

// Constant time. `typed` may hold spaces; anything but six ASCII digits is not a code
// (*out_is_code false) and is not worth a try.
bool challenge_is_code(arena_t *arena, str_t typed, str_t *out_code);
MUST_USE result_t challenge_code_matches(call_t *call, const store_proof_t *proof, str_t code,
                                         bool *out_matches);

// What only the holder of the link can read: for the page behind it, in this browser or another.
// REFUSED if the token is not this challenge's.
typedef struct {
    secret_t code;
    str_t requested_from; // "Firefox on Windows"; may be empty
} challenge_note_t;
MUST_USE result_t challenge_note_open(call_t *call, const store_proof_t *proof, str_t link_token,
                                      challenge_note_t *out);
