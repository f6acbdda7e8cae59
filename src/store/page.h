// A page of a list that is ordered by (created_at, id), by position and not by number: rows that
// come or go meanwhile neither repeat nor hide another.
#pragma once
#include "store/store.h"

// Where in such a list a row stands. Microseconds, as the database counts.
typedef struct {
    int64_t at_us; // since 1970
    str_t id;
} store_position_t;

typedef struct {
    bool is_backward;          // the page before `position`, else the one behind it
    store_position_t position; // zero: the list's start
    int64_t size;              // rows wanted; large ones may be fewer, and has_more says so
} store_page_t;

// What was found, beside the rows themselves.
typedef struct {
    size_t count;
    bool has_more; // in the page's direction
    store_position_t first, last;
    int64_t total; // rows that the list has in all
} store_paged_t;
