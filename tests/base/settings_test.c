#include "settings_test.h"
#include <stdio.h>
#include <unistd.h>

SETTINGS_SUITE(base_settings);

Test(base_settings, the_defaults_stand_where_nothing_is_set) {
    const settings_t settings = loaded();
    const int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    assert_text(settings.listen.host, "127.0.0.1");
    cr_assert_eq(settings.listen.port, 8080);
    cr_assert_eq(settings.db_threads, 2 * cores);
    cr_assert_eq(settings.loop_threads, cores);
    cr_assert(settings.is_organization_signup_on && settings.simulator == SIMULATOR_OFF);
    cr_assert_eq(settings.invitation_lifetime_s, 15 * 86400);
    cr_assert(settings.is_signup_on && settings.is_code_in_subject &&
              settings.is_link_same_browser);
    cr_assert(!settings.is_log_json && !settings.is_http_allowed);
    cr_assert_eq(settings.log_level, LOG_LEVEL_INFO);
    cr_assert_eq(settings.code_lifetime_s, 300);
    cr_assert_eq(settings.session_lifetime_s, 2592000);
    cr_assert_eq(settings.session_idle_s, 0);
    cr_assert_eq(settings.access_token_lifetime_s, 300);
    cr_assert_eq(settings.key_publish_before_s, 86400);
    cr_assert_eq(settings.trusted_proxies_count, 0);
    assert_text(settings.product_name, "Gatehouse");
    assert_text(settings.default_locale, "en");
    cr_assert_eq(settings.accent.len + settings.templates.len + settings.privacy_url.len +
                     settings.terms_url.len + settings.help_url.len + settings.support_contact.len +
                     settings.tls_certificate.len + settings.tls_key.len,
                 0);
}

Test(base_settings, every_setting_reaches_its_member) {
    setenv("GATEHOUSE_TLS_CERTIFICATE", "/tls/cert.pem", 1);
    setenv("GATEHOUSE_TLS_KEY", "/tls/key.pem", 1);
    setenv("GATEHOUSE_DB_THREADS", "7", 1);
    setenv("GATEHOUSE_LOOP_THREADS", "3", 1);
    setenv("GATEHOUSE_LOG_FORMAT", "json", 1);
    setenv("GATEHOUSE_LOG_LEVEL", "warn", 1);
    setenv("GATEHOUSE_SIGNUP", "off", 1);
    setenv("GATEHOUSE_CODE_IN_SUBJECT", "off", 1);
    setenv("GATEHOUSE_LINK_SAME_BROWSER", "off", 1);
    setenv("GATEHOUSE_CODE_LIFETIME", "60", 1);
    setenv("GATEHOUSE_SESSION_LIFETIME", "31536000", 1);
    setenv("GATEHOUSE_SESSION_IDLE", "604800", 1);
    setenv("GATEHOUSE_ACCESS_TOKEN_LIFETIME", "2592000", 1);
    setenv("GATEHOUSE_KEY_PUBLISH_BEFORE", "0", 1);
    setenv("GATEHOUSE_ORGANIZATION_SIGNUP", "off", 1);
    setenv("GATEHOUSE_INVITATION_LIFETIME", "3600", 1);
    setenv("GATEHOUSE_PRODUCT_NAME", "Acme \u00DCber", 1);
    setenv("GATEHOUSE_SUPPORT_CONTACT", "help@acme.example", 1);
    setenv("GATEHOUSE_TEMPLATES", "/etc/templates", 1);
    setenv("GATEHOUSE_DEFAULT_LOCALE", "ar", 1);
    setenv("GATEHOUSE_PRIVACY_URL", "https://a.example/privacy", 1);
    setenv("GATEHOUSE_TERMS_URL", "http://a.example/terms?x=%20", 1);
    setenv("GATEHOUSE_HELP_URL", "https://a.example", 1);
    setenv("GATEHOUSE_ACCENT", "#A0b1C2", 1);
    const settings_t settings = loaded();
    assert_text(settings.tls_certificate, "/tls/cert.pem");
    assert_text(settings.tls_key, "/tls/key.pem");
    assert_text(settings.database_url, "postgresql://gatehouse@localhost/gatehouse");
    assert_text(settings.master_key_file, "/etc/gatehouse/master.key");
    cr_assert_eq(settings.db_threads, 7);
    cr_assert(!settings.is_organization_signup_on);
    cr_assert_eq(settings.invitation_lifetime_s, 3600);
    cr_assert_eq(settings.loop_threads, 3);
    cr_assert(settings.is_log_json);
    cr_assert_eq(settings.log_level, LOG_LEVEL_WARN);
    cr_assert(!settings.is_signup_on);
    cr_assert(!settings.is_code_in_subject);
    cr_assert(!settings.is_link_same_browser);
    cr_assert_eq(settings.code_lifetime_s, 60);
    cr_assert_eq(settings.session_lifetime_s, 31536000);
    cr_assert_eq(settings.session_idle_s, 604800);
    cr_assert_eq(settings.access_token_lifetime_s, 2592000);
    cr_assert_eq(settings.key_publish_before_s, 0);
    assert_text(settings.product_name, "Acme \u00DCber");
    assert_text(settings.support_contact, "help@acme.example");
    assert_text(settings.templates, "/etc/templates");
    assert_text(settings.default_locale, "ar");
    assert_text(settings.privacy_url, "https://a.example/privacy");
    assert_text(settings.terms_url, "http://a.example/terms?x=%20");
    assert_text(settings.help_url, "https://a.example");
    assert_text(settings.accent, "#a0b1c2");
}

Test(base_settings, all_problems_are_told_at_once) {
    settings_t settings;
    clearenv();
    setenv("GATEHOUSE_SIGNUP", "yes", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert_eq(problems.count, 6);
    cr_assert(has_problem("GATEHOUSE_ISSUER is required and not set."));
    cr_assert(has_problem("GATEHOUSE_DATABASE_URL is required and not set."));
    cr_assert(has_problem("GATEHOUSE_MASTER_KEY_FILE is required and not set."));
    cr_assert(has_problem("GATEHOUSE_SMTP_URL is required and not set."));
    cr_assert(has_problem("GATEHOUSE_MAIL_FROM is required and not set."));
    cr_assert(has_problem("GATEHOUSE_SIGNUP must be on or off."));
}

Test(base_settings, certificate_and_key_go_together) {
    settings_t settings;
    setenv("GATEHOUSE_TLS_CERTIFICATE", "/cert", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert(problems.count == 1 && has_problem("GATEHOUSE_TLS_KEY is missing"));
    unsetenv("GATEHOUSE_TLS_CERTIFICATE");
    setenv("GATEHOUSE_TLS_KEY", "/key", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert(problems.count == 1 && has_problem("GATEHOUSE_TLS_CERTIFICATE is missing"));
}

Test(base_settings, mail_comes_from_an_address_with_or_without_a_name) {
    const char *const rows[][3] = {
        {"login@example.com", "", "login@example.com"},
        {"<login@example.com>", "", "login@example.com"},
        {"Acme Login <Login@Example.com>", "Acme Login", "Login@example.com"},
        {"\"Acme, Inc.\" <login@example.com>", "Acme, Inc.", "login@example.com"},
        {"\u00DCber <login@m\u00FCnchen.example>", "\u00DCber", "login@xn--mnchen-3ya.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const settings_t settings = loaded_with("GATEHOUSE_MAIL_FROM", rows[i][0]);
        assert_str(settings.mail_from.name, str_from_c(rows[i][1]));
        assert_str(settings.mail_from.address, str_from_c(rows[i][2]));
    }
    assert_refused("GATEHOUSE_MAIL_FROM", "nobody");
    assert_refused("GATEHOUSE_MAIL_FROM", "Name <nobody>");
    assert_refused("GATEHOUSE_MAIL_FROM", "Name <a@example.com");
    assert_refused("GATEHOUSE_MAIL_FROM", "Name <a@example.com> x");
    assert_refused("GATEHOUSE_MAIL_FROM", "Na\"me <a@example.com>");
    assert_refused("GATEHOUSE_MAIL_FROM", "Name\r\nBcc: x@y.example <a@example.com>");
    assert_refused("GATEHOUSE_MAIL_FROM", "a@example.com\n");
    assert_refused("GATEHOUSE_MAIL_FROM", "\xFF <a@example.com>");
}

Test(base_settings, numbers_have_limits) {
    const struct {
        const char *name;
        const char *wrong[3];
    } rows[] = {
        {"GATEHOUSE_DB_THREADS", {"0", "257", "two"}},
        {"GATEHOUSE_LOOP_THREADS", {"0", "257", "-1"}},
        {"GATEHOUSE_CODE_LIFETIME", {"59", "3601", "5m"}},
        {"GATEHOUSE_SESSION_LIFETIME", {"0", "31536001", "1e3"}},
        {"GATEHOUSE_SESSION_IDLE", {"604801", "-1", " 1"}},
        {"GATEHOUSE_ACCESS_TOKEN_LIFETIME", {"59", "2592001", "+60"}},
        {"GATEHOUSE_KEY_PUBLISH_BEFORE", {"2592001", "x", "18446744073709551616"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < 3; j++) {
            assert_refused(rows[i].name, rows[i].wrong[j]);
        }
    }
    setenv("GATEHOUSE_CODE_LIFETIME", "9", 1);
    settings_t settings;
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    assert_text(problems.text[0],
                "GATEHOUSE_CODE_LIFETIME must be a whole number from 60 to 3600.");
}

Test(base_settings, refuses_other_words_and_forms) {
    const char *const rows[][2] = {
        {"GATEHOUSE_ALLOW_HTTP", "true"},
        {"GATEHOUSE_SIGNUP", "ON"},
        {"GATEHOUSE_CODE_IN_SUBJECT", "1"},
        {"GATEHOUSE_LINK_SAME_BROWSER", "no"},
        {"GATEHOUSE_LOG_FORMAT", "xml"},
        {"GATEHOUSE_LOG_LEVEL", "verbose"},
        {"GATEHOUSE_DEFAULT_LOCALE", "fr"},
        {"GATEHOUSE_DEFAULT_LOCALE", "en de"},
        {"GATEHOUSE_DATABASE_URL", "mysql:hunter2"},
        {"GATEHOUSE_MASTER_KEY_FILE", "/a\nb"},
        {"GATEHOUSE_TEMPLATES", "/a\x01"},
        {"GATEHOUSE_PRODUCT_NAME", "two\nlines"},
        {"GATEHOUSE_PRODUCT_NAME", "\xFF"},
        {"GATEHOUSE_SUPPORT_CONTACT", "a\x1B[0m"},
        {"GATEHOUSE_PRIVACY_URL", "javascript:alert(1)"},
        {"GATEHOUSE_PRIVACY_URL", "https://"},
        {"GATEHOUSE_TERMS_URL", "https:///path"},
        {"GATEHOUSE_TERMS_URL", "HTTPS://a.example/ b"},
        {"GATEHOUSE_HELP_URL", "https://a.example/\"onclick"},
        {"GATEHOUSE_HELP_URL", "https://a.example/\u00E4"},
        {"GATEHOUSE_HELP_URL", "//a.example"},
        {"GATEHOUSE_ACCENT", "red"},
        {"GATEHOUSE_ACCENT", "#12345"},
        {"GATEHOUSE_ACCENT", "#1234567"},
        {"GATEHOUSE_ACCENT", "#12345g"},
        {"GATEHOUSE_ACCENT", "1234567"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = getenv(rows[i][0]) ? strdup(getenv(rows[i][0])) : NULL;
        assert_refused(rows[i][0], rows[i][1]);
        cr_assert(!has_problem("hunter2"));
        if (value) {
            setenv(rows[i][0], value, 1);
        }
        free(value);
    }
    assert_refused("GATEHOUSE_PRODUCT_NAME", repeat(STR("x"), 201).ptr);
}

Test(base_settings, an_unknown_name_is_a_problem_with_a_hint) {
    settings_t settings;
    setenv("GATEHOUSE_ISUER", "x", 1);
    setenv("GATEHOUSE_SOMETHING_ELSE_ALTOGETHER", "x", 1);
    setenv(repeat(STR("GATEHOUSE_"), 10).ptr, "x", 1);
    setenv("OTHER", "x", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert_eq(problems.count, 3);
    cr_assert(has_problem("GATEHOUSE_ISUER is not a setting: perhaps GATEHOUSE_ISSUER was meant."));
    cr_assert(has_problem("GATEHOUSE_SOMETHING_ELSE_ALTOGETHER is not a setting."));
}

static const char *env_file(str_t content) {
    char path[] = "/tmp/gatehouse_settings_XXXXXX";
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, content.ptr, content.len), (ssize_t)content.len);
    close(fd);
    return arena_c(arena, str_from_c(path));
}

static bool load_file(str_t content, settings_t *out) {
    const char *path = env_file(content);
    const bool is_loaded = settings_load(arena, path, out, &problems);
    unlink(path);
    return is_loaded;
}

Test(base_settings, a_file_is_read_and_the_environment_wins) {
    settings_t settings;
    setenv("GATEHOUSE_SIGNUP", "on", 1);
    setenv("GATEHOUSE_ACCENT", "", 1);
    cr_assert(load_file(STR("# a comment\r\n"
                            "\r\n"
                            "  GATEHOUSE_SIGNUP=off\n"
                            "GATEHOUSE_PRODUCT_NAME = \"A # 'b' = c\" \n"
                            "GATEHOUSE_SUPPORT_CONTACT='say \"hi\"'\r\n"
                            "GATEHOUSE_HELP_URL=https://a.example/?a=b#c\n"
                            "GATEHOUSE_TEMPLATES=\"\"\n"
                            "GATEHOUSE_ACCENT=#000000\n"
                            "POSTGRES_PASSWORD=for another program\n"
                            "GATEHOUSE_LOG_LEVEL=debug"),
                        &settings),
              "%.*s", STR_ARG(problems.text[0]));
    cr_assert(settings.is_signup_on);
    assert_text(settings.product_name, "A # 'b' = c");
    assert_text(settings.support_contact, "say \"hi\"");
    assert_text(settings.help_url, "https://a.example/?a=b#c");
    assert_text(settings.accent, "#000000");
    cr_assert_eq(settings.templates.len, 0);
    cr_assert_eq(settings.log_level, LOG_LEVEL_DEBUG);
}

Test(base_settings, defects_of_a_file_are_told_by_line_without_the_line) {
    settings_t settings;
    cr_assert(!load_file(STR("hunter2\n"
                             "=hunter2\n"
                             "lower=hunter2\n"
                             "GATEHOUSE_ACCENT=\"hunter2\n"
                             "GATEHOUSE_ACCENT='a'hunter2'\n"
                             "GATEHOUSE_SIGNUP=on\n"
                             "GATEHOUSE_SIGNUP=hunter2\n"
                             "GATEHOUSE_SINGUP=hunter2\n"),
                         &settings));
    cr_assert_eq(problems.count, 7);
    cr_assert(!has_problem("hunter2"));
    cr_assert(str_starts(problems.text[0], STR("Line 1 of ")));
    cr_assert(has_problem("is not of the form NAME=value."));
    cr_assert(has_problem("has a quote that does not close at the end of the line."));
    cr_assert(str_starts(problems.text[5], STR("Line 7 of ")));
    cr_assert(
        has_problem("GATEHOUSE_SINGUP is not a setting: perhaps GATEHOUSE_SIGNUP was meant."));
}

Test(base_settings, a_file_that_is_unusable_is_a_problem) {
    settings_t settings;
    cr_assert(!settings_load(arena, "/nowhere/at/all", &settings, &problems));
    cr_assert(has_problem("The file /nowhere/at/all cannot be opened: "));
    cr_assert(!settings_load(arena, "/tmp", &settings, &problems));
    cr_assert(has_problem("The file /tmp cannot be read."));
    cr_assert(!load_file(STR("GATEHOUSE_ACCENT=\xFF"), &settings));
    cr_assert(has_problem("is not UTF-8 text."));
    cr_assert(!load_file(repeat(STR("#\n"), 40000), &settings));
    cr_assert(has_problem("is longer than 65536 octets."));
}

Test(base_settings, more_problems_than_there_is_room_for) {
    settings_t settings;
    cr_assert(!load_file(repeat(STR("x\n"), 500), &settings));
    cr_assert_eq(problems.count, SETTINGS_PROBLEMS_MAX);
}

Test(base_settings, refuses_the_simulator_behind_a_public_issuer_unless_it_is_forced) {
    settings_t settings;
    setenv("GATEHOUSE_SIMULATOR", "on", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert(has_problem("GATEHOUSE_SIMULATOR lets everybody sign in as anybody"));
    setenv("GATEHOUSE_SIMULATOR", "force", 1);
    cr_assert_eq(loaded().simulator, SIMULATOR_FORCED);
    setenv("GATEHOUSE_SIMULATOR", "on", 1);
    setenv("GATEHOUSE_ISSUER", "https://localhost:8443", 1);
    cr_assert_eq(loaded().simulator, SIMULATOR_ON);
    setenv("GATEHOUSE_SIMULATOR", "maybe", 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems));
    cr_assert(has_problem("GATEHOUSE_SIMULATOR must be on, off or force."));
}
