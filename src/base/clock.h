// Time values. Wall time is milliseconds since 1970 UTC and comes from the database wherever two
// instances must agree; the process's clock serves tokens and logs. Deadlines are monotonic.
#pragma once
#include "base/arena.h"

typedef int64_t time_ms_t; // since 1970-01-01T00:00:00Z

typedef struct {
    int64_t at_ms; // CLOCK_MONOTONIC
} deadline_t;

time_ms_t clock_wall_ms(void);
int64_t clock_monotonic_ms(void);

deadline_t deadline_in(int64_t ms);
// What is left, never negative.
int64_t deadline_left_ms(deadline_t deadline);
// The earlier of `deadline` and `ms` from now.
deadline_t deadline_shrink(deadline_t deadline, int64_t ms);

// Waits, in a thread that may: no loop's, and with no connection to the database in hand.
void clock_sleep(int64_t ms);

// RFC 3339 with milliseconds, UTC: 2026-11-22T10:00:00.000Z. Years 0 to 9999, others are clamped.
str_t time_rfc3339(arena_t *arena, time_ms_t at);
// The same where there is no arena; NUL-terminated.
enum { TIME_RFC3339_SIZE = 96 };
void time_rfc3339_to(time_ms_t at, char out[TIME_RFC3339_SIZE]);
// IMF-fixdate of RFC 9110 5.6.7 / date-time of RFC 5322 3.3.
str_t time_http_date(arena_t *arena, time_ms_t at);
str_t time_mail_date(arena_t *arena, time_ms_t at);
// RFC 3339 date-time with any offset to milliseconds; false if malformed.
bool time_parse_rfc3339(str_t text, time_ms_t *out);
