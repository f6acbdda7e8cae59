// A Gatehouse without its server: handlers called as a lane's thread calls them, on a database of
// the test's own.
#pragma once
#include "handle/handle.h"
#include "handle/outbox.h"

typedef struct {
    const char *method; // "GET", "POST"
    const char *path;
    str_t query, body;
    str_t authorization;
    str_t content_type; // empty: a form's
} world_request_t;

typedef struct {
    int status;
    str_t location, body;
} world_answer_t;

// Ends the test if anything is missing. `smtp_port`: where mail goes.
void world_open(int smtp_port);
void world_close(void);

// Whether who has no organization is asked to make one; off at first.
void world_organization_signup(bool is_on);

// Another browser, at another address.
void world_browser_new(int n);

// Routes, calls the handler, and lets handle_failure answer where it fails; keeps cookies like a
// browser. A connection that broke is opened anew before the next call. The answer lives until
// world_close.
world_answer_t world_send(const world_request_t *request);

// Returns once nothing is under way at the server: a connection that was given up in the middle may
// have sent enough for it to go on, and to commit, for a while.
void world_settle(void);

// So many people as may wait for a connection's provider wait there, or all have gone.
void world_crowd(const char *connection);
void world_crowd_leave(void);

// One round of the outbox; whether something was sent.
result_t world_mail(outbox_round_t *out);

// The value of a hidden field of a page, or of a parameter of a URL; fails the test if it is
// absent.
str_t world_field(str_t html, const char *name);
str_t world_param(str_t url, const char *name);
extern arena_t *world_arena;
