// The page with the email field, as the GET shows it and a refused POST shows it again.
#pragma once
#include "handle/page.h"

typedef struct {
    str_t email; // as typed
    bool is_signup;
    view_error_t error;
    int64_t retry_after_s;
    view_login_note_t note;
    int status;
} login_form_t;

MUST_USE result_t login_form_show(call_t *call, const page_t *page, const login_form_t *form,
                                  response_t *out);
