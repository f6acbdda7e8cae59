// The Cookie request header (RFC 6265bis 4.2, 5.8.3) and Set-Cookie values of our own.
#pragma once
#include "base/arena.h"
#include "base/form.h"

// Looks for the exact, case-sensitive name in one Cookie header. FORM_REPEATED means that somebody
// tossed a second one: the caller treats that as absent ("Cookie Crumbles", USENIX Security 2023).
// A pair without '=' is a cookie without a name and never ours; nor is a value with other octets
// than cookie-octet. Linear in the header's length.
form_presence_t cookie_get(str_t header, str_t name, str_t *out);

typedef struct {
    str_t name;
    str_t value;       // base64url text only
    int64_t max_age_s; // negative: a session cookie; 0: delete
    bool is_secure;
} cookie_t;

// "name=value; Path=/; HttpOnly; SameSite=Lax[; Secure][; Max-Age=n]".
str_t cookie_format(arena_t *arena, const cookie_t *cookie);
