// What the audit rows tell of logins: the list of them, newest first, and the story of one.
#pragma once
#include "store/page.h"

// One request for a login. Its `status` follows from the rows of its flow: "INITIATED" (nothing but
// the request), "PENDING", "SUCCESS" (a row says so), "FAILED" (the last one says so, or its time
// is over).
typedef struct {
    str_t id; // the flow's; of a request that was refused at once "log_..."
    str_t organization_id, connection_id, email, status, client_id, client_name;
    str_t client_type;        // "web_app" and so on; empty: the application is unknown
    str_t protocol, provider; // of the connection
    time_ms_t at;
} store_login_entry_t;

enum { STORE_LOGIN_ENTRIES_COUNTED = 10000 };

typedef struct {
    store_page_t page;
    str_t email, client_id; // empty: any; the email normalised
    flow_list_t statuses;   // none: any
    bool has_from, has_until;
    time_ms_t from, until; // both inclusive
} store_login_entries_in_t;
typedef struct {
    const store_login_entry_t *items;
    store_paged_t page; // its total is at most STORE_LOGIN_ENTRIES_COUNTED
} store_login_entries_t;
MUST_USE result_t store_login_entries_read(store_t *store, const store_login_entries_in_t *in,
                                           store_login_entries_t *out, err_t *err);

// One decision of a login, in the order in which they were made.
typedef struct {
    time_ms_t at;
    str_t event, decision, reason, email, client_id, client_name;
    str_t connection_id, connection_name, organization_id, organization_name;
} store_story_row_t;
typedef struct {
    const store_story_row_t *items; // the first 1000
    size_t count;
} store_story_t;
MUST_USE result_t store_story_read(store_t *store, str_t flow_id, store_story_t *out, err_t *err);
