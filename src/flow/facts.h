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
    flow_list_t amr;                  // methods and connection ids that made it
    flow_list_t connection_ids;       // the SSO connections among them
    flow_list_t sso_organization_ids; // the organizations of those connections
    str_t organization_id;            // may be empty
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

// Who has an address or an identity.
typedef struct {
    bool is_present;
    str_t id;
    str_t email; // normalised
    bool is_active;
    bool is_proven; // somebody has proven the address before
} flow_user_t;

// What a user has to do with an organization. An invitation that has expired is absent.
typedef enum {
    FLOW_MEMBER_ACTIVE,
    FLOW_MEMBER_INACTIVE,
    FLOW_MEMBER_INVITED,
    FLOW_MEMBER_JOINABLE, // no membership: the email's domain is an allowed one of the organization
} flow_member_t;
typedef struct {
    str_t organization_id;
    str_t name;
    str_t logo_url; // may be empty
    flow_member_t member;
} flow_membership_t;
typedef struct {
    const flow_membership_t *items;
    size_t count;
} flow_memberships_t;

typedef enum { FLOW_JIT_ON, FLOW_JIT_OFF, FLOW_JIT_ORGANIZATION_DOMAINS } flow_jit_t;
typedef enum { FLOW_IDP_CONVERT, FLOW_IDP_DIRECT, FLOW_IDP_OFF } flow_idp_initiated_t;

// A connection: an organization's (SAML, OpenID Connect) or a social one of everybody.
typedef struct {
    bool is_present;
    bool is_usable; // enabled and completed, and single sign-on is switched on for the organization
    bool is_social;
    str_t id;
    str_t name;            // what people call it: "Megacorp", "Google"
    str_t organization_id; // empty: social
    str_t organization_name;
    flow_list_t domains; // assigned to it; none: all domains of its organization
    flow_jit_t jit;
    flow_idp_initiated_t idp_initiated;
    int64_t trust_epoch;
} flow_connection_t;

// What a provider said about the person, after the response was verified completely.
typedef struct {
    bool is_present;
    str_t subject;
    str_t email;        // normalised; empty: none, or not an address
    str_t email_domain; // its domain, as HRD takes it
    str_t email_display;
    bool is_email_verified; // social only, by flow.md 4.3; always false for an organization's
} flow_assertion_t;

// (connection, subject), if it is known. The channel is its verified part (flow.md 4.2).
typedef struct {
    bool is_present;
    str_t user_id;
    str_t channel_email; // normalised; empty: nothing was ever verified through it
    int64_t channel_epoch;
} flow_identity_t;

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

// Why a person is sent to their organization's sign-in: chooses the sentence that tells them. NONE:
// they asked for it themselves (their address, the application's request) and go there at once.
typedef enum {
    FLOW_WHY_NONE,
    FLOW_WHY_POLICY,  // after a code, a link, a social sign-in: the organization wants its own
    FLOW_WHY_SESSION, // a live session does not satisfy the organization's policy of today
    FLOW_WHY_SWITCH,  // the organization that is switched to wants its own
} flow_why_t;

// What happens to the membership when the login completes.
typedef enum {
    FLOW_MEMBERSHIP_NONE,   // no organization
    FLOW_MEMBERSHIP_KEEP,   // an active member already
    FLOW_MEMBERSHIP_JIT,    // made on first login through the organization's connection
    FLOW_MEMBERSHIP_ACCEPT, // the invitation is accepted
    FLOW_MEMBERSHIP_JOIN,   // joined by an allowed email domain
} flow_membership_step_t;
