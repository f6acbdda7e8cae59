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

static str_t login_page(const help_sample_t *sample, int index) {
    static const view_error_t errors[] = {VIEW_ERROR_NONE, VIEW_ERROR_EMAIL_INVALID,
                                          VIEW_ERROR_EMAIL_EMPTY, VIEW_ERROR_LIMITED,
                                          VIEW_ERROR_LIMITED};
    const view_login_t page = {
        .flow_id = sample->value,
        .form_token = sample->value,
        .email = sample->value,
        .is_signup = index >= 5,
        .is_signup_open = index % 2 == 0,
        .error = errors[index % 5],
        .retry_after_s = index % 5 == 3 ? 45 : 3600,
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
        .error = (view_error_t)index,
        .tries_left = index,
        .retry_after_s = 61,
        .resend_wait_s = index * 40,
        .lifetime_min = index,
        .was_resent = index == 0,
        .confirm_number = index % 2 ? sample->value : STR_NONE,
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
    };
    str_t out = {0};
    cr_assert_eq(view_notice_page(sample->arena, &sample->frame, &page, &out, NULL), OK);
    return out;
}

str_t help_page(const help_sample_t *sample, int index) {
    if (index < 10) {
        return login_page(sample, index);
    }
    if (index < 19) {
        return code_page(sample, index - 10);
    }
    return index < 27 ? link_page(sample, index - 19) : notice_page(sample, index - 27);
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
