// Asks DNS whether a domain is its organization's: by schedule (server/errands.c), or when somebody
// wants to know now (rest/domain_verify.c).
#pragma once
#include "flow/domain.h"
#include "handle/handle.h"
#include "store/domain_due.h"

// With call->store set before and after, and released while DNS is asked. `audit` is what a row
// would say of who asks; its decision, reason and organization are filled in here. By schedule a
// row is written where something changed, for a request (`is_requested`) always. CONFLICT: the
// domain was removed or checked by somebody else meanwhile, and nothing was written. UNAVAILABLE:
// too many questions of this organization are under way. Remote lane, or a thread like it.
typedef struct {
    const store_domain_due_t *row; // is_dns
    bool is_requested;
    store_audit_t audit;
} domain_check_t;
MUST_USE result_t domain_check(call_t *call, const domain_check_t *check,
                               flow_domain_status_t *out_status);
