// The token that ties a form to the page that showed it and to the browser that the page was shown
// in (P-SESS-04, P-SESS-06): a keyed hash over the browser's cookie and a subject, a flow's id or a
// sign-out's client. Nothing is stored; it lives as long as the cookie.
#pragma once
#include "handle/browser.h"

// For the hidden field form_token; in the arena. The browser has its cookie (browser_ensure). No
// two kinds of form may share a subject.
MUST_USE result_t form_token_make(call_t *call, const browser_t *browser, str_t subject,
                                  str_t *out);

// Whether `given` is that token, compared in constant time; false if the browser has no cookie. An
// error means that nobody knows: the hash could not be made.
MUST_USE result_t form_token_check(call_t *call, const browser_t *browser, str_t subject,
                                   str_t given, bool *out_is_right);
