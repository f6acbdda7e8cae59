// The answer of a provider's endpoint as the HTTP client brought it, and the JSON object in it.
// Pure; any thread.
#pragma once
#include "base/json.h"

// Slices of the caller; nothing of it is trusted. No redirect was followed (RFC 9700 4.12).
typedef struct {
    int status;         // of HTTP
    str_t content_type; // the header's value, parameters included; may be empty
    str_t body;
} oidc_answer_t;

enum { OIDC_ANSWER_LEN_MAX = 256 * 1024 };

// The JSON object of an answer with status 200 and a JSON media type; the caller owns *out.
// UNAVAILABLE for 429 and 5xx, REFUSED for all else; `what` ("userinfo") is static and goes into
// the error's text, the code is "provider_answer".
MUST_USE result_t oidc_answer_object(const oidc_answer_t *answer, const char *what, json_t **out,
                                     err_t *err);

// application/json or a type that ends in +json, whatever the parameters (RFC 9110 8.3.1).
bool oidc_answer_is_json(const oidc_answer_t *answer);
