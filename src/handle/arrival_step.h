// A provider has sent a person back (flow.md M6 to M9, M12 to M15): from what it said to the
// answer. Knows nothing of the protocol that was spoken.
#pragma once
#include "flow/arrival.h"
#include "handle/fault.h"
#include "handle/page.h"

typedef struct {
    str_t connection_id;
    fault_t fault;             // code NULL: the response holds, and what follows counts
    bool is_refused_by_person; // with a fault: the person pressed cancel there
    flow_assertion_t assertion;
    str_t profile; // JSON object: name, given_name, family_name, picture, locale, ...
} arrival_t;

// Read, decide, write, answer; with call->store. `page` has the browser, form and flow_id of the
// request that the response belongs to. A test login ends here with its page and signs nobody in.
MUST_USE result_t arrival_step(call_t *call, page_t *page, const arrival_t *arrival,
                               response_t *out);
