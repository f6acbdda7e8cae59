#include "base/json.h"
#include "base/log.h"
#include "base_test.h"
#include <stdio.h>
#include <unistd.h>

BASE_SUITE(base_log);

// What one call writes to stderr.
static str_t logged(log_level_t level, const log_field_t *fields, size_t count) {
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    const int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    log_event(level, "tested", fields, count);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    char *text = arena_alloc(arena, 64 * 1024);
    const size_t len = fread(text, 1, 64 * 1024, file);
    fclose(file);
    return (str_t){text, len};
}

static str_t logged_text(str_t value) {
    const log_field_t field = LOG_S("value", value);
    return logged(LOG_LEVEL_ERROR, &field, 1);
}

// The line without its time.
static str_t behind_time(str_t line) {
    return str_sub(line, str_find(line, ' ') + 1, line.len);
}

static json_t *logged_json(str_t value) {
    json_t *object = NULL;
    log_configure(LOG_LEVEL_INFO, true);
    cr_assert_eq(json_parse_object(logged_text(value), 64 * 1024, &object, NULL), OK);
    return object;
}

Test(base_log, writes_one_line_of_keys_and_values) {
    const log_field_t fields[] = {LOG_S("route", STR("/oauth/token")), LOG_N("status", -200),
                                  LOG_S("empty", STR_NONE), LOG_S("text", STR("a b"))};
    const str_t line = logged(LOG_LEVEL_INFO, fields, 4);
    cr_assert(str_starts(line, STR("time=20")));
    assert_text(behind_time(line),
                "level=info event=tested route=/oauth/token status=-200 empty=\"\" text=\"a b\"\n");
}

Test(base_log, the_macro_counts_its_fields) {
    log_configure(LOG_LEVEL_ERROR, false);
    LOG(LOG_LEVEL_WARN, "not_written", LOG_N("a", 1), LOG_S("b", STR("c")));
    cr_assert_eq(logged(LOG_LEVEL_WARN, NULL, 0).len, 0);
    assert_text(behind_time(logged(LOG_LEVEL_ERROR, NULL, 0)), "level=error event=tested\n");
}

Test(base_log, p_inj_03_a_value_cannot_end_the_line_or_its_quotes) {
    assert_text(behind_time(logged_text(STR("a\r\nlevel=info event=forged"))),
                "level=error event=tested value=\"a\\u000d\\u000alevel=info event=forged\"\n");
    assert_text(behind_time(logged_text(STR("a\" b=\"c\\"))),
                "level=error event=tested value=\"a\\\" b=\\\"c\\\\\"\n");
    assert_text(behind_time(logged_text(STR("a=b"))), "level=error event=tested value=\"a=b\"\n");
}

Test(base_log, p_inj_03_a_value_cannot_drive_a_terminal_or_reorder_text) {
    assert_text(behind_time(logged_text(STR("\x1B[31m\x7F\xC2\x9B\u2028\u202E\u200B"))),
                "level=error event=tested "
                "value=\"\\u001b[31m\\u007f\\u009b\\u2028\\u202e\\u200b\"\n");
    assert_text(behind_time(logged_text(STR("\u00E4\U0001F600"))),
                "level=error event=tested value=\"\u00E4\U0001F600\"\n");
    assert_text(behind_time(logged_text(STR("\U000E0041"))),
                "level=error event=tested value=\"\\udb40\\udc41\"\n");
}

Test(base_log, p_inj_03_invalid_utf8_is_replaced) {
    assert_text(behind_time(logged_text(STR("a\xC0\xAF\xFF\xE2\x82"))),
                "level=error event=tested value=\"a\\ufffd\\ufffd\\ufffd\\ufffd\"\n");
}

Test(base_log, p_inj_03_json_stays_json_whatever_the_value) {
    const str_t values[] = {
        STR("\",\"level\":\"info"), STR("\\"),     STR("\r\n\t\0"), STR("\xFF\xFE"),
        STR("\u2028\U000E0041"),    STR("\x1B[0m")};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        log_configure(LOG_LEVEL_INFO, true);
        const str_t line = logged_text(values[i]);
        cr_assert_eq(str_find(line, '\n'), line.len - 1);
        // jansson refuses NUL; all else must read back.
        SCOPED(json_t) object = i == 2 ? NULL : logged_json(values[i]);
        str_t level;
        cr_assert(i == 2 || (json_get_str(object, "level", &level) && str_eq(level, STR("error"))));
    }
    SCOPED(json_t) object = logged_json(STR("a\"b\\c\n\u00E4"));
    str_t value;
    cr_assert(json_get_str(object, "value", &value));
    assert_text(value, "a\"b\\c\n\u00E4");
}

Test(base_log, p_inj_03_a_megabyte_is_cut_to_256_octets) {
    const str_t line = behind_time(logged_text(repeat(STR("x"), 1000000)));
    assert_str(line, arena_format(arena, "level=error event=tested value=%.*s\n",
                                  STR_ARG(repeat(STR("x"), 256))));
    const str_t umlauts =
        logged_text(arena_format(arena, "x%.*s", STR_ARG(repeat(STR("\u00E4"), 500))));
    cr_assert_null(memmem(umlauts.ptr, umlauts.len, "\\ufffd", 6), "cut inside a character");
}

Test(base_log, more_fields_than_a_line_holds_are_left_out) {
    log_field_t fields[40];
    for (size_t i = 0; i < 40; i++) {
        fields[i] = LOG_S("bad", repeat(STR("\xFF"), 300));
    }
    log_configure(LOG_LEVEL_INFO, true);
    json_t *object = NULL;
    const str_t line = logged(LOG_LEVEL_INFO, fields, 40);
    cr_assert_lt(line.len, 16 * 1024);
    cr_assert(str_ends(line, STR("\"}\n")));
    cr_assert_eq(json_parse_object(line, SIZE_MAX, &object, NULL), BAD_REQUEST); // one name 8 times
}
