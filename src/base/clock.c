#include "base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>

enum { MS_PER_S = 1000 };

static const time_ms_t YEAR_0 = -62167219200000;
static const time_ms_t YEAR_9999_END = 253402300799999;
static const char *const DAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int64_t clock_read_ms(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now); // fails only for an unknown clock
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

time_ms_t clock_wall_ms(void) {
    return clock_read_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void) {
    return clock_read_ms(CLOCK_MONOTONIC);
}

deadline_t deadline_in(int64_t ms) {
    return (deadline_t){clock_monotonic_ms() + ms};
}

int64_t deadline_left_ms(deadline_t deadline) {
    const int64_t left = deadline.at_ms - clock_monotonic_ms();
    return left > 0 ? left : 0;
}

deadline_t deadline_shrink(deadline_t deadline, int64_t ms) {
    const deadline_t other = deadline_in(ms);
    return other.at_ms < deadline.at_ms ? other : deadline;
}

void clock_sleep(int64_t ms) {
    struct timespec left = {.tv_sec = ms / MS_PER_S, .tv_nsec = ms % MS_PER_S * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

// Broken-down UTC; returns the milliseconds within the second. The environment's TZ plays no part.
static int time_split(time_ms_t at, struct tm *out) {
    at = at < YEAR_0 ? YEAR_0 : at > YEAR_9999_END ? YEAR_9999_END : at;
    const int64_t ms = (at % MS_PER_S + MS_PER_S) % MS_PER_S;
    const time_t seconds = (at - ms) / MS_PER_S;
    gmtime_r(&seconds, out);
    return (int)ms;
}

void time_rfc3339_to(time_ms_t at, char out[TIME_RFC3339_SIZE]) {
    struct tm tm;
    const int ms = time_split(at, &tm);
    snprintf(out, TIME_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}

str_t time_rfc3339(arena_t *arena, time_ms_t at) {
    char text[TIME_RFC3339_SIZE];
    time_rfc3339_to(at, text);
    return arena_dup(arena, str_from_c(text));
}

// The part that RFC 9110 and RFC 5322 share; strftime would follow the locale.
static str_t time_date(arena_t *arena, time_ms_t at, const char *zone) {
    struct tm tm;
    time_split(at, &tm);
    return arena_format(arena, "%s, %02d %s %04d %02d:%02d:%02d %s", DAYS[tm.tm_wday], tm.tm_mday,
                        MONTHS[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
                        zone);
}

str_t time_http_date(arena_t *arena, time_ms_t at) {
    return time_date(arena, at, "GMT");
}

str_t time_mail_date(arena_t *arena, time_ms_t at) {
    return time_date(arena, at, "+0000");
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool take_char(str_t *rest, char c) {
    if (!str_starts(*rest, (str_t){&c, 1})) {
        return false;
    }
    *rest = str_sub(*rest, 1, rest->len);
    return true;
}

// RFC 3339 5.6: "T" and "Z" may be lower case.
static bool take_letter(str_t *rest, char upper, char lower) {
    return take_char(rest, upper) || take_char(rest, lower);
}

// Exactly `digits` digits with a value between `min` and `max`.
static bool take_number(str_t *rest, size_t digits, int min, int max, int *out) {
    uint64_t value;
    if (rest->len < digits || !str_to_u64(str_sub(*rest, 0, digits), (uint64_t)max, &value) ||
        (int)value < min) {
        return false;
    }
    *out = (int)value;
    *rest = str_sub(*rest, digits, rest->len);
    return true;
}

static int days_in_month(int year, int month) {
    static const int DAYS_OF[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS_OF[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static bool take_date(str_t *rest, struct tm *out) {
    int year, month, day;
    if (!take_number(rest, 4, 0, 9999, &year) || !take_char(rest, '-') ||
        !take_number(rest, 2, 1, 12, &month) || !take_char(rest, '-') ||
        !take_number(rest, 2, 1, days_in_month(year, month), &day)) {
        return false;
    }
    out->tm_year = year - 1900;
    out->tm_mon = month - 1;
    out->tm_mday = day;
    return true;
}

// RFC 3339 5.6 partial-time. The second 60 is a leap second; timegm counts it as the next one.
static bool take_time(str_t *rest, struct tm *out, int *out_ms) {
    if (!take_number(rest, 2, 0, 23, &out->tm_hour) || !take_char(rest, ':') ||
        !take_number(rest, 2, 0, 59, &out->tm_min) || !take_char(rest, ':') ||
        !take_number(rest, 2, 0, 60, &out->tm_sec)) {
        return false;
    }
    *out_ms = 0;
    if (!take_char(rest, '.')) {
        return true;
    }
    size_t digits = 0;
    for (int weight = 100; digits < rest->len && is_digit(rest->ptr[digits]); digits++) {
        *out_ms += (rest->ptr[digits] - '0') * weight;
        weight /= 10;
    }
    *rest = str_sub(*rest, digits, rest->len);
    return digits > 0;
}

static bool take_offset(str_t *rest, int *out_minutes) {
    int hours, minutes;
    if (take_letter(rest, 'Z', 'z')) {
        *out_minutes = 0;
        return true;
    }
    const bool is_west = take_char(rest, '-');
    if ((!is_west && !take_char(rest, '+')) || !take_number(rest, 2, 0, 23, &hours) ||
        !take_char(rest, ':') || !take_number(rest, 2, 0, 59, &minutes)) {
        return false;
    }
    *out_minutes = (is_west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

bool time_parse_rfc3339(str_t text, time_ms_t *out) {
    struct tm tm = {0};
    int ms, offset_minutes;
    if (!take_date(&text, &tm) || !take_letter(&text, 'T', 't') || !take_time(&text, &tm, &ms) ||
        !take_offset(&text, &offset_minutes) || text.len != 0) {
        return false;
    }
    *out = ((int64_t)timegm(&tm) - (int64_t)offset_minutes * 60) * MS_PER_S + ms;
    return true;
}
