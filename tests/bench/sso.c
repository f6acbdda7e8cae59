#include "sso.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bench_realms_t bench_realms;

// A parameter of the last redirect, as it stands there.
static bool location_param(const worker_t *worker, const char *name, char *out, size_t out_max) {
    char marker[32];
    snprintf(marker, sizeof marker, "%s=", name);
    const char *found = worker->http.location;
    do {
        found = strstr(found + 1, marker);
    } while (found && found[-1] != '?' && found[-1] != '&');
    const size_t len = found ? strcspn(found + strlen(marker), "&") : out_max;
    if (len >= out_max) {
        return false;
    }
    memcpy(out, found + strlen(marker), len);
    out[len] = '\0';
    return true;
}

// The browser comes back from the provider, which has nothing to ask.
static bool come_back(worker_t *worker, const char *connection, int number) {
    char state[128], nonce[128], target[1024];
    if (!location_param(worker, "state", state, sizeof state) ||
        !location_param(worker, "nonce", nonce, sizeof nonce)) {
        return worker_fail(worker, "no state in the redirect to the provider");
    }
    snprintf(target, sizeof target, "/sso/v1/oidc/%s/callback?code=%s.%u.%d.%d&state=%s",
             connection, nonce, worker->turn, worker->slot, number, state);
    return http_send(&worker->http, target, NULL, "");
}

bool do_sso(worker_t *worker) {
    char email[128], connection[32];
    const int organization = worker->slot % bench_realms.organizations;
    const int number = organization * DOMAINS_EACH;
    snprintf(connection, sizeof connection, "conn_%d", organization);
    if (!worker_begin(worker)) {
        return false;
    }
    snprintf(email, sizeof email, "person%u.%d%%40d%d.bench.example", worker->turn, worker->slot,
             number);
    return worker_enter(worker, email) && worker_follow(worker, 303, "to the provider") &&
           come_back(worker, connection, number) &&
           (worker->http.status == 303 || worker_fail(worker, "callback")) && worker_redeem(worker);
}

bool do_mixed(worker_t *worker) {
    return worker->turn % 2 ? do_sso(worker) : do_login(worker);
}

bool do_realm(worker_t *worker) {
    char hint[64];
    http_forget(&worker->http, (unsigned)random());
    snprintf(hint, sizeof hint, "&login_hint=person%%40d%ld.bench.example",
             random() % bench_realms.domains);
    return worker_authorize(worker, hint) && (strstr(worker->http.location, "/a/auth/sso") ||
                                              worker_fail(worker, "home realm discovery"));
}

bool do_provider(worker_t *worker) {
    char form[256];
    if (worker->http.port != bench_realms.provider_port) {
        http_done(&worker->http);
        worker->http.port = bench_realms.provider_port;
    }
    snprintf(form, sizeof form, "grant_type=authorization_code&code=nonce.%u.%d.0", worker->turn++,
             worker->slot);
    return http_send(&worker->http, "/token", form, "") &&
           (worker->http.status == 200 || worker_fail(worker, "the provider's token"));
}

bool hang_try(worker_t *worker, const char *kind) {
    char email[128], connection[32];
    snprintf(connection, sizeof connection, "conn_%s", kind);
    if (!worker_begin(worker)) {
        return false;
    }
    snprintf(email, sizeof email, "person%u.%d%%40%s.bench.example", worker->turn, worker->slot,
             kind);
    return worker_enter(worker, email) && worker_follow(worker, 303, "to the dead provider") &&
           come_back(worker, connection, 0) &&
           (worker->http.status >= 400 || worker_fail(worker, "a login at a dead provider"));
}
