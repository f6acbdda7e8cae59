// What several decisions share. Private to flow/: handlers see decision.h.
#pragma once
#include "flow/decision.h"

bool flow_list_has(const flow_list_t *list, str_t item);
bool flow_list_overlaps(const flow_list_t *a, const flow_list_t *b);

// A step that says nothing but its reason.
flow_decision_t flow_decide(flow_step_t step, str_t reason);

// To the application with an OAuth error code.
flow_decision_t flow_decide_error(const char *error, str_t reason);

// To one of an organization's connections: at once if there is one, else the person picks. `why` is
// the first half of the reason.
flow_decision_t flow_decide_sso(arena_t *arena, str_t organization_id,
                                const flow_list_t *connection_ids, str_t why);

// The same for a realm that matches.
flow_decision_t flow_decide_realm(arena_t *arena, const flow_hrd_t *hrd);

// The same after something else was proven: the organization wants its own sign-in (M3, M8).
flow_decision_t flow_decide_policy(arena_t *arena, const flow_hrd_t *hrd);

// The loop guard of section 3: the realm is another organization's, which takes its people only by
// its own sign-in.
bool flow_is_other_exclusive(const flow_hrd_t *hrd, str_t organization_id);
flow_decision_t flow_decide_other_realm(arena_t *arena, const flow_hrd_t *hrd);

// What a known subject with another address gets that nobody vouches for (flow_is_user_vouched).
flow_decision_t flow_decide_unvouched(arena_t *arena, const flow_connection_t *connection);
