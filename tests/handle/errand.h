// Handlers called as the thread of the errands calls them: with a connection to give back, an HTTP
// client and a resolver, and nobody who asks.
#pragma once
#include "handle/handle.h"

// For TestSuite: a database, an identity provider (idp.h) and a name server (name_server.h).
void errand_setup(void);
void errand_teardown(void);

// A call with the database at hand; it ends the one before.
call_t *errand_call(void);
