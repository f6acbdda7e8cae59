#include "view/model.h"

static const char *const LOCALES[] = {[LOCALE_EN] = "en", [LOCALE_DE] = "de", [LOCALE_AR] = "ar"};
_Static_assert(sizeof LOCALES / sizeof *LOCALES == VIEW_LOCALE_COUNT, "a tag for each locale");

static const char *const ERRORS[] = {
    [MODEL_ERROR_NONE] = NULL,
    [MODEL_ERROR_EMAIL_INVALID] = "email_invalid",
    [MODEL_ERROR_EMAIL_EMPTY] = "email_empty",
    [MODEL_ERROR_CODE_EMPTY] = "code_empty",
    [MODEL_ERROR_CODE_WRONG] = "code_wrong",
    [MODEL_ERROR_CODE_DEAD] = "code_dead",
    [MODEL_ERROR_CODE_EXPIRED] = "code_expired",
    [MODEL_ERROR_LIMITED_SECONDS] = "limited_seconds",
    [MODEL_ERROR_LIMITED_MINUTES] = "limited_minutes",
    [MODEL_ERROR_NUMBER_WRONG] = "number_wrong",
};

static const char *const LINK_KINDS[] = {
    [VIEW_LINK_FINISH] = "finish",
    [VIEW_LINK_SHOW_CODE] = "show_code",
    [VIEW_LINK_NUMBER] = "number",
    [VIEW_LINK_CONFIRMED] = "confirmed",
};

static const char *const NOTICE_KINDS[] = {
    [VIEW_NOTICE_BAD_REQUEST] = "bad_request",
    [VIEW_NOTICE_NOT_FOUND] = "not_found",
    [VIEW_NOTICE_EXPIRED] = "expired",
    [VIEW_NOTICE_OTHER_BROWSER] = "other_browser",
    [VIEW_NOTICE_DONE] = "done",
    [VIEW_NOTICE_LINK_OVER] = "link_over",
    [VIEW_NOTICE_NO_ACCOUNT] = "no_account",
    [VIEW_NOTICE_NOT_ACTIVE] = "not_active",
    [VIEW_NOTICE_NOT_AVAILABLE] = "not_available",
    [VIEW_NOTICE_TOO_MANY] = "too_many",
    [VIEW_NOTICE_UNAVAILABLE] = "unavailable",
    [VIEW_NOTICE_INTERNAL] = "internal",
    [VIEW_NOTICE_FORBIDDEN_FORM] = "forbidden_form",
    [VIEW_NOTICE_SIGN_OUT_CONFIRM] = "sign_out_confirm",
    [VIEW_NOTICE_SIGNED_OUT] = "signed_out",
};

static const char *const WAIT_UNITS[] = {
    [MODEL_WAIT_NONE] = NULL,
    [MODEL_WAIT_SECONDS] = "seconds",
    [MODEL_WAIT_MINUTES] = "minutes",
};

static const char *const MONTHS[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

static const field_t FRAME_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_frame_t, lang),
    FIELD_STR(FIELD_TEXT, model_frame_t, dir),
    FIELD_STR(FIELD_TEXT, model_frame_t, app),
    FIELD_STR(FIELD_URL, model_frame_t, logo_url),
    FIELD_STR(FIELD_URL, model_frame_t, css_url),
    FIELD_STR(FIELD_URL, model_frame_t, script_url),
    FIELD_STR(FIELD_URL, model_frame_t, icon_url),
    FIELD_STR(FIELD_URL, model_frame_t, privacy_url),
    FIELD_STR(FIELD_URL, model_frame_t, terms_url),
    FIELD_STR(FIELD_URL, model_frame_t, help_url),
    FIELD_FLAG(model_frame_t, has_links),
    FIELD_ONE_OF(model_frame_t, locale, LOCALES),
    FIELD_FLAG(model_frame_t, has_languages),
    FIELD_STR(FIELD_URL, model_frame_t, en_url),
    FIELD_STR(FIELD_URL, model_frame_t, de_url),
    FIELD_STR(FIELD_URL, model_frame_t, ar_url),
};
static const shape_t FRAME = SHAPE(FRAME_FIELDS);

static const field_t ERROR_FIELDS[] = {
    FIELD_ONE_OF(model_error_t, error, ERRORS),
    FIELD_FLAG(model_error_t, is_field_error),
    FIELD_NUMBER(model_error_t, tries_left),
    FIELD_NUMBER(model_error_t, wait),
};
static const shape_t ERROR = SHAPE(ERROR_FIELDS);

static const field_t LOGIN_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_login_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_login_t, form_token),
    FIELD_STR(FIELD_LTR, model_login_t, email),
    FIELD_FLAG(model_login_t, is_signup_open),
};
static const shape_t LOGIN = SHAPE(LOGIN_FIELDS);

// From the sign-up page there is always a way back: no is_signup_open.
static const field_t SIGNUP_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_login_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_login_t, form_token),
    FIELD_STR(FIELD_LTR, model_login_t, email),
};
static const shape_t SIGNUP = SHAPE(SIGNUP_FIELDS);

static const field_t CODE_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_code_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_code_t, form_token),
    FIELD_STR(FIELD_LTR, model_code_t, email),
    FIELD_NUMBER(model_code_t, lifetime_min),
    FIELD_FLAG(model_code_t, was_resent),
    FIELD_FLAG(model_code_t, is_code_usable),
    FIELD_NUMBER(model_code_t, resend_s),
    FIELD_NUMBER(model_code_t, resend_wait),
    FIELD_ONE_OF(model_code_t, resend_unit, WAIT_UNITS),
    FIELD_STR(FIELD_LTR, model_code_t, confirm_number),
};
static const shape_t CODE = SHAPE(CODE_FIELDS);

static const field_t LINK_FIELDS[] = {
    FIELD_ONE_OF(model_link_t, kind, LINK_KINDS),
    FIELD_STR(FIELD_TEXT, model_link_t, link_token),
    FIELD_STR(FIELD_TEXT, model_link_t, form_token),
    FIELD_STR(FIELD_LTR, model_link_t, email),
    FIELD_STR(FIELD_LTR, model_link_t, code),
    FIELD_STR(FIELD_WORDS, model_link_t, requested_from),
};
static const shape_t LINK = SHAPE(LINK_FIELDS);

static const field_t NOTICE_FIELDS[] = {
    FIELD_ONE_OF(model_notice_t, kind, NOTICE_KINDS),
    FIELD_ONE_OF(model_notice_t, wait_unit, WAIT_UNITS),
    FIELD_NUMBER(model_notice_t, wait),
    FIELD_STR(FIELD_LTR, model_notice_t, detail),
    FIELD_STR(FIELD_LTR, model_notice_t, email),
    FIELD_STR(FIELD_LTR, model_notice_t, request_id),
    FIELD_STR(FIELD_TEXT, model_notice_t, support),
    FIELD_STR(FIELD_URL, model_notice_t, action_url),
    FIELD_FLAG(model_notice_t, is_link),
    FIELD_FLAG(model_notice_t, is_form),
    FIELD_FLAG(model_notice_t, has_reference),
    FIELD_STR(FIELD_TEXT, model_notice_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_notice_t, form_token),
    FIELD_STR(FIELD_TEXT, model_notice_t, client_id),
    FIELD_STR(FIELD_TEXT, model_notice_t, post_logout_redirect_uri),
    FIELD_STR(FIELD_TEXT, model_notice_t, state),
};
static const shape_t NOTICE = SHAPE(NOTICE_FIELDS);

static const field_t SUBJECT_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_mail_t, app),
    FIELD_STR(FIELD_LTR, model_mail_t, code),
    FIELD_FLAG(model_mail_t, is_code_in_subject),
};
static const shape_t SUBJECT = SHAPE(SUBJECT_FIELDS);

static const field_t MAIL_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_mail_t, app),
    FIELD_STR(FIELD_LTR, model_mail_t, email),
    FIELD_STR(FIELD_LTR, model_mail_t, code),
    FIELD_STR(FIELD_URL, model_mail_t, link),
    FIELD_STR(FIELD_WORDS, model_mail_t, requested_from),
    FIELD_STR(FIELD_WORDS, model_mail_t, requested_at),
    FIELD_NUMBER(model_mail_t, lifetime_min),
};
static const shape_t MAIL = SHAPE(MAIL_FIELDS);

static const field_t MAIL_FRAME_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_mail_t, lang),
    FIELD_STR(FIELD_TEXT, model_mail_t, dir),
};
static const shape_t MAIL_FRAME = SHAPE(MAIL_FRAME_FIELDS);

static const field_t AGENT_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_agent_t, browser),
    FIELD_STR(FIELD_TEXT, model_agent_t, system),
    FIELD_FLAG(model_agent_t, has_both),
};
static const shape_t AGENT = SHAPE(AGENT_FIELDS);

static const field_t DATE_FIELDS[] = {
    FIELD_ONE_OF(model_date_t, month, MONTHS),
    FIELD_NUMBER(model_date_t, day),
    FIELD_NUMBER(model_date_t, year),
    FIELD_STR(FIELD_LTR, model_date_t, clock),
};
static const shape_t DATE = SHAPE(DATE_FIELDS);

static const field_t STYLE_FIELDS[] = {
    FIELD_STR(FIELD_COLOUR, model_style_t, accent_light),
    FIELD_STR(FIELD_COLOUR, model_style_t, accent_dark),
    FIELD_STR(FIELD_COLOUR, model_style_t, accent_dark_text),
};
static const shape_t STYLE = SHAPE(STYLE_FIELDS);

static const field_t ICON_FIELDS[] = {
    FIELD_STR(FIELD_COLOUR, model_style_t, accent_light),
};
static const shape_t ICON = SHAPE(ICON_FIELDS);

#define PAGE(name, ...)                                                                            \
    {                                                                                              \
        .mode = TEMPLATE_PAGE, .root = "layout.html", .body = name ".html",                        \
        .title = name ".title.html", .shapes = {                                                   \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

const template_unit_t model_views[MODEL_VIEW_COUNT] = {
    [MODEL_LOGIN] = PAGE("login", &FRAME, &ERROR, &LOGIN),
    [MODEL_SIGNUP] = PAGE("signup", &FRAME, &ERROR, &SIGNUP),
    [MODEL_CODE] = PAGE("code", &FRAME, &ERROR, &CODE),
    [MODEL_LINK] = PAGE("link", &FRAME, &ERROR, &LINK),
    [MODEL_NOTICE] = PAGE("notice", &FRAME, &NOTICE),
    [MODEL_MAIL_SUBJECT] = {.mode = TEMPLATE_PLAIN,
                            .root = "mail/code.subject.txt",
                            .shapes = {&SUBJECT}},
    [MODEL_MAIL_TEXT] = {.mode = TEMPLATE_PLAIN, .root = "mail/code.txt", .shapes = {&MAIL}},
    [MODEL_MAIL_HTML] = {.mode = TEMPLATE_MAIL,
                         .root = "mail/code.html",
                         .shapes = {&MAIL, &MAIL_FRAME}},
    [MODEL_AGENT] = {.mode = TEMPLATE_PLAIN, .root = "mail/agent.txt", .shapes = {&AGENT}},
    [MODEL_DATE] = {.mode = TEMPLATE_PLAIN, .root = "mail/date.txt", .shapes = {&DATE}},
};

const template_unit_t model_assets[MODEL_ASSET_COUNT] = {
    [MODEL_ASSET_CSS] = {.mode = TEMPLATE_ASSET, .root = "assets/page.css", .shapes = {&STYLE}},
    [MODEL_ASSET_SCRIPT] = {.mode = TEMPLATE_ASSET, .root = "assets/page.js"},
    [MODEL_ASSET_ICON] = {.mode = TEMPLATE_ASSET, .root = "assets/icon.svg", .shapes = {&ICON}},
};
