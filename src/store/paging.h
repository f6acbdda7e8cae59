// Lists by pages: the pieces of their statements, and reading what came. Internal to store/.
//
//     static const sql_statement_t THINGS[] = {
//         {"things_forward", PAGE_PARAMS "t", PAGE_TYPES THING_TYPES,
//          "select " PAGE_COLUMNS("o") ", " THING_COLUMNS " from things o where o.owner = $4"
//          " and " PAGE_FORWARD("o")},
//         {"things_backward", ..., PAGE_BACKWARD("o")},
//     };
#pragma once
#include "store/batch.h"
#include "store/page.h"

// $1 and $2 are the position, $3 the rows wanted; further parameters follow.
#define PAGE_PARAMS "iti"
#define PAGE_POSITION "(timestamptz 'epoch' + $1::int8 * interval '1 microsecond', $2::text)"
#define PAGE_FORWARD(o)                                                                            \
    "(" o ".created_at, " o ".id) > " PAGE_POSITION " order by " o ".created_at, " o               \
    ".id limit "                                                                                   \
    "$3"
#define PAGE_BACKWARD(o)                                                                           \
    "(" o ".created_at, " o ".id) < " PAGE_POSITION " order by " o ".created_at desc, " o          \
    ".id desc limit $3"

// The first columns of each row.
#define PAGE_TYPES "it"
#define PAGE_COLUMNS(o) "(extract(epoch from " o ".created_at) * 1000000)::int8, " o ".id"

// Appends the statement for the page's direction, its own parameters filled in.
sql_args_t *page_append(sql_batch_t *batch, const sql_statement_t statements[2],
                        const store_page_t *page);

// Counts what came and tells where it stands; `total` is the caller's to fill.
store_paged_t page_found(const sql_batch_t *batch, size_t index, const store_page_t *page);

// The i-th row of the page in the list's order, behind PAGE_COLUMNS.
sql_row_t page_row(const sql_batch_t *batch, size_t index, const store_page_t *page, size_t i);
