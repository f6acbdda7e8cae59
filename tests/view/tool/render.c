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

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const view_button_t BUTTONS[] = {
    {TEXT("conn_1"), TEXT("GOOGLE"), TEXT("Google")},
    {TEXT("conn_2"), TEXT("MICROSOFT"), TEXT("Microsoft")},
    {TEXT("conn_3"), TEXT("GITHUB"), TEXT("GitHub")},
    {TEXT("conn_4"), TEXT("GITLAB"), TEXT("GitLab")},
    {TEXT("conn_5"), TEXT("LINKEDIN"), TEXT("LinkedIn")},
    {TEXT("conn_6"), TEXT("APPLE"), TEXT("Apple")},
    {TEXT("conn_7"), TEXT("SALESFORCE"), TEXT("Salesforce")},
    {TEXT("conn_8"), TEXT("CUSTOM"), TEXT("Megacorp")},
};

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
        {"login-social", {.is_signup_open = true, .buttons = {BUTTONS, 3}}},
        {"login-social-all", {.is_signup_open = true, .buttons = {BUTTONS, 8}}},
        {"login-cancelled",
         {.is_signup_open = true,
          .buttons = {BUTTONS, 2},
          .note = VIEW_LOGIN_NOTE_CANCELLED,
          .note_name = TEXT("Google")}},
        {"login-failed",
         {.buttons = {BUTTONS, 2}, .note = VIEW_LOGIN_NOTE_FAILED, .note_name = TEXT("Google")}},
        {"login-no-email", {.note = VIEW_LOGIN_NOTE_NO_EMAIL, .note_name = TEXT("GitHub")}},
        {"signup-social", {.is_signup = true, .buttons = {BUTTONS, 3}}},
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
        {"code-asserted",
         {.asserted_by = TEXT("Megacorp"), .resend_wait_s = 28, .is_code_usable = true}},
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
    for (int i = 0; i < VIEW_NOTICE_COUNT; i++) {
        const bool is_sso = i > VIEW_NOTICE_SIGNED_OUT && i <= VIEW_NOTICE_SSO_CANCELLED;
        const view_notice_t page = {
            .kind = (view_notice_kind_t)i,
            .detail = i == VIEW_NOTICE_BAD_REQUEST ? STR("invalid_redirect_uri") : STR_NONE,
            .email = STR("maria.garcia@example.com"),
            .name = STR("Megacorp"),
            .action_url = STR("/a/auth/restart"),
            .is_action_post =
                is_sso || i == VIEW_NOTICE_EXPIRED || i == VIEW_NOTICE_SIGN_OUT_CONFIRM,
            .flow_id = STR("req_1234567890"),
            .application_url = is_sso ? STR("https://acme.example/") : STR_NONE,
            .is_other_email = is_sso || i == VIEW_NOTICE_NO_MEMBER,
            .retry_after_s = i == VIEW_NOTICE_TOO_MANY ? 120 : 0,
        };
        str_t out = {0};
        page_write(tool, view_notice_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   arena_format(tool->arena, "notice-%02d", i).ptr, out);
    }
}

static void sso_write(tool_t *tool) {
    static const char *const names[] = {"sso-policy", "sso-session", "sso-switch"};
    str_t out = {0};
    for (int i = 0; i < 3; i++) {
        const view_sso_t page = {.why = (view_sso_why_t)i,
                                 .flow_id = STR("req_1234567890"),
                                 .form_token = STR("token"),
                                 .organization = STR("Megacorp"),
                                 .connection = STR("Megacorp Okta"),
                                 .email = STR("joe@megacorp.org")};
        page_write(tool, view_sso_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   names[i], out);
    }
    static const view_button_t choice[] = {
        {TEXT("conn_1"), TEXT("OKTA"), TEXT("Megacorp Okta")},
        {TEXT("conn_2"), TEXT("MICROSOFT_AD"), TEXT("Megacorp Entra")},
    };
    const view_pick_t pick = {.flow_id = STR("req_1234567890"),
                              .organization = STR("Megacorp"),
                              .email = STR("joe@megacorp.org"),
                              .buttons = {choice, 2}};
    page_write(tool, view_pick_page(tool->arena, &tool->frame, &pick, &out, &tool->err), "pick",
               out);
}

static void organizations_write(tool_t *tool) {
    static const view_organization_t own[] = {
        {TEXT("org_1"), TEXT("Megacorp"), TEXT("")},
        {TEXT("org_2"), TEXT("Society for the Preservation of Extraordinarily Long Names"),
         TEXT("")},
    };
    static const view_organization_t other[] = {{TEXT("org_3"), TEXT("Foocorp"), TEXT("")}};
    static const view_organization_t third[] = {{TEXT("org_4"), TEXT("\u00dcbermorgen"), TEXT("")}};
    const view_choice_t choice = {.flow_id = STR("req_1234567890"),
                                  .email = STR("maria.garcia@example.com"),
                                  .own = {own, 2},
                                  .invitations = {other, 1},
                                  .joinable = {third, 1},
                                  .may_create = true};
    str_t out = {0};
    page_write(tool, view_organizations_page(tool->arena, &tool->frame, &choice, &out, &tool->err),
               "organizations", out);
    for (int i = 0; i < 2; i++) {
        const view_organization_new_t page = {.flow_id = STR("req_1234567890"),
                                              .email = STR("maria.garcia@example.com"),
                                              .name = i ? STR_NONE : STR("Example"),
                                              .error = i ? VIEW_ERROR_NAME_EMPTY : VIEW_ERROR_NONE,
                                              .has_choices = i == 0};
        page_write(tool,
                   view_organization_new_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   i ? "organization-empty" : "organization-new", out);
    }
}

static void confirms_write(tool_t *tool) {
    static const char *const names[] = {"confirm-invitation", "confirm-test"};
    for (int i = 0; i < 2; i++) {
        const view_confirm_t page = {.kind = (view_confirm_kind_t)i,
                                     .organization = STR("Megacorp"),
                                     .connection = STR("Megacorp Okta"),
                                     .inviter = i ? STR_NONE : STR("joe@megacorp.org"),
                                     .email = STR("maria.garcia@example.com")};
        str_t out = {0};
        page_write(tool, view_confirm_page(tool->arena, &tool->frame, &page, &out, &tool->err),
                   names[i], out);
    }
}

static void tests_write(tool_t *tool) {
    static const view_claim_t claims[] = {
        {TEXT("sub"), TEXT("00u1abcd2345EFGH6789")},
        {TEXT("email"), TEXT("joe@megacorp.org")},
        {TEXT("email_verified"), TEXT("true")},
        {TEXT("name"), TEXT("Joe Bloggs")},
        {TEXT("groups"), TEXT("[\"Engineering\",\"Everyone\",\"All of the other groups\"]")},
    };
    view_test_t page = {.connection = STR("Megacorp Okta"),
                        .organization = STR("Megacorp"),
                        .test_id = STR("test_1234567890"),
                        .claims = claims,
                        .claims_count = sizeof claims / sizeof *claims};
    str_t out = {0};
    page_write(tool, view_test_page(tool->arena, &tool->frame, &page, &out, &tool->err),
               "test-good", out);
    page.claims_count = 0;
    page.error = STR("invalid_client");
    page.error_text = STR("The provider did not accept the client secret.");
    page.error_details =
        STR("{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215\"}");
    page_write(tool, view_test_page(tool->arena, &tool->frame, &page, &out, &tool->err), "test-bad",
               out);
}

static str_t simulator_write(tool_t *tool) {
    static const str_t domains[] = {TEXT("example.com"), TEXT("example.org")};
    static const char *const names[] = {"simulator", "simulator-email", "simulator-claims"};
    str_t out = {0};
    for (int i = 0; i < 3; i++) {
        const view_simulator_t page = {.request = STR("sealed"),
                                       .application = STR("Acme"),
                                       .client_id = STR("skc_1234567890"),
                                       .redirect_uri =
                                           STR("http://localhost:8080/sso/v1/oidc/conn_1/callback"),
                                       .login_hint = i ? STR_NONE : STR("jane@example.org"),
                                       .email_local = STR("jane"),
                                       .email_domain = domains[1],
                                       .given_name = STR("Jane"),
                                       .family_name = STR("Doe"),
                                       .claims = STR("department=Engineering\ngroups=admins"),
                                       .domains = domains,
                                       .domains_count = 2,
                                       .error = (view_simulator_error_t)i};
        page_write(tool, view_simulator_page(tool->arena, tool->views, &page, &out, &tool->err),
                   names[i], out);
    }
    return out;
}

static void mail_write(const tool_t *tool, const char *name, const view_mail_t *mail) {
    const str_t tag = view_locale_tag(tool->frame.locale);
    write_file(tool, arena_format(tool->arena, "%s.%.*s.html", name, STR_ARG(tag)), mail->html);
    write_file(
        tool, arena_format(tool->arena, "%s.%.*s.txt", name, STR_ARG(tag)),
        arena_format(tool->arena, "%.*s\n\n%.*s", STR_ARG(mail->subject), STR_ARG(mail->text)));
}

static void mails_write(tool_t *tool) {
    const view_locale_t locale = tool->frame.locale;
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
    mail_write(tool, "mail", &out);
    const view_mail_invitation_t invitation = {
        .locale = locale,
        .app_name = tool->frame.app_name,
        .organization = STR("Megacorp"),
        .email = mail.email,
        .inviter = STR("joe@megacorp.org"),
        .link = STR("https://login.example.com/a/auth/invitation?token=01234567890123456789012345"),
        .lifetime_days = 15,
    };
    if (view_mail_invitation(tool->views, tool->arena, &invitation, &out, &tool->err) != OK) {
        die("invitation", tool->err.text);
    }
    mail_write(tool, "invitation", &out);
}

// The assets under the paths that the page asks for.
static void assets_write(const tool_t *tool, str_t page) {
    static const char *const ends[] = {"page.css", "page.js", "icon.svg", "simulator.css"};
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
        sso_write(&tool);
        organizations_write(&tool);
        confirms_write(&tool);
        tests_write(&tool);
        mails_write(&tool);
    }
    tool.frame.locale = LOCALE_EN;
    assets_write(&tool, simulator_write(&tool));
    tool.frame.organization_name = STR("Megacorp");
    const view_login_t branded = {.flow_id = STR("req_1"), .buttons = {BUTTONS, 1}};
    str_t brand = {0};
    page_write(&tool, view_login_page(tool.arena, &tool.frame, &branded, &brand, &tool.err),
               "login-organization", brand);
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
