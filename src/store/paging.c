#include "store/paging.h"

enum { PAGE_SIZE_MAX = 512 * 1024 }; // octets

sql_args_t *page_append(sql_batch_t *batch, const sql_statement_t statements[2],
                        const store_page_t *page) {
    sql_args_t *args = sql_add(batch, &statements[page->is_backward]);
    sql_arg_int(args, page->position.at_us);
    sql_arg_text(args, page->position.id);
    sql_arg_int(args, page->size + 1); // one more: is there another page?
    return args;
}

// As many of the rows that came as were wanted and as an answer can hold, but one in any case. What
// is left out is on the next page.
static size_t rows_of(const sql_batch_t *batch, size_t index, const store_page_t *page) {
    const size_t count = sql_row_count(batch, index);
    const size_t wanted = count > (size_t)page->size ? (size_t)page->size : count;
    size_t rows = 0, size = 0;
    while (rows < wanted) {
        size += sql_row_size(batch, index, rows);
        if (rows > 0 && size > PAGE_SIZE_MAX) {
            break;
        }
        rows++;
    }
    return rows;
}

// A page backward comes from its end.
static sql_row_t row_at(const sql_batch_t *batch, size_t index, const store_page_t *page,
                        size_t i) {
    return sql_row(batch, index, page->is_backward ? rows_of(batch, index, page) - 1 - i : i);
}

static store_position_t position_at(const sql_batch_t *batch, size_t index,
                                    const store_page_t *page, size_t i) {
    sql_row_t row = row_at(batch, index, page, i);
    const int64_t at_us = sql_int(&row);
    return (store_position_t){at_us, sql_text(&row)};
}

store_paged_t page_found(const sql_batch_t *batch, size_t index, const store_page_t *page) {
    const size_t count = rows_of(batch, index, page);
    store_paged_t found = {.count = count, .has_more = sql_row_count(batch, index) > count};
    if (count) {
        found.first = position_at(batch, index, page, 0);
        found.last = position_at(batch, index, page, count - 1);
    }
    return found;
}

sql_row_t page_row(const sql_batch_t *batch, size_t index, const store_page_t *page, size_t i) {
    sql_row_t row = row_at(batch, index, page, i);
    (void)sql_int(&row);
    (void)sql_text(&row);
    return row;
}
