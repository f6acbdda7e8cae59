#include "base/clock.h"
#include "base_test.h"
#include <stdlib.h>
#include <time.h>

BASE_SUITE(base_clock);

static const time_ms_t NOVEMBER = 1795341600123; // 2026-11-22T10:00:00.123Z

Test(base_clock, writes_the_three_formats) {
    assert_text(time_rfc3339(arena, NOVEMBER), "2026-11-22T10:00:00.123Z");
    assert_text(time_http_date(arena, NOVEMBER), "Sun, 22 Nov 2026 10:00:00 GMT");
    assert_text(time_mail_date(arena, NOVEMBER), "Sun, 22 Nov 2026 10:00:00 +0000");
}

Test(base_clock, p_mem_07_the_time_zone_of_the_environment_plays_no_part) {
    time_ms_t at;
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    assert_text(time_rfc3339(arena, NOVEMBER), "2026-11-22T10:00:00.123Z");
    cr_assert(time_parse_rfc3339(STR("2026-11-22T10:00:00.123Z"), &at));
    cr_assert_eq(at, NOVEMBER);
}

Test(base_clock, times_before_1970_and_outside_the_calendar) {
    assert_text(time_rfc3339(arena, -1), "1969-12-31T23:59:59.999Z");
    assert_text(time_rfc3339(arena, INT64_MIN), "0000-01-01T00:00:00.000Z");
    assert_text(time_rfc3339(arena, INT64_MAX), "9999-12-31T23:59:59.999Z");
}

Test(base_clock, reads_what_rfc_3339_allows) {
    const struct {
        const char *text;
        time_ms_t at;
    } rows[] = {
        {"2026-11-22T10:00:00Z", 1795341600000},
        {"2026-11-22t10:00:00.1z", 1795341600100},
        {"2026-11-22T15:30:00.123456789+05:30", 1795341600123},
        {"2026-11-22T09:00:00-01:00", 1795341600000},
        {"1970-01-01T00:00:00-00:00", 0},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"0000-01-01T00:00:00Z", -62167219200000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        time_ms_t at = 1;
        cr_assert(time_parse_rfc3339(str_from_c(rows[i].text), &at), "%s", rows[i].text);
        cr_assert_eq(at, rows[i].at, "%s", rows[i].text);
    }
}

Test(base_clock, refuses_what_rfc_3339_does_not_allow) {
    const char *const rows[] = {"",
                                "2026-11-22",
                                "2026-11-22T10:00:00",
                                "2026-11-22 10:00:00Z",
                                "2026-13-22T10:00:00Z",
                                "2026-00-22T10:00:00Z",
                                "2026-02-29T10:00:00Z",
                                "2100-02-29T10:00:00Z",
                                "2026-11-31T10:00:00Z",
                                "2026-11-22T24:00:00Z",
                                "2026-11-22T10:60:00Z",
                                "2026-11-22T10:00:61Z",
                                "2026-11-22T10:00:00.Z",
                                "2026-11-22T10:00:00+0100",
                                "2026-11-22T10:00:00+24:00",
                                "2026-11-22T10:00:00+01:60",
                                "2026-11-22T10:00:00Zx",
                                "2026\r11\r22T10:00:00Z",
                                "26-11-22T10:00:00Z",
                                "+026-11-22T10:00:00Z",
                                "2026-1-22T10:00:00Z"};
    time_ms_t at = 42;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert(!time_parse_rfc3339(str_from_c(rows[i]), &at), "%s", rows[i]);
        cr_assert_eq(at, 42);
    }
}

Test(base_clock, what_is_written_reads_back) {
    for (time_ms_t at = -62167219200000; at < 253402300799999; at += 987654321987) {
        time_ms_t again;
        cr_assert(time_parse_rfc3339(time_rfc3339(arena, at), &again));
        cr_assert_eq(again, at);
    }
}

Test(base_clock, a_deadline_only_shrinks_and_is_never_negative) {
    const deadline_t far = deadline_in(1000000);
    cr_assert_gt(deadline_left_ms(far), 900000);
    cr_assert_leq(deadline_left_ms(deadline_shrink(far, 500000)), 500000);
    cr_assert_eq(deadline_shrink(far, 2000000).at_ms, far.at_ms);
    cr_assert_eq(deadline_left_ms(deadline_in(-5)), 0);
}

Test(base_clock, the_clocks_run) {
    cr_assert_gt(clock_wall_ms(), 1700000000000);
    const int64_t before = clock_monotonic_ms();
    cr_assert_geq(clock_monotonic_ms(), before);
}
