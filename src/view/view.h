// Everything a person reads: pages and mails, from templates that are checked at the start. A view
// is a struct and a descriptor; values are escaped by type; there is no raw output. Text comes from
// the message catalogue (en, de, ar). Immutable after loading; any thread. Results in the arena.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

typedef struct views views_t;

// Loads templates, messages and assets: the embedded ones, each replaced by the file of the same
// name below settings->templates if that is set. BAD_REQUEST names the file, line and the unknown
// or unused name. Owner frees.
MUST_USE result_t views_load(const settings_t *settings, views_t **out, err_t *err);
void views_free(views_t **views);

typedef enum { LOCALE_EN, LOCALE_DE, LOCALE_AR } view_locale_t;
enum { VIEW_LOCALE_COUNT = 3 };

// ui_locales (OIDC Core 3.1.2.1) first, then Accept-Language (RFC 9110 12.5.4), then the default.
view_locale_t view_locale_choose(const views_t *views, str_t ui_locales, str_t accept_language);
bool view_locale_from_tag(str_t tag, view_locale_t *out); // "de-AT" is de
str_t view_locale_tag(view_locale_t locale);              // "de"

// What a page is made from, and what stands around it.
typedef struct {
    const views_t *views;
    view_locale_t locale;
    str_t app_name;     // empty: the product's name stands in
    str_t app_logo_url; // https or data-less path; empty: the built-in mark
    // The organization that the request is for, if one is: its name and logo lead. Both may be
    // empty; without a logo of its own the application's stands there.
    str_t organization_name, organization_logo_url;
    str_t request_id;   // the support id of error pages
    str_t language_url; // the page's own path and query without ui_locales; empty: no language menu
} view_frame_t;

typedef enum {
    VIEW_ERROR_NONE,
    VIEW_ERROR_EMAIL_INVALID,
    VIEW_ERROR_EMAIL_EMPTY,
    VIEW_ERROR_CODE_EMPTY, // nothing or not six digits: not counted as a try
    VIEW_ERROR_CODE_WRONG, // with tries_left
    VIEW_ERROR_CODE_DEAD,
    VIEW_ERROR_CODE_EXPIRED,
    VIEW_ERROR_LIMITED, // with retry_after_s
    VIEW_ERROR_NUMBER_WRONG,
    VIEW_ERROR_NAME_EMPTY,
    VIEW_ERROR_NAME_INVALID, // longer than 200 characters, or with controls
} view_error_t;

// Connections that a person picks from, each a button "Continue with {name}" with the provider's
// mark.
typedef struct {
    str_t connection_id;
    str_t provider; // "GOOGLE", "OKTA", ...: a name of the REST API; without a mark: a neutral one
    str_t name;     // what people call it: "Google", "Megacorp"
} view_button_t;
typedef struct {
    const view_button_t *items;
    size_t count;
} view_buttons_t;

// What happened before the login page is shown (again).
typedef enum {
    VIEW_LOGIN_NOTE_NONE,
    VIEW_LOGIN_NOTE_CANCELLED, // the person turned back at `note_name`
    VIEW_LOGIN_NOTE_FAILED,    // `note_name` did not work: again, or another way
    VIEW_LOGIN_NOTE_NO_EMAIL,  // M6: `note_name` told no address. The page is then about the
                               // address alone: no buttons, no way to sign up
} view_login_note_t;

// "Sign in to {application or organization}" or "Create your {..} account". Social buttons are a
// form of their own: POST /a/auth/connection with flow, form_token, connection_id.
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t email; // prefilled
    bool is_signup;
    bool is_signup_open; // shows the link between the two pages
    view_error_t error;
    int64_t retry_after_s;
    view_buttons_t buttons;
    view_login_note_t note;
    str_t note_name; // of the connection that the note is about
} view_login_t;
MUST_USE result_t view_login_page(arena_t *arena, const view_frame_t *frame,
                                  const view_login_t *page, str_t *out, err_t *err);

// "Check your email".
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t email;
    view_error_t error;
    int tries_left;
    int64_t retry_after_s;
    int64_t resend_wait_s; // 0: a new code may be asked for now
    int64_t lifetime_min;
    bool was_resent;      // status message "we have sent a new code"
    str_t confirm_number; // not empty: "if you open the link elsewhere, enter NN there"
    bool is_code_usable;  // false: dead or expired, the new-code button is the main one
    str_t asserted_by;    // not empty: this organization or provider named the address, and the
                          // page says so and asks for it to be confirmed (M7, M15)
} view_code_t;
MUST_USE result_t view_code_page(arena_t *arena, const view_frame_t *frame, const view_code_t *page,
                                 str_t *out, err_t *err);

// The page behind the link in the mail.
typedef enum {
    VIEW_LINK_FINISH,    // same browser: one button, POST
    VIEW_LINK_SHOW_CODE, // other browser: the code to type in the first
    VIEW_LINK_NUMBER,    // other browser, enforcement off: enter the number from the first page
    VIEW_LINK_CONFIRMED, // go back to the first page, it goes on by itself
} view_link_kind_t;
typedef struct {
    view_link_kind_t kind;
    str_t link_token;
    str_t form_token;
    str_t email;
    str_t code;           // SHOW_CODE only
    str_t requested_from; // "Chromium on Linux", from the request's user agent; may be empty
    view_error_t error;   // NUMBER only
    int tries_left;
} view_link_t;
MUST_USE result_t view_link_page(arena_t *arena, const view_frame_t *frame, const view_link_t *page,
                                 str_t *out, err_t *err);

// Everything else that a person may meet: a heading, a sentence, one way on.
typedef enum {
    VIEW_NOTICE_BAD_REQUEST, // E1 and malformed requests, with the OAuth error code
    VIEW_NOTICE_NOT_FOUND,
    VIEW_NOTICE_EXPIRED,       // the sign-in took too long: start again (POST restart)
    VIEW_NOTICE_OTHER_BROWSER, // begun in another browser or cookies are off: to the application
    VIEW_NOTICE_DONE,          // this sign-in is finished: on to the application
    VIEW_NOTICE_LINK_OVER,     // the link was used, replaced or is too old
    VIEW_NOTICE_NO_ACCOUNT,    // sign-up is off: whom to ask
    VIEW_NOTICE_NOT_ACTIVE,
    VIEW_NOTICE_NOT_AVAILABLE, // the company's sign-in cannot be used right now
    VIEW_NOTICE_TOO_MANY,      // limited, with retry_after_s
    VIEW_NOTICE_UNAVAILABLE,   // 503: try again, nothing is lost
    VIEW_NOTICE_INTERNAL,
    VIEW_NOTICE_FORBIDDEN_FORM,   // the form did not come from our page
    VIEW_NOTICE_SIGN_OUT_CONFIRM, // POST
    VIEW_NOTICE_SIGNED_OUT,
    // From here on `name` says which connection or organization.
    VIEW_NOTICE_SSO_FAILED,       // M12: what the provider answered does not hold
    VIEW_NOTICE_SSO_OFF,          // M12: the connection was switched off meanwhile
    VIEW_NOTICE_SSO_UNREACHABLE,  // the provider does not answer
    VIEW_NOTICE_SSO_BUSY,         // too many people at this provider right now: 503
    VIEW_NOTICE_SSO_NO_EMAIL,     // M13, where no application can be told
    VIEW_NOTICE_SSO_CANCELLED,    // the person turned back there
    VIEW_NOTICE_UNSOLICITED_OFF,  // begun at the provider, which this connection does not allow
    VIEW_NOTICE_NO_MEMBER,        // not a member: whom to ask
    VIEW_NOTICE_OTHER_REALM,      // the organization of the address takes only its own sign-in
    VIEW_NOTICE_MEMBER_INACTIVE,  // the membership is switched off
    VIEW_NOTICE_INVITATION_OVER,  // used, replaced or too old
    VIEW_NOTICE_INVITATION_TAKEN, // accepted: on to the application
} view_notice_kind_t;
enum { VIEW_NOTICE_COUNT = VIEW_NOTICE_INVITATION_TAKEN + 1 };
typedef struct {
    view_notice_kind_t kind;
    str_t detail;     // OAuth error code, shown small with the support id; may be empty
    str_t email;      // shown on NO_ACCOUNT, NOT_ACTIVE, SIGN_OUT_CONFIRM, NO_MEMBER, OTHER_REALM,
                      // MEMBER_INACTIVE and INVITATION_TAKEN alone; may be empty
    str_t name;       // of the connection or organization; empty: the application's stands in
    str_t action_url; // where the way on leads: a link, or the form's action
    bool is_action_post; // a form with `flow_id` and `form_token`, else a link
    str_t flow_id;
    str_t form_token;
    // SIGN_OUT_CONFIRM: given back by the form.
    str_t client_id, post_logout_redirect_uri, state;
    int64_t retry_after_s;
    str_t application_url; // second way on, "Back to {application}"; may be empty
    bool is_other_email;   // third: "Use another email", the login page of `flow_id`
} view_notice_t;
MUST_USE result_t view_notice_page(arena_t *arena, const view_frame_t *frame,
                                   const view_notice_t *page, str_t *out, err_t *err);

// Before a person is sent to their organization's sign-in: why, and one button.
// POST /a/auth/sso with flow, form_token.
typedef enum {
    VIEW_SSO_POLICY,  // the organization asks its people to use its own
    VIEW_SSO_SESSION, // the same, though they are signed in already
    VIEW_SSO_SWITCH,  // to switch to the organization
} view_sso_why_t;
typedef struct {
    view_sso_why_t why;
    str_t flow_id;
    str_t form_token;
    str_t organization;
    str_t connection; // its name; empty: the organization's
    str_t email;      // may be empty
} view_sso_t;
MUST_USE result_t view_sso_page(arena_t *arena, const view_frame_t *frame, const view_sso_t *page,
                                str_t *out, err_t *err);

// "How do you want to sign in?" among several of an organization: POST /a/auth/pick with flow,
// form_token, connection_id.
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t organization; // may be empty
    str_t email;        // may be empty
    view_buttons_t buttons;
} view_pick_t;
MUST_USE result_t view_pick_page(arena_t *arena, const view_frame_t *frame, const view_pick_t *page,
                                 str_t *out, err_t *err);

// "Choose your organization": POST /a/auth/organization with flow, form_token and organization_id
// or intent=create. Lists without items are left out.
typedef struct {
    str_t id;
    str_t name;
    str_t logo_url; // may be empty: its initial stands in
} view_organization_t;
typedef struct {
    const view_organization_t *items;
    size_t count;
} view_organizations_t;
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t email; // whose they are
    view_organizations_t own, invitations, joinable;
    bool may_create;
} view_choice_t;
MUST_USE result_t view_organizations_page(arena_t *arena, const view_frame_t *frame,
                                          const view_choice_t *page, str_t *out, err_t *err);

// "Create your organization": POST /a/auth/organization with flow, form_token, intent=create and
// organization_name.
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t email;
    str_t name;         // a suggestion, or what was typed
    view_error_t error; // NAME_EMPTY, NAME_INVALID
    bool has_choices;   // there is a chooser to go back to
} view_organization_new_t;
MUST_USE result_t view_organization_new_page(arena_t *arena, const view_frame_t *frame,
                                             const view_organization_new_t *page, str_t *out,
                                             err_t *err);

// A sentence and one button, for links that must not act when they are merely opened.
typedef enum {
    VIEW_CONFIRM_INVITATION, // "Join {organization}": POST /a/auth/invitation with token
    VIEW_CONFIRM_TEST,       // "Test {connection}": POST /a/auth/test with token
} view_confirm_kind_t;
typedef struct {
    view_confirm_kind_t kind;
    str_t token;
    str_t form_token;   // may be empty
    str_t organization; // may be empty for TEST
    str_t connection;   // TEST
    str_t inviter;      // INVITATION: an address; may be empty
    str_t email;        // INVITATION: who this is for
} view_confirm_t;
MUST_USE result_t view_confirm_page(arena_t *arena, const view_frame_t *frame,
                                    const view_confirm_t *page, str_t *out, err_t *err);

// What a test login found, for the administrator who set the connection up.
typedef struct {
    str_t name;
    str_t value; // bounded by the caller
} view_claim_t;
typedef struct {
    str_t connection;
    str_t organization; // may be empty
    str_t test_id;      // may be empty
    const view_claim_t *claims;
    size_t claims_count;
    str_t error;         // a stable code; empty: the test went well
    str_t error_text;    // what is wrong, in an administrator's words
    str_t error_details; // what the provider said, as it said it; may be empty
} view_test_t;
MUST_USE result_t view_test_page(arena_t *arena, const view_frame_t *frame, const view_test_t *page,
                                 str_t *out, err_t *err);

// The identity provider for developers, in English only. POST /simulator/authorize with request,
// scenario, fault, email_local, email_domain, given_name, family_name, claims (lines "key=value")
// and action, "continue" or "cancel". The values of scenario and fault are the names below in lower
// case.
typedef enum {
    VIEW_SCENARIO_SIGN_IN,
    VIEW_SCENARIO_ERROR,
    VIEW_SCENARIO_IDP_INITIATED,
} view_scenario_t;
typedef enum {
    VIEW_FAULT_NONE,
    VIEW_FAULT_WRONG_AUDIENCE,
    VIEW_FAULT_EXPIRED,
    VIEW_FAULT_WRONG_NONCE,
    VIEW_FAULT_UNSIGNED,
    VIEW_FAULT_UNKNOWN_KEY,
    VIEW_FAULT_EMAIL_MISSING,
    VIEW_FAULT_EMAIL_FOREIGN,    // of a domain that is not the organization's
    VIEW_FAULT_VERIFIED_TEXT,    // email_verified as the text "true"
    VIEW_FAULT_SUBJECT_MISMATCH, // userinfo tells of somebody else than the ID token
    VIEW_FAULT_SLOW,
    VIEW_FAULT_DEAD,
} view_fault_t;
enum { VIEW_SCENARIO_COUNT = VIEW_SCENARIO_IDP_INITIATED + 1 };
enum { VIEW_FAULT_COUNT = VIEW_FAULT_DEAD + 1 };
bool view_scenario_from_name(str_t name, view_scenario_t *out);
bool view_fault_from_name(str_t name, view_fault_t *out);

typedef enum {
    VIEW_SIMULATOR_ERROR_NONE,
    VIEW_SIMULATOR_ERROR_EMAIL,  // local part and domain make no address
    VIEW_SIMULATOR_ERROR_CLAIMS, // a line that is not "key=value"
} view_simulator_error_t;
typedef struct {
    str_t request; // sealed
    // What the request said.
    str_t application, client_id, redirect_uri, login_hint;
    // Who to be: prefilled, or as it was sent.
    str_t email_local, email_domain, given_name, family_name, claims;
    const str_t *domains; // to choose from; email_domain is among them
    size_t domains_count;
    view_scenario_t scenario;
    view_fault_t fault;
    view_simulator_error_t error;
} view_simulator_t;
MUST_USE result_t view_simulator_page(arena_t *arena, const views_t *views,
                                      const view_simulator_t *page, str_t *out, err_t *err);

// The simulator's answer by form_post: a form to the redirect URI, for browsers that run no script.
typedef struct {
    str_t redirect_uri;
    str_t code, error, error_description, state, iss; // empty: not sent
} view_simulator_post_t;
MUST_USE result_t view_simulator_post(arena_t *arena, const views_t *views,
                                      const view_simulator_post_t *page, str_t *out, err_t *err);

// The mail with code and link.
typedef struct {
    view_locale_t locale;
    str_t app_name;
    str_t email;
    str_t code;
    str_t link;
    int64_t lifetime_min;
    str_t requested_from; // browser and system; may be empty
    time_ms_t requested_at;
} view_mail_code_t;
typedef struct {
    str_t subject;
    str_t text;
    str_t html;
} view_mail_t;
MUST_USE result_t view_mail_code(const views_t *views, arena_t *arena, const view_mail_code_t *mail,
                                 view_mail_t *out, err_t *err);

// The mail that invites somebody to an organization.
typedef struct {
    view_locale_t locale;
    str_t app_name;
    str_t organization;
    str_t email;   // who is invited
    str_t inviter; // an address; may be empty
    str_t link;
    int64_t lifetime_days;
} view_mail_invitation_t;
MUST_USE result_t view_mail_invitation(const views_t *views, arena_t *arena,
                                       const view_mail_invitation_t *mail, view_mail_t *out,
                                       err_t *err);

// "Firefox on Windows" from a User-Agent header: a few well-known names, in words; empty if nothing
// is recognised. Never the header's own text.
str_t view_user_agent_words(const views_t *views, arena_t *arena, view_locale_t locale,
                            str_t user_agent);

// The same names apart, for machines; static, empty if not recognised.
typedef struct {
    str_t browser, system;
} view_agent_t;
view_agent_t view_user_agent_parts(str_t user_agent);

// A static asset by its request path ("/assets/<hash>/page.css"). Under another hash ours stands
// in: while versions are exchanged, a page of one asks an instance of the other for its stylesheet.
typedef struct {
    str_t content_type;
    bytes_t plain;
    bytes_t gzip;    // empty if it does not pay
    bool is_current; // the path holds this content's hash, so a cache may keep it for ever
} view_asset_t;
MUST_USE bool view_asset(const views_t *views, str_t path, view_asset_t *out);
