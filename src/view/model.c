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
    [MODEL_ERROR_NAME_EMPTY] = "name_empty",
    [MODEL_ERROR_NAME_INVALID] = "name_invalid",
};

static const char *const PROVIDERS[] = {
    [MODEL_PROVIDER_OTHER] = "other",         [MODEL_PROVIDER_GOOGLE] = "google",
    [MODEL_PROVIDER_MICROSOFT] = "microsoft", [MODEL_PROVIDER_GITHUB] = "github",
    [MODEL_PROVIDER_GITLAB] = "gitlab",       [MODEL_PROVIDER_LINKEDIN] = "linkedin",
    [MODEL_PROVIDER_APPLE] = "apple",         [MODEL_PROVIDER_SALESFORCE] = "salesforce",
};

static const char *const LOGIN_NOTES[] = {
    [VIEW_LOGIN_NOTE_NONE] = NULL,
    [VIEW_LOGIN_NOTE_CANCELLED] = "cancelled",
    [VIEW_LOGIN_NOTE_FAILED] = "failed",
    [VIEW_LOGIN_NOTE_NO_EMAIL] = "no_email",
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
    [VIEW_NOTICE_SSO_FAILED] = "sso_failed",
    [VIEW_NOTICE_SSO_OFF] = "sso_off",
    [VIEW_NOTICE_SSO_UNREACHABLE] = "sso_unreachable",
    [VIEW_NOTICE_SSO_BUSY] = "sso_busy",
    [VIEW_NOTICE_SSO_NO_EMAIL] = "sso_no_email",
    [VIEW_NOTICE_SSO_CANCELLED] = "sso_cancelled",
    [VIEW_NOTICE_UNSOLICITED_OFF] = "unsolicited_off",
    [VIEW_NOTICE_NO_MEMBER] = "no_member",
    [VIEW_NOTICE_OTHER_REALM] = "other_realm",
    [VIEW_NOTICE_MEMBER_INACTIVE] = "member_inactive",
    [VIEW_NOTICE_INVITATION_OVER] = "invitation_over",
    [VIEW_NOTICE_INVITATION_TAKEN] = "invitation_taken",
};
_Static_assert(sizeof NOTICE_KINDS / sizeof *NOTICE_KINDS == VIEW_NOTICE_COUNT, "a name for each");

static const char *const SSO_WHYS[] = {
    [VIEW_SSO_POLICY] = "policy",
    [VIEW_SSO_SESSION] = "session",
    [VIEW_SSO_SWITCH] = "switch",
};

static const char *const CONFIRM_KINDS[] = {
    [VIEW_CONFIRM_INVITATION] = "invitation",
    [VIEW_CONFIRM_TEST] = "test",
};

const char *const model_scenarios[VIEW_SCENARIO_COUNT] = {
    [VIEW_SCENARIO_SIGN_IN] = "sign_in",
    [VIEW_SCENARIO_ERROR] = "error",
    [VIEW_SCENARIO_IDP_INITIATED] = "idp_initiated",
};

const char *const model_faults[VIEW_FAULT_COUNT] = {
    [VIEW_FAULT_NONE] = "none",
    [VIEW_FAULT_WRONG_AUDIENCE] = "wrong_audience",
    [VIEW_FAULT_EXPIRED] = "expired",
    [VIEW_FAULT_WRONG_NONCE] = "wrong_nonce",
    [VIEW_FAULT_UNSIGNED] = "unsigned",
    [VIEW_FAULT_UNKNOWN_KEY] = "unknown_key",
    [VIEW_FAULT_EMAIL_MISSING] = "email_missing",
    [VIEW_FAULT_EMAIL_FOREIGN] = "email_foreign",
    [VIEW_FAULT_VERIFIED_TEXT] = "verified_text",
    [VIEW_FAULT_SUBJECT_MISMATCH] = "subject_mismatch",
    [VIEW_FAULT_SLOW] = "slow",
    [VIEW_FAULT_DEAD] = "dead",
};

static const char *const SIMULATOR_ERRORS[] = {
    [VIEW_SIMULATOR_ERROR_NONE] = NULL,
    [VIEW_SIMULATOR_ERROR_EMAIL] = "email",
    [VIEW_SIMULATOR_ERROR_CLAIMS] = "claims",
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
    FIELD_STR(FIELD_TEXT, model_frame_t, brand),
    FIELD_STR(FIELD_URL, model_frame_t, brand_logo_url),
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

static const field_t BUTTON_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_button_t, connection_id),
    FIELD_STR(FIELD_TEXT, model_button_t, connection),
    FIELD_ONE_OF(model_button_t, provider, PROVIDERS),
};
static const shape_t BUTTON = SHAPE(BUTTON_FIELDS);

static const field_t LOGIN_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_login_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_login_t, form_token),
    FIELD_STR(FIELD_LTR, model_login_t, email),
    FIELD_FLAG(model_login_t, is_signup_open),
    FIELD_FLAG(model_login_t, has_buttons),
    FIELD_LIST_OF(model_login_t, buttons, &BUTTON, model_button_t),
    FIELD_ONE_OF(model_login_t, note, LOGIN_NOTES),
    FIELD_STR(FIELD_TEXT, model_login_t, note_name),
};
static const shape_t LOGIN = SHAPE(LOGIN_FIELDS);

// From the sign-up page there is always a way back: no is_signup_open.
static const field_t SIGNUP_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_login_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_login_t, form_token),
    FIELD_STR(FIELD_LTR, model_login_t, email),
    FIELD_FLAG(model_login_t, has_buttons),
    FIELD_LIST_OF(model_login_t, buttons, &BUTTON, model_button_t),
    FIELD_ONE_OF(model_login_t, note, LOGIN_NOTES),
    FIELD_STR(FIELD_TEXT, model_login_t, note_name),
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
    FIELD_STR(FIELD_TEXT, model_code_t, asserted_by),
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
    FIELD_STR(FIELD_TEXT, model_notice_t, name),
    FIELD_STR(FIELD_LTR, model_notice_t, request_id),
    FIELD_STR(FIELD_TEXT, model_notice_t, support),
    FIELD_STR(FIELD_URL, model_notice_t, action_url),
    FIELD_STR(FIELD_URL, model_notice_t, application_url),
    FIELD_FLAG(model_notice_t, is_other_email),
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

static const field_t SSO_FIELDS[] = {
    FIELD_ONE_OF(model_sso_t, why, SSO_WHYS),
    FIELD_STR(FIELD_TEXT, model_sso_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_sso_t, form_token),
    FIELD_STR(FIELD_TEXT, model_sso_t, organization),
    FIELD_STR(FIELD_TEXT, model_sso_t, connection),
    FIELD_STR(FIELD_LTR, model_sso_t, email),
};
static const shape_t SSO = SHAPE(SSO_FIELDS);

static const field_t PICK_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_pick_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_pick_t, form_token),
    FIELD_STR(FIELD_TEXT, model_pick_t, organization),
    FIELD_STR(FIELD_LTR, model_pick_t, email),
    FIELD_LIST_OF(model_pick_t, buttons, &BUTTON, model_button_t),
};
static const shape_t PICK = SHAPE(PICK_FIELDS);

static const field_t ORGANIZATION_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_organization_t, id),
    FIELD_STR(FIELD_TEXT, model_organization_t, name),
    FIELD_STR(FIELD_URL, model_organization_t, logo_url),
    FIELD_STR(FIELD_TEXT, model_organization_t, initial),
};
static const shape_t ORGANIZATION = SHAPE(ORGANIZATION_FIELDS);

static const field_t ORGANIZATIONS_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_organizations_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_organizations_t, form_token),
    FIELD_STR(FIELD_LTR, model_organizations_t, email),
    FIELD_LIST_OF(model_organizations_t, own, &ORGANIZATION, model_organization_t),
    FIELD_LIST_OF(model_organizations_t, invitations, &ORGANIZATION, model_organization_t),
    FIELD_LIST_OF(model_organizations_t, joinable, &ORGANIZATION, model_organization_t),
    FIELD_FLAG(model_organizations_t, has_own),
    FIELD_FLAG(model_organizations_t, has_invitations),
    FIELD_FLAG(model_organizations_t, has_joinable),
    FIELD_FLAG(model_organizations_t, may_create),
};
static const shape_t ORGANIZATIONS = SHAPE(ORGANIZATIONS_FIELDS);

static const field_t ORGANIZATION_NEW_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_organization_new_t, flow_id),
    FIELD_STR(FIELD_TEXT, model_organization_new_t, form_token),
    FIELD_STR(FIELD_LTR, model_organization_new_t, email),
    FIELD_STR(FIELD_TEXT, model_organization_new_t, name),
    FIELD_FLAG(model_organization_new_t, has_choices),
};
static const shape_t ORGANIZATION_NEW = SHAPE(ORGANIZATION_NEW_FIELDS);

static const field_t CONFIRM_FIELDS[] = {
    FIELD_ONE_OF(model_confirm_t, kind, CONFIRM_KINDS),
    FIELD_STR(FIELD_TEXT, model_confirm_t, token),
    FIELD_STR(FIELD_TEXT, model_confirm_t, form_token),
    FIELD_STR(FIELD_TEXT, model_confirm_t, organization),
    FIELD_STR(FIELD_TEXT, model_confirm_t, connection),
    FIELD_STR(FIELD_LTR, model_confirm_t, inviter),
    FIELD_STR(FIELD_LTR, model_confirm_t, email),
};
static const shape_t CONFIRM = SHAPE(CONFIRM_FIELDS);

static const field_t CLAIM_FIELDS[] = {
    FIELD_STR(FIELD_LTR, model_claim_t, name),
    FIELD_STR(FIELD_TEXT, model_claim_t, value),
};
static const shape_t CLAIM = SHAPE(CLAIM_FIELDS);

static const field_t TEST_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_test_t, connection),
    FIELD_STR(FIELD_TEXT, model_test_t, organization),
    FIELD_STR(FIELD_LTR, model_test_t, test_id),
    FIELD_STR(FIELD_LTR, model_test_t, failure),
    FIELD_STR(FIELD_TEXT, model_test_t, failure_text),
    FIELD_STR(FIELD_TEXT, model_test_t, failure_details),
    FIELD_FLAG(model_test_t, is_success),
    FIELD_FLAG(model_test_t, has_claims),
    FIELD_LIST_OF(model_test_t, claims, &CLAIM, model_claim_t),
};
static const shape_t TEST = SHAPE(TEST_FIELDS);

static const field_t DOMAIN_FIELDS[] = {
    FIELD_STR(FIELD_LTR, model_domain_t, name),
    FIELD_FLAG(model_domain_t, is_chosen),
};
static const shape_t DOMAIN = SHAPE(DOMAIN_FIELDS);

static const field_t LINE_FIELDS[] = {FIELD_STR(FIELD_TEXT, model_line_t, line)};
static const shape_t LINE = SHAPE(LINE_FIELDS);

static const field_t SIMULATOR_FIELDS[] = {
    FIELD_STR(FIELD_URL, model_simulator_t, css_url),
    FIELD_STR(FIELD_URL, model_simulator_t, simulator_css_url),
    FIELD_STR(FIELD_URL, model_simulator_t, script_url),
    FIELD_STR(FIELD_URL, model_simulator_t, icon_url),
    FIELD_STR(FIELD_TEXT, model_simulator_t, request),
    FIELD_STR(FIELD_TEXT, model_simulator_t, application),
    FIELD_STR(FIELD_LTR, model_simulator_t, client_id),
    FIELD_STR(FIELD_LTR, model_simulator_t, redirect_uri),
    FIELD_STR(FIELD_LTR, model_simulator_t, login_hint),
    FIELD_STR(FIELD_LTR, model_simulator_t, email_local),
    FIELD_STR(FIELD_TEXT, model_simulator_t, given_name),
    FIELD_STR(FIELD_TEXT, model_simulator_t, family_name),
    FIELD_LIST_OF(model_simulator_t, domains, &DOMAIN, model_domain_t),
    FIELD_LIST_OF(model_simulator_t, lines, &LINE, model_line_t),
    FIELD_ONE_OF(model_simulator_t, scenario, model_scenarios),
    FIELD_ONE_OF(model_simulator_t, fault, model_faults),
    FIELD_ONE_OF(model_simulator_t, error, SIMULATOR_ERRORS),
};
static const shape_t SIMULATOR = SHAPE(SIMULATOR_FIELDS);

static const field_t SIMULATOR_POST_FIELDS[] = {
    FIELD_STR(FIELD_URL, model_simulator_post_t, css_url),
    FIELD_STR(FIELD_URL, model_simulator_post_t, simulator_css_url),
    FIELD_STR(FIELD_URL, model_simulator_post_t, redirect_uri),
    FIELD_STR(FIELD_TEXT, model_simulator_post_t, code),
    FIELD_STR(FIELD_TEXT, model_simulator_post_t, error),
    FIELD_STR(FIELD_TEXT, model_simulator_post_t, error_description),
    FIELD_STR(FIELD_TEXT, model_simulator_post_t, state),
    FIELD_STR(FIELD_TEXT, model_simulator_post_t, iss),
};
static const shape_t SIMULATOR_POST = SHAPE(SIMULATOR_POST_FIELDS);

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
    FIELD_STR(FIELD_TEXT, model_mail_frame_t, lang),
    FIELD_STR(FIELD_TEXT, model_mail_frame_t, dir),
};
static const shape_t MAIL_FRAME = SHAPE(MAIL_FRAME_FIELDS);

static const field_t INVITATION_SUBJECT_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_invitation_t, app),
    FIELD_STR(FIELD_TEXT, model_invitation_t, organization),
};
static const shape_t INVITATION_SUBJECT = SHAPE(INVITATION_SUBJECT_FIELDS);

static const field_t INVITATION_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, model_invitation_t, app),
    FIELD_STR(FIELD_TEXT, model_invitation_t, organization),
    FIELD_STR(FIELD_LTR, model_invitation_t, email),
    FIELD_STR(FIELD_LTR, model_invitation_t, inviter),
    FIELD_STR(FIELD_URL, model_invitation_t, link),
    FIELD_NUMBER(model_invitation_t, lifetime_days),
};
static const shape_t INVITATION = SHAPE(INVITATION_FIELDS);

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
#define PLAIN(file, ...)                                                                           \
    {                                                                                              \
        .mode = TEMPLATE_PLAIN, .root = file, .shapes = { __VA_ARGS__ }                            \
    }
#define MAIL_OF(name, ...)                                                                         \
    {                                                                                              \
        .mode = TEMPLATE_MAIL, .root = "mail/layout.html", .body = "mail/" name ".html",           \
        .title = "mail/" name ".title.html", .shapes = {                                           \
            &MAIL_FRAME,                                                                           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

const template_unit_t model_views[MODEL_VIEW_COUNT] = {
    [MODEL_LOGIN] = PAGE("login", &FRAME, &ERROR, &LOGIN),
    [MODEL_SIGNUP] = PAGE("signup", &FRAME, &ERROR, &SIGNUP),
    [MODEL_CODE] = PAGE("code", &FRAME, &ERROR, &CODE),
    [MODEL_LINK] = PAGE("link", &FRAME, &ERROR, &LINK),
    [MODEL_NOTICE] = PAGE("notice", &FRAME, &NOTICE),
    [MODEL_SSO] = PAGE("sso", &FRAME, &SSO),
    [MODEL_PICK] = PAGE("pick", &FRAME, &PICK),
    [MODEL_ORGANIZATIONS] = PAGE("organizations", &FRAME, &ORGANIZATIONS),
    [MODEL_ORGANIZATION_NEW] = PAGE("organization_new", &FRAME, &ERROR, &ORGANIZATION_NEW),
    [MODEL_CONFIRM] = PAGE("confirm", &FRAME, &CONFIRM),
    [MODEL_TEST] = PAGE("test", &FRAME, &TEST),
    [MODEL_SIMULATOR] = {.mode = TEMPLATE_PAGE,
                         .root = "simulator.html",
                         .shapes = {&SIMULATOR},
                         .is_english = true},
    [MODEL_SIMULATOR_POST] = {.mode = TEMPLATE_PAGE,
                              .root = "simulator_post.html",
                              .shapes = {&SIMULATOR_POST},
                              .is_english = true},
    [MODEL_MAIL_SUBJECT] = PLAIN("mail/code.subject.txt", &SUBJECT),
    [MODEL_MAIL_TEXT] = PLAIN("mail/code.txt", &MAIL),
    [MODEL_MAIL_HTML] = MAIL_OF("code", &MAIL),
    [MODEL_INVITATION_SUBJECT] = PLAIN("mail/invitation.subject.txt", &INVITATION_SUBJECT),
    [MODEL_INVITATION_TEXT] = PLAIN("mail/invitation.txt", &INVITATION),
    [MODEL_INVITATION_HTML] = MAIL_OF("invitation", &INVITATION),
    [MODEL_AGENT] = PLAIN("mail/agent.txt", &AGENT),
    [MODEL_DATE] = PLAIN("mail/date.txt", &DATE),
};

const template_unit_t model_assets[MODEL_ASSET_COUNT] = {
    [MODEL_ASSET_CSS] = {.mode = TEMPLATE_ASSET, .root = "assets/page.css", .shapes = {&STYLE}},
    [MODEL_ASSET_SCRIPT] = {.mode = TEMPLATE_ASSET, .root = "assets/page.js"},
    [MODEL_ASSET_ICON] = {.mode = TEMPLATE_ASSET, .root = "assets/icon.svg", .shapes = {&ICON}},
    [MODEL_ASSET_SIMULATOR_CSS] = {.mode = TEMPLATE_ASSET, .root = "assets/simulator.css"},
};
