// How the REST API shows an organization's session policy (hosted-login.md 4.1).
#pragma once
#include "handle/rest/organization.h"

// {"policy": {...}}, times in minutes. A policy that is the environment's has no numbers.
MUST_USE result_t session_policy_answer(rest_t *rest, const store_session_policy_t *policy,
                                        response_t *out);
