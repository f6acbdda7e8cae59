// What a decision is made of. The store fills these; an absent thing is a fact (`is_present`
// false), never an error. Plain values, owned by the request's arena; the flow core only reads
// them.
#pragma once
#include "base/clock.h"
#include "base/str.h"

typedef enum {
    FLOW_CLIENT_WEB_APP, // confidential
    FLOW_CLIENT_SPA,     // public, PKCE mandatory
    FLOW_CLIENT_NATIVE,  // public, PKCE mandatory, loopback ports may vary (RFC 8252 7.3)
    FLOW_CLIENT_M2M,     // client_credentials only
} flow_client_type_t;

typedef struct {
    const str_t *items;
    size_t count;
} flow_list_t;

// An application (hosted-login.md 3.6).
typedef struct {
    bool is_present;
    bool is_active;
    str_t id;
    str_t name;
    flow_client_type_t type;
    flow_list_t redirect_uris;
    flow_list_t post_logout_uris;
    str_t initiate_login_uri; // where a person without a flow can start again; may be empty
    str_t logo_url;           // may be empty
    bool enforces_pkce;       // true for public clients whatever the row says
    str_t token_alg;          // "RS256" or "ES256"
    int64_t access_token_s;
    bool may_use_api; // tokens for the management API
} flow_client_t;

// The browser's session, by its cookie. `is_present` means found, not ended, not past its absolute
// or idle end by the database's clock.
typedef struct {
    bool is_present;
    str_t id;
    str_t user_id;
    str_t email; // normalised
    str_t email_display;
    bool is_user_active;
    time_ms_t auth_time;
    flow_list_t amr;            // methods and connection ids that made it
    flow_list_t connection_ids; // the SSO connections among them
    str_t organization_id;      // may be empty
} flow_session_t;

// Home realm discovery for one email domain (flow.md 1).
typedef enum { FLOW_HRD_NONE, FLOW_HRD_ONE, FLOW_HRD_SEVERAL } flow_hrd_kind_t;
typedef struct {
    flow_hrd_kind_t kind;
    str_t domain; // the one that was looked up, for reasons only; may be empty
    str_t organization_id;
    flow_list_t connection_ids; // one, or those among which the person picks
    bool is_exclusive;
} flow_hrd_t;

// A connection or organization that the request names.
typedef struct {
    bool is_named;  // the parameter was given
    bool is_usable; // known, enabled, completed
    str_t id;
    str_t organization_id;
    flow_list_t connection_ids; // of a named organization: its enabled SSO connections
} flow_named_t;

// Who has an address.
typedef struct {
    bool is_present;
    str_t id;
    bool is_active;
    bool is_proven; // somebody has proven the address before
} flow_user_t;

typedef enum { FLOW_OPEN, FLOW_COMPLETED, FLOW_FAILED } flow_status_t;

// The latest challenge (code and link) of a flow.
typedef enum { FLOW_PURPOSE_LOGIN, FLOW_PURPOSE_SSO_TRUST } flow_purpose_t;
typedef struct {
    bool is_present;
    str_t id;
    flow_purpose_t purpose;
    bool is_consumed;
    bool is_superseded; // a newer one of the same flow replaced it
    bool is_confirmed;  // by the number, on another device
    int tries;          // evaluations so far, this one included
    time_ms_t sent_at;
    time_ms_t expires_at;
    str_t email; // normalised
    str_t email_display;
} flow_challenge_t;
