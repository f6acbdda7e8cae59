// Making an invitation: its link, of which only a hash stays, and its mail.
#pragma once
#include "handle/rest.h"
#include "store/membership.h"

typedef struct {
    const store_member_t *member; // as it was read
    str_t email_display, locale;  // of the person; the locale may be empty
    str_t inviter_email;          // may be empty
} invite_ask_t;

// Ready to be written. After that the caller sets call->has_mail, or answers invite_limited.
MUST_USE result_t invite_make(rest_t *rest, const invite_ask_t *ask, store_invite_new_t *out);

// The 429 for one that was not written.
result_t invite_limited(rest_t *rest, const store_limited_t *limited, response_t *out);
