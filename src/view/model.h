// The structs that templates name, and the views made of them. `model.c` holds their shapes; the
// names in a template are the members' names.
#pragma once
#include "view/template.h"

// Around every page.
typedef struct {
    str_t lang, dir;
    str_t app;
    str_t logo_url;
    str_t brand, brand_logo_url; // the organization that the page is for
    str_t css_url, script_url, icon_url;
    str_t privacy_url, terms_url, help_url;
    bool has_links; // one of the three
    int locale;     // view_locale_t, by tag
    bool has_languages;
    str_t en_url, de_url, ar_url; // this page in the other languages
} model_frame_t;

typedef enum {
    MODEL_ERROR_NONE,
    MODEL_ERROR_EMAIL_INVALID,
    MODEL_ERROR_EMAIL_EMPTY,
    MODEL_ERROR_CODE_EMPTY,
    MODEL_ERROR_CODE_WRONG,
    MODEL_ERROR_CODE_DEAD,
    MODEL_ERROR_CODE_EXPIRED,
    MODEL_ERROR_LIMITED_SECONDS,
    MODEL_ERROR_LIMITED_MINUTES,
    MODEL_ERROR_NUMBER_WRONG,
    MODEL_ERROR_NAME_EMPTY,
    MODEL_ERROR_NAME_INVALID,
} model_error_kind_t;

// What went wrong, on the pages with a form.
typedef struct {
    int error;           // model_error_kind_t
    bool is_field_error; // it belongs to the field, else to the page
    int64_t tries_left;
    int64_t wait; // seconds or minutes, as the error says
} model_error_t;

// How a time to wait is told: "45 seconds", "3 minutes".
typedef enum { MODEL_WAIT_NONE, MODEL_WAIT_SECONDS, MODEL_WAIT_MINUTES } model_wait_t;

// Providers with a mark of their own; the others share one.
typedef enum {
    MODEL_PROVIDER_OTHER,
    MODEL_PROVIDER_GOOGLE,
    MODEL_PROVIDER_MICROSOFT,
    MODEL_PROVIDER_GITHUB,
    MODEL_PROVIDER_GITLAB,
    MODEL_PROVIDER_LINKEDIN,
    MODEL_PROVIDER_APPLE,
    MODEL_PROVIDER_SALESFORCE,
} model_provider_t;

typedef struct {
    str_t connection_id, connection;
    int provider; // model_provider_t
} model_button_t;

typedef struct {
    str_t flow_id, form_token, email;
    bool is_signup_open;
    bool has_buttons;
    template_list_t buttons; // of model_button_t
    int note;                // view_login_note_t
    str_t note_name;
} model_login_t;

typedef struct {
    str_t flow_id, form_token, email;
    int64_t lifetime_min;
    bool was_resent;
    bool is_code_usable;
    int64_t resend_s; // until a new code may be asked for, and the same for people:
    int64_t resend_wait;
    int resend_unit; // model_wait_t
    str_t confirm_number;
    str_t asserted_by;
} model_code_t;

typedef struct {
    int kind; // view_link_kind_t
    str_t link_token, form_token, email, code, requested_from;
} model_link_t;

typedef struct {
    int kind;      // view_notice_kind_t
    int wait_unit; // model_wait_t
    int64_t wait;
    str_t detail, email, name, request_id, support;
    str_t action_url, application_url;
    bool is_other_email;
    bool is_link, is_form; // what action_url is
    bool has_reference;    // detail or request_id
    str_t flow_id, form_token, client_id, post_logout_redirect_uri, state;
} model_notice_t;

typedef struct {
    int why; // view_sso_why_t
    str_t flow_id, form_token, organization, connection, email;
} model_sso_t;

typedef struct {
    str_t flow_id, form_token, organization, email;
    template_list_t buttons; // of model_button_t
} model_pick_t;

typedef struct {
    str_t id, name, logo_url, initial;
} model_organization_t;

typedef struct {
    str_t flow_id, form_token, email;
    template_list_t own, invitations, joinable; // of model_organization_t
    bool has_own, has_invitations, has_joinable;
    bool may_create;
} model_organizations_t;

typedef struct {
    str_t flow_id, form_token, email, name;
    bool has_choices;
} model_organization_new_t;

typedef struct {
    int kind; // view_confirm_kind_t
    str_t token, form_token, connection, inviter, email, organization;
} model_confirm_t;

typedef struct {
    str_t name, value;
} model_claim_t;

typedef struct {
    str_t connection, organization, test_id, failure, failure_text, failure_details;
    bool is_success, has_claims;
    template_list_t claims; // of model_claim_t
} model_test_t;

typedef struct {
    str_t name;
    bool is_chosen;
} model_domain_t;

typedef struct {
    str_t line;
} model_line_t;

typedef struct {
    str_t css_url, simulator_css_url, script_url, icon_url;
    str_t request, application, client_id, redirect_uri, login_hint;
    str_t email_local, given_name, family_name;
    template_list_t domains; // of model_domain_t
    template_list_t lines;   // of model_line_t: the claims
    int scenario, fault;     // view_scenario_t, view_fault_t
    int error;               // view_simulator_error_t
} model_simulator_t;

typedef struct {
    str_t css_url, simulator_css_url, redirect_uri;
    str_t code, error, error_description, state, iss; // empty: not sent
} model_simulator_post_t;

// Around every mail.
typedef struct {
    str_t lang, dir;
} model_mail_frame_t;

// The mail with code and link: its subject, text and HTML.
typedef struct {
    str_t app, email, code, link, requested_from, requested_at;
    int64_t lifetime_min;
    bool is_code_in_subject;
} model_mail_t;

typedef struct {
    str_t app, organization, email, inviter, link;
    int64_t lifetime_days;
} model_invitation_t;

// "Firefox on Windows".
typedef struct {
    str_t browser, system;
    bool has_both;
} model_agent_t;

// "22 November 2026, 10:00 UTC".
typedef struct {
    int month; // 0: January
    int64_t day, year;
    str_t clock;
} model_date_t;

// Names of the choices that a form sends back.
extern const char *const model_scenarios[VIEW_SCENARIO_COUNT];
extern const char *const model_faults[VIEW_FAULT_COUNT];

// The assets that carry colours.
typedef struct {
    str_t accent_light, accent_dark, accent_dark_text;
} model_style_t;

typedef enum {
    MODEL_LOGIN,
    MODEL_SIGNUP,
    MODEL_CODE,
    MODEL_LINK,
    MODEL_NOTICE,
    MODEL_SSO,
    MODEL_PICK,
    MODEL_ORGANIZATIONS,
    MODEL_ORGANIZATION_NEW,
    MODEL_CONFIRM,
    MODEL_TEST,
    MODEL_SIMULATOR,
    MODEL_SIMULATOR_POST,
    MODEL_MAIL_SUBJECT,
    MODEL_MAIL_TEXT,
    MODEL_MAIL_HTML,
    MODEL_INVITATION_SUBJECT,
    MODEL_INVITATION_TEXT,
    MODEL_INVITATION_HTML,
    MODEL_AGENT,
    MODEL_DATE,
} model_view_t;
enum { MODEL_VIEW_COUNT = MODEL_DATE + 1 };

// Indexed by model_view_t.
extern const template_unit_t model_views[MODEL_VIEW_COUNT];

typedef enum {
    MODEL_ASSET_CSS,
    MODEL_ASSET_SCRIPT,
    MODEL_ASSET_ICON,
    MODEL_ASSET_SIMULATOR_CSS,
} model_asset_t;
enum { MODEL_ASSET_COUNT = MODEL_ASSET_SIMULATOR_CSS + 1 };

// Indexed by model_asset_t; the script takes no values.
extern const template_unit_t model_assets[MODEL_ASSET_COUNT];
