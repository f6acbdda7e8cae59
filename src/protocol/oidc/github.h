// GitHub has no ID tokens: who it is comes from its API, GET /user and GET /user/emails with the
// access token (docs.github.com, "Get the authenticated user", "List email addresses"). Pure; any
// thread.
#pragma once
#include "protocol/oidc/answer.h"

// Both answers as the claims of an ID token: `sub` is the numeric id, which never changes, and not
// the login name, which can be given up and taken by somebody else; `email` is the primary address,
// `email_verified` what GitHub says of that one. The address on the profile is free text and not
// looked at. No permission to read addresses (403, 404): no email. The caller owns *out. REFUSED
// (codes provider_answer, github_answer) or UNAVAILABLE.
MUST_USE result_t oidc_github_claims(arena_t *arena, const oidc_answer_t *user,
                                     const oidc_answer_t *emails, json_t **out, err_t *err);
