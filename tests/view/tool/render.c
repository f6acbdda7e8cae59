// Writes every page and mail as a file, to look at in a browser: view_render <folder> [<accent>].
#include "view/view.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

typedef struct {
    const char *folder;
    views_t *views;
    arena_t *arena;
    view_frame_t frame;
    err_t err;
} tool_t;

static void die(const char *what, const char *why) {
    fprintf(stderr, "view_render: %s: %s\n", what, why);
    exit(1);
}

static void write_file(const tool_t *tool, str_t path, str_t text) {
    const str_t full = arena_format(tool->arena, "%s/%.*s", tool->folder, STR_ARG(path));
    for (size_t i = strlen(tool->folder) + 1; i < full.len; i++) {
        if (full.ptr[i] == '/') {
            mkdir(arena_c(tool->arena, str_sub(full, 0, i)), 0755);
        }
    }
    FILE *file = fopen(full.ptr, "wbe");
    if (!file || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file)) {
        die(full.ptr, strerrordesc_np(errno));
    }
}

static void page_write(tool_t *tool, result_t result, const char *name, str_t page) {
    if (result != OK) {
        die(name, tool->err.text);
    }
    const str_t path = arena_format(tool->arena, "%s.%.*s.html", name,
                                    STR_ARG(view_locale_tag(tool->frame.locale)));
    write_file(tool, path, page);
}

static void logins_write(tool_t *tool) {
    static const struct {
        const char *name;
        view_login_t page;
    } pages[] = {
        {"login", {.is_signup_open = true}},
        {"login-invalid",
         {.is_signup_open = true,
          .email = {"maria.garcia@example", 20},
          .error = VIEW_ERROR_EMAIL_INVALID}},
        {"login-limited",
         {.email = {"maria.garcia@example.com", 24},
          .error = VIEW_ERROR_LIMITED,
          .retry_after_s = 45}},
        {"signup", {.is_signup = true, .is_signup_open = true}},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        view_login_t page = pages[i].page;
        page.flow_id = STR("req_1234567890");
        page.form_token = STR("token");
        str_t out = {0};
        page_write(tool, view_login_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   pages[i].name, out);
    }
}

static void codes_write(tool_t *tool) {
    static const struct {
        const char *name;
        view_code_t page;
    } pages[] = {
        {"code", {.resend_wait_s = 28, .is_code_usable = true}},
        {"code-wrong", {.error = VIEW_ERROR_CODE_WRONG, .tries_left = 4, .is_code_usable = true}},
        {"code-resent", {.was_resent = true, .resend_wait_s = 60, .is_code_usable = true}},
        {"code-dead", {.error = VIEW_ERROR_CODE_DEAD}},
        {"code-number", {.confirm_number = {"42", 2}, .is_code_usable = true}},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        view_code_t page = pages[i].page;
        page.flow_id = STR("req_1234567890");
        page.form_token = STR("token");
        page.email = STR("maria.garcia@example.com");
        page.lifetime_min = 5;
        str_t out = {0};
        page_write(tool, view_code_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   pages[i].name, out);
    }
}

static void links_write(tool_t *tool) {
    static const char *const names[] = {"link-finish", "link-code", "link-number",
                                        "link-confirmed"};
    for (int i = 0; i < 4; i++) {
        const view_link_t page = {.kind = (view_link_kind_t)i,
                                  .link_token = STR("link"),
                                  .form_token = STR("token"),
                                  .email = STR("maria.garcia@example.com"),
                                  .code = STR("123456"),
                                  .requested_from = STR("Firefox on Windows")};
        str_t out = {0};
        page_write(tool, view_link_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   names[i], out);
    }
}

static void notices_write(tool_t *tool) {
    for (int i = 0; i <= VIEW_NOTICE_SIGNED_OUT; i++) {
        const view_notice_t page = {
            .kind = (view_notice_kind_t)i,
            .detail = i == VIEW_NOTICE_BAD_REQUEST ? STR("invalid_redirect_uri") : STR_NONE,
            .email = i == VIEW_NOTICE_NO_ACCOUNT ? STR("maria.garcia@example.com") : STR_NONE,
            .action_url = STR("/a/auth/restart"),
            .is_action_post = i == VIEW_NOTICE_EXPIRED || i == VIEW_NOTICE_SIGN_OUT_CONFIRM,
            .retry_after_s = i == VIEW_NOTICE_TOO_MANY ? 120 : 0,
        };
        str_t out = {0};
        page_write(tool, view_notice_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   arena_format(tool->arena, "notice-%02d", i).ptr, out);
    }
}

static void mails_write(tool_t *tool) {
    const view_locale_t locale = tool->frame.locale;
    const str_t tag = view_locale_tag(locale);
    const str_t agent = STR("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0");
    const view_mail_code_t mail = {
        .locale = locale,
        .app_name = tool->frame.app_name,
        .email = STR("maria.garcia@example.com"),
        .code = STR("123456"),
        .link = STR("https://login.example.com/a/auth/link?token=0123456789012345678901234567890"),
        .lifetime_min = 5,
        .requested_from = view_user_agent_words(tool->views, tool->arena, locale, agent),
        .requested_at = 1795342200000,
    };
    view_mail_t out = {0};
    if (view_mail_code(tool->views, tool->arena, &mail, &out, &tool->err) != OK) {
        die("mail", tool->err.text);
    }
    write_file(tool, arena_format(tool->arena, "mail.%.*s.html", STR_ARG(tag)), out.html);
    write_file(tool, arena_format(tool->arena, "mail.%.*s.txt", STR_ARG(tag)),
               arena_format(tool->arena, "%.*s\n\n%.*s", STR_ARG(out.subject), STR_ARG(out.text)));
}

// The assets under the paths that the page asks for.
static void assets_write(const tool_t *tool, str_t page) {
    static const char *const ends[] = {"page.css", "page.js", "icon.svg"};
    for (size_t at = 0; at < page.len; at++) {
        const str_t rest = str_sub(page, at, page.len);
        const str_t path = str_sub(rest, 0, str_find(rest, '"'));
        view_asset_t asset;
        if (!str_starts(rest, STR("/assets/")) || !view_asset(tool->views, path, &asset)) {
            continue;
        }
        write_file(tool, str_sub(path, 1, path.len),
                   (str_t){(const char *)asset.plain.ptr, asset.plain.len});
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            if (str_ends(path, str_from_c(ends[i]))) {
                printf("%-10s %5zu octets, %5zu compressed\n", ends[i], asset.plain.len,
                       asset.gzip.len);
            }
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        die("usage", "view_render <folder> [<accent>]");
    }
    const settings_t settings = {
        .product_name = STR("Gatehouse"),
        .support_contact = STR("it-help@example.com"),
        .default_locale = STR("en"),
        .privacy_url = STR("https://example.com/privacy"),
        .terms_url = STR("https://example.com/terms"),
        .help_url = STR("https://example.com/help"),
        .accent = argc > 2 ? str_from_c(argv[2]) : STR_NONE,
        .is_code_in_subject = true,
    };
    tool_t tool = {.folder = argv[1], .arena = arena_new(ARENA_MAX)};
    if (views_load(&settings, &tool.views, &tool.err) != OK) {
        die("load", tool.err.text);
    }
    mkdir(tool.folder, 0755);
    for (int i = 0; i < VIEW_LOCALE_COUNT; i++) {
        tool.frame = (view_frame_t){.views = tool.views,
                                    .locale = (view_locale_t)i,
                                    .app_name = STR("Acme"),
                                    .request_id = STR("r_7Hq2kPz0"),
                                    .language_url = STR("/a/auth/login?flow=req_1234567890")};
        logins_write(&tool);
        codes_write(&tool);
        links_write(&tool);
        notices_write(&tool);
        mails_write(&tool);
    }
    const view_login_t login = {0};
    str_t page = {0};
    if (view_login_page(tool.arena, &tool.frame, &login, &page, &tool.err) != OK) {
        die("login", tool.err.text);
    }
    printf("%-10s %5zu octets\n", "login", page.len);
    assets_write(&tool, page);
    views_free(&tool.views);
    arena_free(&tool.arena);
    return 0;
}
