// The structs that templates name, and the views made of them. `model.c` holds their shapes; the
// names in a template are the members' names.
#pragma once
#include "view/template.h"

// Around every page.
typedef struct {
    str_t lang, dir;
    str_t app;
    str_t logo_url;
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

typedef struct {
    str_t flow_id, form_token, email;
    bool is_signup_open;
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
} model_code_t;

typedef struct {
    int kind; // view_link_kind_t
    str_t link_token, form_token, email, code, requested_from;
} model_link_t;

typedef struct {
    int kind;      // view_notice_kind_t
    int wait_unit; // model_wait_t
    int64_t wait;
    str_t detail, email, request_id, support;
    str_t action_url;
    bool is_link, is_form; // what action_url is
    bool has_reference;    // detail or request_id
    str_t flow_id, form_token, client_id, post_logout_redirect_uri, state;
} model_notice_t;

// The mail with code and link: its subject, text and HTML.
typedef struct {
    str_t lang, dir;
    str_t app, email, code, link, requested_from, requested_at;
    int64_t lifetime_min;
    bool is_code_in_subject;
} model_mail_t;

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
    MODEL_MAIL_SUBJECT,
    MODEL_MAIL_TEXT,
    MODEL_MAIL_HTML,
    MODEL_AGENT,
    MODEL_DATE,
} model_view_t;
enum { MODEL_VIEW_COUNT = 10 };

// Indexed by model_view_t.
extern const template_unit_t model_views[MODEL_VIEW_COUNT];

typedef enum { MODEL_ASSET_CSS, MODEL_ASSET_SCRIPT, MODEL_ASSET_ICON } model_asset_t;
enum { MODEL_ASSET_COUNT = 3 };

// Indexed by model_asset_t; the script takes no values.
extern const template_unit_t model_assets[MODEL_ASSET_COUNT];
