// Fetches what a provider publishes before a login needs it (document.h does the fetching).
#pragma once
#include "handle/handle.h"
#include "store/document_due.h"

// With call->store set before and after, and released while the provider is asked. A provider that
// does not answer, and a connection that cannot work, is written down as the document's error; the
// last good copy stays. Remote lane, or a thread like it.
MUST_USE result_t document_refresh(call_t *call, const store_document_due_t *due);
