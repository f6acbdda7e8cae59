// What one person does whose organization has an identity provider (provider.h).
#pragma once
#include "login.h"
#include "provider.h"

enum { DOMAINS_EACH = 10 }; // organization n has domain 10n and those after it

typedef struct {
    int provider_port;
    int organizations; // with a provider that answers; the n-th owns the domains of realms.sql
    int domains;       // all that there are
} bench_realms_t;
extern bench_realms_t bench_realms;

// As in login.h.
bool do_sso(worker_t *worker);   // authorize, email, to the provider, callback, token: a new person
bool do_mixed(worker_t *worker); // in turns a login by email and one through a provider
bool do_realm(worker_t *worker); // authorize with a login_hint of any domain: home realm discovery
bool do_provider(worker_t *worker); // a token of the provider itself, without Gatehouse

// Somebody whose provider at <kind>.bench.example is dead: tries to sign in, and hangs there as
// long as Gatehouse waits. True if that ended without a login.
bool hang_try(worker_t *worker, const char *kind);
