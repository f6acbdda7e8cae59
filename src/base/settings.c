#include "base/settings.h"
#include "base/settings_parse.h"
#include "base/settings_source.h"
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60, THREADS_MAX = 256 };

#define AT(member) .offset = offsetof(settings_t, member)
#define NUMBER(member, min_, max_)                                                                 \
    .parse = parse_setting_number, AT(member), .min = (min_), .max = (max_)
#define SWITCH(member) .parse = parse_setting_switch, AT(member)
#define TEXT(member) .parse = parse_setting_text, AT(member)
#define PATH(member) .parse = parse_setting_path, AT(member)
#define URL(member) .parse = parse_setting_url, AT(member)

static const setting_t SETTINGS[] = {
    {"GATEHOUSE_ISSUER", .parse = parse_setting_issuer, .is_required = true},
    {"GATEHOUSE_ALLOW_HTTP", SWITCH(is_http_allowed), .standard = "off"},
    {"GATEHOUSE_DATABASE_URL", .parse = parse_setting_database_url, .is_required = true},
    {"GATEHOUSE_LISTEN", .parse = parse_setting_listen, .standard = "127.0.0.1:8080"},
    {"GATEHOUSE_TLS_CERTIFICATE", PATH(tls_certificate)},
    {"GATEHOUSE_TLS_KEY", PATH(tls_key)},
    {"GATEHOUSE_MASTER_KEY_FILE", PATH(master_key_file), .is_required = true},
    {"GATEHOUSE_SMTP_URL", .parse = parse_setting_smtp_url, .is_required = true},
    {"GATEHOUSE_MAIL_FROM", .parse = parse_setting_mail_from, .is_required = true},
    {"GATEHOUSE_TRUSTED_PROXIES", .parse = parse_setting_proxies},
    {"GATEHOUSE_OUTBOUND_ALLOW", .parse = parse_setting_outbound_allow},
    {"GATEHOUSE_DNS_SERVERS", .parse = parse_setting_dns_servers},
    {"GATEHOUSE_DB_THREADS", NUMBER(db_threads, 1, THREADS_MAX)},
    {"GATEHOUSE_LOOP_THREADS", NUMBER(loop_threads, 1, THREADS_MAX)},
    {"GATEHOUSE_LOG_FORMAT", .parse = parse_setting_log_format, .standard = "text"},
    {"GATEHOUSE_LOG_LEVEL", .parse = parse_setting_log_level, .standard = "info"},
    {"GATEHOUSE_SIGNUP", SWITCH(is_signup_on), .standard = "on"},
    {"GATEHOUSE_ORGANIZATION_SIGNUP", SWITCH(is_organization_signup_on), .standard = "on"},
    {"GATEHOUSE_INVITATION_LIFETIME", NUMBER(invitation_lifetime_s, 3600, 90 * DAY_S),
     .standard = "1296000"},
    {"GATEHOUSE_SIMULATOR", .parse = parse_setting_simulator, .standard = "off"},
    {"GATEHOUSE_SUPPORT_CONTACT", TEXT(support_contact)},
    {"GATEHOUSE_PRODUCT_NAME", TEXT(product_name), .standard = "Gatehouse"},
    {"GATEHOUSE_CODE_LIFETIME", NUMBER(code_lifetime_s, 60, 3600), .standard = "300"},
    {"GATEHOUSE_CODE_IN_SUBJECT", SWITCH(is_code_in_subject), .standard = "on"},
    {"GATEHOUSE_LINK_SAME_BROWSER", SWITCH(is_link_same_browser), .standard = "on"},
    {"GATEHOUSE_SESSION_LIFETIME", NUMBER(session_lifetime_s, 1, 365 * DAY_S),
     .standard = "2592000"},
    {"GATEHOUSE_SESSION_IDLE", NUMBER(session_idle_s, 0, 7 * DAY_S), .standard = "0"},
    {"GATEHOUSE_ACCESS_TOKEN_LIFETIME", NUMBER(access_token_lifetime_s, 60, 30 * DAY_S),
     .standard = "300"},
    {"GATEHOUSE_KEY_PUBLISH_BEFORE", NUMBER(key_publish_before_s, 0, 30 * DAY_S),
     .standard = "86400"},
    {"GATEHOUSE_TEMPLATES", PATH(templates)},
    {"GATEHOUSE_DEFAULT_LOCALE", .parse = parse_setting_locale, AT(default_locale),
     .standard = "en"},
    {"GATEHOUSE_PRIVACY_URL", URL(privacy_url)},
    {"GATEHOUSE_TERMS_URL", URL(terms_url)},
    {"GATEHOUSE_HELP_URL", URL(help_url)},
    {"GATEHOUSE_ACCENT", .parse = parse_setting_accent, AT(accent)},
};

enum { SETTINGS_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

static int processors(void) {
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > THREADS_MAX / 2 ? THREADS_MAX / 2 : (int)count;
}

static void problem_add(arena_t *arena, settings_problems_t *problems, const char *name,
                        str_t sentence) {
    settings_problem_add(arena, problems, str_from_c(name), sentence);
}

static void row_load(arena_t *arena, const setting_t *row, str_t value, settings_t *out,
                     settings_problems_t *problems) {
    if (value.len == 0) {
        value = str_from_c(row->standard);
    }
    if (value.len == 0) {
        if (row->is_required) {
            problem_add(arena, problems, row->name, STR("is required and not set"));
        }
        return;
    }
    const str_t problem = row->parse(arena, row, value, out);
    if (problem.len) {
        problem_add(arena, problems, row->name, problem);
    }
}

// What no single value shows.
static void settings_check_together(arena_t *arena, const settings_t *settings,
                                    settings_problems_t *problems) {
    const bool is_plain_http = settings->issuer.len && !settings->is_https;
    if (is_plain_http && !settings->is_http_allowed &&
        !settings_host_is_loopback(settings->issuer_host)) {
        problem_add(arena, problems, "GATEHOUSE_ISSUER",
                    STR("must start with https:// unless its host is a loopback address or "
                        "GATEHOUSE_ALLOW_HTTP is on"));
    }
    if (settings->tls_certificate.len && !settings->tls_key.len) {
        problem_add(arena, problems, "GATEHOUSE_TLS_KEY",
                    STR("is missing: GATEHOUSE_TLS_CERTIFICATE is set, and they go together"));
    }
    if (settings->tls_key.len && !settings->tls_certificate.len) {
        problem_add(arena, problems, "GATEHOUSE_TLS_CERTIFICATE",
                    STR("is missing: GATEHOUSE_TLS_KEY is set, and they go together"));
    }
    if (settings->simulator == SIMULATOR_ON && settings->is_https &&
        !settings_host_is_loopback(settings->issuer_host)) {
        problem_add(arena, problems, "GATEHOUSE_SIMULATOR",
                    STR("lets everybody sign in as anybody of the test organization, and "
                        "GATEHOUSE_ISSUER is public: set it to force if that is meant"));
    }
}

bool settings_load(arena_t *arena, const char *env_file, settings_t *out,
                   settings_problems_t *out_problems) {
    settings_t settings = {.loop_threads = processors(), .db_threads = 2 * processors()};
    const char *names[SETTINGS_COUNT];
    settings_file_t file = {0};
    out_problems->count = 0;
    if (env_file) {
        settings_file_read(arena, env_file, &file, out_problems);
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        names[i] = SETTINGS[i].name;
        const str_t value = settings_source_get(&file, SETTINGS[i].name);
        row_load(arena, &SETTINGS[i], value, &settings, out_problems);
    }
    settings_check_together(arena, &settings, out_problems);
    settings_source_check(arena, &file, names, SETTINGS_COUNT, out_problems);
    if (out_problems->count) {
        return false;
    }
    *out = settings;
    return true;
}
