// Sessions as an administrator looks at them and ends them (by store_session_end, or all of a
// user's).
#pragma once
#include "store/page.h"
#include "store/session.h"

typedef struct {
    str_t id, user_id;
    str_t organization_id; // empty: none
    str_t status;          // "active", "expired", "logout", "revoked"
    flow_list_t authenticated_organizations;
    flow_list_t client_ids, client_organization_ids; // of its grants, in one order
    time_ms_t created_at, last_active_at, expires_at;
    time_ms_t idle_ends_at; // 0: no idle end
    time_ms_t expired_at;   // the earlier of its two ends; 0: it has not come to one
    time_ms_t ended_at;     // 0: by nobody
    str_t ip, user_agent;
} store_session_row_t;

typedef struct {
    bool is_present;
    store_session_row_t row;
} store_session_found_t;
MUST_USE result_t store_session_read(store_t *store, str_t id, store_session_found_t *out,
                                     err_t *err);

typedef struct {
    store_page_t page;
    str_t user_id;
    flow_list_t statuses; // none: any
    bool has_from, has_until;
    time_ms_t from, until; // when it began, inclusive
} store_sessions_in_t;
typedef struct {
    bool is_user_present;
    const store_session_row_t *items;
    store_paged_t page;
} store_sessions_t;
MUST_USE result_t store_sessions_read(store_t *store, const store_sessions_in_t *in,
                                      store_sessions_t *out, err_t *err);

// Ends all that are active, with all grants of the user: their refresh tokens are dead at once. So
// are logins of theirs that wait for an organization to be chosen. `out` holds the first thousand
// that were ended, its total counts all. CONFLICT: there is no such user.
MUST_USE result_t store_sessions_revoke(store_t *store, str_t user_id, const store_audit_t *audit,
                                        store_sessions_t *out, err_t *err);
