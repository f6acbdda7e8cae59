// What a provider did wrong, or what is wrong with how it was configured: a fact of the login, told
// to the person in plain words and to the administrator exactly. No failure of our own work.
#pragma once
#include "handle/handle.h"

typedef struct {
    const char *code; // of hosted-login.md 2.4, static; NULL: nothing went wrong
    str_t text;       // an administrator's words, for audit rows and test logins; never a secret
    view_notice_kind_t kind; // what the person is told
} fault_t;

// From a library's refusal. `text` keeps the reason's code and words.
void fault_set(call_t *call, const char *code, const err_t *why, fault_t *out);
