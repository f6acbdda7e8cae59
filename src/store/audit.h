// Audit rows inside the transactions of others. Internal to store/.
#pragma once
#include "store/batch.h"

// Appends the row to a batch.
void audit_append(sql_batch_t *batch, const store_audit_t *audit);

// Text that a client chose and that only people read (a user agent): made UTF-8, cut to a length.
str_t audit_text(arena_t *arena, str_t text);
