// The use of a session, for its idle end. Internal to store/.
#pragma once
#include "store/batch.h"

// Appends, unless the hash is empty, what remembers that the session was used now: written at most
// once a minute, and never for a session that is over.
void session_touch_append(sql_batch_t *batch, bytes_t session_hash);
