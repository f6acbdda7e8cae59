// Reading rows: binary values of PostgreSQL to our types.
#include "store/batch.h"
#include <assert.h>
#include <endian.h>

static const time_ms_t YEAR_2000 = 946684800000;

size_t sql_row_count(const sql_batch_t *batch, size_t index) {
    return (size_t)PQntuples(batch->results[index]);
}

size_t sql_row_size(const sql_batch_t *batch, size_t index, size_t row) {
    const PGresult *result = batch->results[index];
    size_t size = 0;
    for (int column = 0; column < PQnfields(result); column++) {
        size += (size_t)PQgetlength(result, (int)row, column);
    }
    return size;
}

sql_row_t sql_row(const sql_batch_t *batch, size_t index, size_t row) {
    assert(row < sql_row_count(batch, index));
    return (sql_row_t){.arena = batch->store->arena,
                       .result = batch->results[index],
                       .types = batch->statements[index]->columns,
                       .row = (int)row};
}

// The octets of the next column, which must be of the type that the statement's constant names.
static bytes_t column_next(sql_row_t *row, char type) {
    assert(row->types[row->column] == type);
    (void)type;
    const bytes_t value = {(const uint8_t *)PQgetvalue(row->result, row->row, row->column),
                           (size_t)PQgetlength(row->result, row->row, row->column)};
    const bool is_null = PQgetisnull(row->result, row->row, row->column);
    row->column++;
    return is_null ? (bytes_t){0} : value;
}

bool sql_is_null(const sql_row_t *row) {
    return PQgetisnull(row->result, row->row, row->column);
}

str_t sql_text(sql_row_t *row) {
    const bytes_t value = column_next(row, 't');
    return arena_dup(row->arena, (str_t){(const char *)value.ptr, value.len});
}

bytes_t sql_bytes(sql_row_t *row) {
    return arena_dup_bytes(row->arena, column_next(row, 'b'));
}

static int64_t word_of(bytes_t value) {
    uint64_t word = 0;
    if (value.len == sizeof word) {
        memcpy(&word, value.ptr, sizeof word);
    }
    return (int64_t)be64toh(word);
}

int64_t sql_int(sql_row_t *row) {
    return word_of(column_next(row, 'i'));
}

bool sql_bool(sql_row_t *row) {
    const bytes_t value = column_next(row, 'o');
    return value.len == 1 && value.ptr[0] == 1;
}

time_ms_t sql_time(sql_row_t *row) {
    const bytes_t value = column_next(row, 'z');
    return value.len ? word_of(value) / 1000 + YEAR_2000 : 0;
}

static uint32_t take_word(bytes_t *rest) {
    uint32_t word = 0;
    if (rest->len < sizeof word) {
        rest->len = 0;
        return 0;
    }
    memcpy(&word, rest->ptr, sizeof word);
    rest->ptr += sizeof word;
    rest->len -= sizeof word;
    return be32toh(word);
}

static str_t take_item(sql_row_t *row, bytes_t *rest) {
    size_t len = take_word(rest);
    len = len > rest->len ? 0 : len; // a NULL element has the length -1
    const str_t item = arena_dup(row->arena, (str_t){(const char *)rest->ptr, len});
    rest->ptr += len;
    rest->len -= len;
    return item;
}

// array_send of PostgreSQL; see sql_arg_list.
flow_list_t sql_list(sql_row_t *row) {
    bytes_t rest = column_next(row, 'l');
    if (rest.len == 0 || take_word(&rest) != 1) {
        return (flow_list_t){0};
    }
    take_word(&rest); // whether there are NULLs
    take_word(&rest); // element type
    size_t count = take_word(&rest);
    take_word(&rest); // lower bound
    count = count > rest.len / 4 ? rest.len / 4 : count;
    str_t *items = ARENA_ARRAY(row->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = take_item(row, &rest);
    }
    return (flow_list_t){items, count};
}
