// "Check your email", as the GET shows it and a refused POST shows it again.
#pragma once
#include "handle/challenge.h"

typedef struct {
    view_error_t error;
    int tries_left;
    int64_t retry_after_s;
    bool was_resent;
    int status;
} code_form_t;

// The state of the flow's latest challenge (dead, expired) is shown even without an error in
// `form`.
MUST_USE result_t code_page_show(call_t *call, const page_t *page, const code_form_t *form,
                                 response_t *out);
