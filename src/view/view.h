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
} view_error_t;

// "Sign in to {application}" or "Create your {application} account".
typedef struct {
    str_t flow_id;
    str_t form_token;
    str_t email; // prefilled
    bool is_signup;
    bool is_signup_open; // shows the link between the two pages
    view_error_t error;
    int64_t retry_after_s;
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
} view_notice_kind_t;
typedef struct {
    view_notice_kind_t kind;
    str_t detail;        // OAuth error code, shown small with the support id; may be empty
    str_t email;         // NO_ACCOUNT, NOT_ACTIVE, SIGN_OUT_CONFIRM; may be empty
    str_t action_url;    // where the way on leads: a link, or the form's action
    bool is_action_post; // a form with `flow_id` and `form_token`, else a link
    str_t flow_id;
    str_t form_token;
    // SIGN_OUT_CONFIRM: given back by the form.
    str_t client_id, post_logout_redirect_uri, state;
    int64_t retry_after_s;
} view_notice_t;
MUST_USE result_t view_notice_page(arena_t *arena, const view_frame_t *frame,
                                   const view_notice_t *page, str_t *out, err_t *err);

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

// "Firefox on Windows" from a User-Agent header: a few well-known names, in words; empty if nothing
// is recognised. Never the header's own text.
str_t view_user_agent_words(const views_t *views, arena_t *arena, view_locale_t locale,
                            str_t user_agent);

// A static asset by its request path ("/assets/<hash>/page.css"). Under another hash ours stands
// in: while versions are exchanged, a page of one asks an instance of the other for its stylesheet.
typedef struct {
    str_t content_type;
    bytes_t plain;
    bytes_t gzip;    // empty if it does not pay
    bool is_current; // the path holds this content's hash, so a cache may keep it for ever
} view_asset_t;
MUST_USE bool view_asset(const views_t *views, str_t path, view_asset_t *out);
