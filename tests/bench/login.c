#include "login.h"
#include "smtp.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

bench_clients_t bench_clients;

// The challenge of RFC 7636 appendix B: hashing is the client's work and not what is measured.
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

// Tells about the first failure only: the others are most likely the same.
bool worker_fail(const worker_t *worker, const char *what) {
    static atomic_flag is_told = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&is_told)) {
        return false;
    }
    fprintf(stderr, "bench: %s: status %d: %.300s\n", what, worker->http.status, worker->http.body);
    return false;
}

bool worker_follow(worker_t *worker, int status, const char *what) {
    char target[4096];
    if (worker->http.status / 100 != 3 || !worker->http.location[0]) {
        return worker_fail(worker, what);
    }
    const char *host = strstr(worker->http.location, "://");
    const char *path = host ? strchr(host + 3, '/') : worker->http.location;
    snprintf(target, sizeof target, "%s", path ? path : "/");
    return http_send(&worker->http, target, NULL, "") &&
           (worker->http.status == status || worker_fail(worker, what));
}

bool worker_authorize(worker_t *worker, const char *more) {
    char target[2048];
    snprintf(target, sizeof target,
             "/oauth/authorize?response_type=code&client_id=%s&redirect_uri=%s&state=s&nonce=n"
             "&scope=openid%%20email%%20offline_access&code_challenge=" CHALLENGE
             "&code_challenge_method=S256%s",
             bench_clients.client_id, bench_clients.redirect_uri, more);
    return http_send(&worker->http, target, NULL, "");
}

bool worker_begin(worker_t *worker) {
    worker->turn++;
    http_forget(&worker->http, worker->turn * SMTP_SLOTS + (unsigned)worker->slot);
    return worker_authorize(worker, "") && worker_follow(worker, 200, "authorize");
}

// Sends the form of a page, as the browser that has the page would.
static bool send_form(worker_t *worker, const char *target, const char *form) {
    char origin[64];
    snprintf(origin, sizeof origin, "Origin: http://localhost:%d\r\n", worker->http.port);
    return http_send(&worker->http, target, form, origin);
}

bool worker_enter(worker_t *worker, const char *email) {
    char flow[128], token[256], form[1024];
    if (!http_field(&worker->http, "flow", flow, sizeof flow) ||
        !http_field(&worker->http, "form_token", token, sizeof token)) {
        return worker_fail(worker, "login page");
    }
    snprintf(form, sizeof form, "flow=%s&form_token=%s&intent=sign_in&email=%s", flow, token,
             email);
    return send_form(worker, "/a/auth/login", form);
}

static bool enter_email(worker_t *worker) {
    char email[128];
    snprintf(email, sizeof email, "person%u.%d-%d%%40bench.example", worker->turn, worker->slot,
             worker->slot);
    smtp_expect(worker->slot);
    return worker_enter(worker, email) && worker_follow(worker, 200, "email");
}

static bool enter_code(worker_t *worker) {
    char flow[128], token[256], form[1024], code[7];
    if (!http_field(&worker->http, "flow", flow, sizeof flow) ||
        !http_field(&worker->http, "form_token", token, sizeof token)) {
        return worker_fail(worker, "code page");
    }
    if (!smtp_wait(worker->slot, code)) {
        return worker_fail(worker, "no mail came");
    }
    snprintf(form, sizeof form, "flow=%s&form_token=%s&code=%s", flow, token, code);
    return send_form(worker, "/a/auth/code", form) &&
           (worker->http.status / 100 == 3 || worker_fail(worker, "code"));
}

// Form and answer of every grant.
static bool ask_token(worker_t *worker, const char *form, const char *what) {
    return http_send(&worker->http, "/oauth/token", form, "") &&
           ((worker->http.status == 200 &&
             http_member(&worker->http, "access_token", worker->access_token,
                         sizeof worker->access_token)) ||
            worker_fail(worker, what));
}

bool worker_redeem(worker_t *worker) {
    char code[256], form[2048];
    const char *found = strstr(worker->http.location, "code=");
    if (!found || strcspn(found + 5, "&") >= sizeof code) {
        return worker_fail(worker, "no code in the redirect");
    }
    snprintf(code, sizeof code, "%.*s", (int)strcspn(found + 5, "&"), found + 5);
    snprintf(form, sizeof form,
             "grant_type=authorization_code&code=%s&redirect_uri=%s&client_id=%s&client_secret=%s"
             "&code_verifier=" VERIFIER,
             code, bench_clients.redirect_uri, bench_clients.client_id,
             bench_clients.client_secret);
    return ask_token(worker, form, "token") &&
           http_member(&worker->http, "refresh_token", worker->refresh_token,
                       sizeof worker->refresh_token);
}

bool do_login(worker_t *worker) {
    return worker_begin(worker) && enter_email(worker) && enter_code(worker) &&
           worker_redeem(worker);
}

bool do_refresh(worker_t *worker) {
    char form[2048];
    if (!worker->refresh_token[0] && !do_login(worker)) {
        return false;
    }
    snprintf(form, sizeof form,
             "grant_type=refresh_token&refresh_token=%s&client_id=%s&client_secret=%s",
             worker->refresh_token, bench_clients.client_id, bench_clients.client_secret);
    return ask_token(worker, form, "refresh") &&
           http_member(&worker->http, "refresh_token", worker->refresh_token,
                       sizeof worker->refresh_token);
}

bool do_userinfo(worker_t *worker) {
    char header[sizeof worker->access_token + 64];
    if (!worker->access_token[0] && !do_login(worker)) {
        return false;
    }
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", worker->access_token);
    return http_send(&worker->http, "/userinfo", NULL, header) &&
           (worker->http.status == 200 || worker_fail(worker, "userinfo"));
}

bool do_client_credentials(worker_t *worker) {
    char form[1024];
    snprintf(form, sizeof form, "grant_type=client_credentials&client_id=%s&client_secret=%s",
             bench_clients.machine_id, bench_clients.machine_secret);
    return ask_token(worker, form, "client credentials");
}

static bool do_get(worker_t *worker, const char *target) {
    return http_send(&worker->http, target, NULL, "") &&
           (worker->http.status == 200 || worker_fail(worker, target));
}

bool do_discovery(worker_t *worker) {
    return do_get(worker, "/.well-known/openid-configuration");
}

bool do_live(worker_t *worker) {
    return do_get(worker, "/health/live");
}
