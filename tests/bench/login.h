// What one person or program does at Gatehouse, as plain HTTP requests.
#pragma once
#include "http.h"

typedef struct {
    http_t http;
    int slot;      // where this worker's mails arrive
    unsigned turn; // counts its logins: each is another person
    char access_token[4096];
    char refresh_token[512];
} worker_t;

typedef struct {
    const char *client_id, *client_secret, *redirect_uri; // a WEB_APP
    const char *machine_id, *machine_secret;              // an M2M application
} bench_clients_t;
extern bench_clients_t bench_clients;

// The parts that logins share. False with a reason on stderr if it went wrong.
bool worker_fail(const worker_t *worker, const char *what); // false, always
// Follows the redirect of the last answer, to Gatehouse; `status` is expected there.
bool worker_follow(worker_t *worker, int status, const char *what);
// What the application asks for, and `more` of it ("&login_hint=..."), for whoever was here before.
bool worker_authorize(worker_t *worker, const char *more);
bool worker_begin(worker_t *worker); // a new person, up to the login page
// The address is sent (form-encoded); the answer is not yet followed.
bool worker_enter(worker_t *worker, const char *email);
bool worker_redeem(worker_t *worker); // the code of the last redirect, for tokens

// Each does its thing once; false with a reason on stderr if it went wrong.
bool do_login(worker_t *worker); // authorize, email, code, token: a new person each time
bool do_refresh(worker_t *worker);
bool do_userinfo(worker_t *worker);
bool do_client_credentials(worker_t *worker);
bool do_discovery(worker_t *worker);
bool do_live(worker_t *worker);
