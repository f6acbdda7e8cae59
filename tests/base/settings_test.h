// What the tests of settings share: a whole, valid environment to change one variable of.
#pragma once
#include "base/settings.h"
#include "base_test.h"
#include <stdlib.h>

static inline void settings_setup(void) {
    setup();
    clearenv();
    setenv("GATEHOUSE_ISSUER", "https://login.example.com", 1);
    setenv("GATEHOUSE_DATABASE_URL", "postgresql://gatehouse@localhost/gatehouse", 1);
    setenv("GATEHOUSE_MASTER_KEY_FILE", "/etc/gatehouse/master.key", 1);
    setenv("GATEHOUSE_SMTP_URL", "smtp://mail.example.com:587", 1);
    setenv("GATEHOUSE_MAIL_FROM", "Gatehouse <login@example.com>", 1);
}

#define SETTINGS_SUITE(name) TestSuite(name, .init = settings_setup, .fini = teardown)

static settings_problems_t problems;

static inline settings_t loaded(void) {
    settings_t settings;
    cr_assert(settings_load(arena, NULL, &settings, &problems), "%.*s", STR_ARG(problems.text[0]));
    return settings;
}

static inline settings_t loaded_with(const char *name, const char *value) {
    setenv(name, value, 1);
    return loaded();
}

// Exactly one problem, which names the variable, is a sentence and does not quote the value.
static inline void assert_refused(const char *name, const char *value) {
    settings_t settings = {.db_threads = 42};
    setenv(name, value, 1);
    cr_assert(!settings_load(arena, NULL, &settings, &problems), "%s=%s", name, value);
    cr_assert_eq(problems.count, 1, "%s=%s: %zu problems", name, value, problems.count);
    cr_assert(str_starts(problems.text[0], str_from_c(name)), "%.*s", STR_ARG(problems.text[0]));
    cr_assert(str_ends(problems.text[0], STR(".")));
    cr_assert_eq(settings.db_threads, 42, "output touched");
    unsetenv(name);
}

static inline bool has_problem(const char *part) {
    for (size_t i = 0; i < problems.count; i++) {
        if (memmem(problems.text[i].ptr, problems.text[i].len, part, strlen(part))) {
            return true;
        }
    }
    return false;
}
