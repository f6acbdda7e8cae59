// Which other origins' scripts may read an answer (Fetch, hosted-login.md 1, P-OP-36). Keys and
// discovery are open to all; token, userinfo and revoke to the origins of registered browser
// applications; everything else, the authorization endpoint above all, to none (RFC 9700 2.6).
// Cookies are never allowed: these endpoints do not know them.
#pragma once
#include "handle/handle.h"

// Exactly one of the list; "null" and the empty origin never are.
bool cors_is_listed(const snapshot_t *snapshot, str_t origin);

// Opens the answer to the request's origin if it is listed. An answer that depends on the origin
// says so to caches, also when it refuses.
void cors_answer(const call_t *call, response_t *out);
