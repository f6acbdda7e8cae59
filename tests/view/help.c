#include "view/help.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

settings_t help_settings(void) {
    return (settings_t){
        .product_name = STR("Gatehouse"),
        .support_contact = STR("help@example.com"),
        .default_locale = STR("en"),
        .privacy_url = STR("https://example.com/privacy"),
        .terms_url = STR("https://example.com/terms"),
        .help_url = STR("https://example.com/help"),
        .is_code_in_subject = true,
    };
}

views_t *help_views(const settings_t *settings) {
    views_t *views = NULL;
    err_t err = {0};
    cr_assert_eq(views_load(settings, &views, &err), OK, "%s", err.text);
    return views;
}

static view_buttons_t buttons_of(const help_sample_t *sample) {
    static const char *const providers[] = {"GOOGLE", "MICROSOFT",  "GITHUB", "GITLAB", "LINKEDIN",
                                            "APPLE",  "SALESFORCE", "OKTA",   ""};
    const size_t count = sizeof providers / sizeof *providers;
    view_button_t *items = ARENA_ARRAY(sample->arena, view_button_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i] = (view_button_t){sample->value, str_from_c(providers[i]), sample->value};
    }
    items[count] = (view_button_t){sample->value, sample->value, sample->value};
    return (view_buttons_t){items, count + 1};
}

static str_t login_page(const help_sample_t *sample, int index) {
    static const view_error_t errors[] = {VIEW_ERROR_NONE, VIEW_ERROR_EMAIL_INVALID,
                                          VIEW_ERROR_EMAIL_EMPTY, VIEW_ERROR_LIMITED,
                                          VIEW_ERROR_LIMITED};
    const view_buttons_t buttons = buttons_of(sample);
    const view_login_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .is_signup = index >= 5 && index < 14,
        .is_signup_open = index % 2 == 0,
        .error = index < 10 ? errors[index % 5] : VIEW_ERROR_NONE,
        .retry_after_s = index % 5 == 3 ? 45 : 3600,
        .buttons = index < 10 ? (view_buttons_t){0} : buttons,
        .note = index < 10 ? VIEW_LOGIN_NOTE_NONE : (view_login_note_t)((index - 10) % 4),
        .note_name = sample->value,
    };
    str_t out = {0};
    cr_assert_eq(view_login_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t code_page(const help_sample_t *sample, int index) {
    const view_code_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .error = index < 9 ? (view_error_t)index : VIEW_ERROR_NONE,
        .tries_left = index,
        .retry_after_s = 61,
        .resend_wait_s = index * 40,
        .lifetime_min = index,
        .was_resent = index == 0,
        .confirm_number = index % 2 ? sample->value : STR_NONE,
        .asserted_by = index >= 9 ? sample->value : STR_NONE,
        .is_code_usable = index != VIEW_ERROR_CODE_DEAD && index != VIEW_ERROR_CODE_EXPIRED,
    };
    str_t out = {0};
    cr_assert_eq(view_code_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t link_page(const help_sample_t *sample, int index) {
    const view_link_t page = {
        .kind = (view_link_kind_t)(index % 4),
        .link_token = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .code = sample->value,
        .requested_from = sample->value,
        .error = index >= 4 ? VIEW_ERROR_NUMBER_WRONG : VIEW_ERROR_NONE,
        .tries_left = 2,
    };
    str_t out = {0};
    cr_assert_eq(view_link_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t notice_page(const help_sample_t *sample, int index) {
    const view_notice_t page = {
        .kind = (view_notice_kind_t)index,
        .detail = sample->value,
        .email = sample->value,
        .action_url = sample->url,
        .is_action_post = index % 2 == 1,
        .flow_id = sample->value,
        .form_token = sample->value,
        .client_id = sample->value,
        .post_logout_redirect_uri = sample->value,
        .state = sample->value,
        .retry_after_s = index * 20,
        .name = sample->value,
        .application_url = sample->url,
        .is_other_email = index % 2 == 0,
    };
    str_t out = {0};
    cr_assert_eq(view_notice_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t sso_page(const help_sample_t *sample, int index) {
    const view_sso_t page = {
        .why = (view_sso_why_t)index,
        .flow_id = sample->value,
        .form_token = sample->value,
        .organization = sample->value,
        .connection = index ? sample->value : STR_NONE,
        .email = sample->value,
    };
    str_t out = {0};
    cr_assert_eq(view_sso_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t pick_page(const help_sample_t *sample, int index) {
    (void)index;
    const view_pick_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .organization = sample->value,
        .email = sample->value,
        .buttons = buttons_of(sample),
    };
    str_t out = {0};
    cr_assert_eq(view_pick_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t organizations_page(const help_sample_t *sample, int index) {
    const view_organization_t items[] = {
        {sample->value, sample->value, sample->url},
        {sample->value, sample->value, STR_NONE},
    };
    const view_organizations_t list = {items, index ? 2 : 0};
    const view_choice_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .own = list,
        .invitations = list,
        .joinable = list,
        .may_create = index == 1,
    };
    str_t out = {0};
    cr_assert_eq(view_organizations_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t organization_new_page(const help_sample_t *sample, int index) {
    static const view_error_t errors[] = {VIEW_ERROR_NONE, VIEW_ERROR_NAME_EMPTY,
                                          VIEW_ERROR_NAME_INVALID, VIEW_ERROR_LIMITED};
    const view_organization_new_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .name = sample->value,
        .error = errors[index],
        .has_choices = index % 2 == 1,
    };
    str_t out = {0};
    cr_assert_eq(view_organization_new_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t confirm_page(const help_sample_t *sample, int index) {
    const view_confirm_t page = {
        .kind = (view_confirm_kind_t)index,
        .token = sample->value,
        .form_token = sample->value,
        .organization = sample->value,
        .connection = sample->value,
        .inviter = sample->value,
        .email = sample->value,
    };
    str_t out = {0};
    cr_assert_eq(view_confirm_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t test_page(const help_sample_t *sample, int index) {
    const view_claim_t claims[] = {{sample->value, sample->value}, {STR("sub"), STR("1")}};
    const view_test_t page = {
        .connection = sample->value,
        .organization = sample->value,
        .test_id = sample->value,
        .claims = claims,
        .claims_count = 2,
        .error = index ? STR("invalid_client") : STR_NONE,
        .error_text = sample->value,
        .error_details = sample->value,
    };
    str_t out = {0};
    cr_assert_eq(view_test_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

static str_t simulator_page(const help_sample_t *sample, int index) {
    const str_t domains[] = {sample->value, STR("example.com")};
    const view_simulator_t page = {
        .request = sample->value,
        .application = sample->value,
        .client_id = sample->value,
        .redirect_uri = sample->value,
        .login_hint = sample->value,
        .email_local = sample->value,
        .email_domain = sample->value,
        .given_name = sample->value,
        .family_name = sample->value,
        .claims = sample->value,
        .domains = domains,
        .domains_count = 2,
        .error = (view_simulator_error_t)index,
    };
    str_t out = {0};
    cr_assert_eq(view_simulator_page(sample->arena, sample->frame.views, &page, &out, NULL), OK);
    return out;
}

typedef struct {
    int count;
    str_t (*make)(const help_sample_t *sample, int index);
} pages_t;

static const pages_t PAGES[] = {
    {18, login_page},  {11, code_page}, {8, link_page},          {VIEW_NOTICE_COUNT, notice_page},
    {3, sso_page},     {1, pick_page},  {2, organizations_page}, {4, organization_new_page},
    {2, confirm_page}, {2, test_page},  {3, simulator_page},
};

str_t help_page(const help_sample_t *sample, int index) {
    size_t i = 0;
    while (index >= PAGES[i].count) {
        index -= PAGES[i++].count;
    }
    return PAGES[i].make(sample, index);
}

view_mail_t help_invitation(const help_sample_t *sample) {
    const view_mail_invitation_t mail = {
        .locale = sample->frame.locale,
        .app_name = sample->frame.app_name,
        .organization = sample->value,
        .email = sample->value,
        .inviter = sample->value,
        .link = sample->url,
        .lifetime_days = 15,
    };
    view_mail_t out = {0};
    cr_assert_eq(view_mail_invitation(sample->frame.views, sample->arena, &mail, &out, NULL), OK);
    return out;
}

view_mail_t help_mail(const help_sample_t *sample) {
    const view_mail_code_t mail = {
        .locale = sample->frame.locale,
        .app_name = sample->frame.app_name,
        .email = sample->value,
        .code = STR("123456"),
        .link = sample->url,
        .lifetime_min = 5,
        .requested_from = sample->value,
        .requested_at = 1795342200000, // 2026-11-22T10:10:00Z
    };
    view_mail_t out = {0};
    cr_assert_eq(view_mail_code(sample->frame.views, sample->arena, &mail, &out, NULL), OK);
    return out;
}

size_t help_count(str_t text, const char *wanted) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += str_starts(str_sub(text, i, text.len), str_from_c(wanted));
    }
    return count;
}

bool help_has(str_t text, const char *wanted) {
    return help_count(text, wanted) > 0;
}

help_folder_t help_folder(const char *name, const char *text) {
    help_folder_t folder = {.path = "/tmp/gatehouse-view-XXXXXX"};
    cr_assert_not_null(mkdtemp(folder.path));
    snprintf(folder.file, sizeof folder.file, "%s/%s", folder.path, name);
    char *slash = strrchr(folder.file + strlen(folder.path) + 1, '/');
    if (slash) {
        *slash = '\0';
        cr_assert_eq(mkdir(folder.file, 0700), 0);
        *slash = '/';
    }
    FILE *file = fopen(folder.file, "wbe");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    return folder;
}

void help_folder_remove(const help_folder_t *folder) {
    char parent[sizeof folder->file];
    unlink(folder->file);
    snprintf(parent, sizeof parent, "%s", folder->file);
    *strrchr(parent, '/') = '\0';
    rmdir(parent);
    rmdir(folder->path);
}
