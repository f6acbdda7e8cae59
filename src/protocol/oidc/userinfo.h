// The answer of a provider's userinfo endpoint (OpenID Connect Core 5.3). Pure; any thread.
#pragma once
#include "protocol/oidc/answer.h"

// `id_token` are the verified claims of the ID token: without them nobody says whose access token
// was used, and an answer about another subject ends the login (Core 5.3.2, P-RP-18). Only JSON: a
// signed answer (application/jwt) was not asked for. The caller owns *out. REFUSED (codes
// provider_answer, userinfo_subject) or UNAVAILABLE.
MUST_USE result_t oidc_userinfo_parse(const oidc_answer_t *answer, const json_t *id_token,
                                      json_t **out, err_t *err);
