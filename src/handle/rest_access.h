// Who may use the REST API: an application with its own access token (client_credentials), and
// nobody else. Internal to rest.c.
#pragma once
#include "handle/rest.h"

// Sets rest->client_id, or answers 401 (no token, or none that is good) or 403 (an application that
// may not use the API, a person's token). An error: nobody knows. On LANE_REMOTE the database is
// held from here on, but not for a token that we have never signed.
MUST_USE result_t rest_access_check(rest_t *rest, response_t *out, bool *out_is_answered);
