// SQL statements as constants, with the types that go in and come out, and the binding of
// parameters. Internal to store/. Values travel in binary form only: no quoting, no parsing, and a
// parameter cannot become part of the statement (P-INJ-01).
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "flow/facts.h"
#include <libpq-fe.h>

// Types, one letter each: t text, b bytea, i int8, o boolean, z timestamptz, l text[].
typedef struct {
    const char *name;
    const char *params;
    const char *columns;
    const char *sql;
} sql_statement_t;

enum { SQL_PARAMS_MAX = 24 };

typedef struct {
    int count;
    char types[SQL_PARAMS_MAX + 1];
    const char *values[SQL_PARAMS_MAX]; // NULL: SQL NULL; else the caller's memory or `words`
    int lengths[SQL_PARAMS_MAX];
    uint8_t words[SQL_PARAMS_MAX][8];
    bool has_bad_text; // not UTF-8, or a NUL: the batch refuses to run
} sql_args_t;

// Each appends one parameter. Slices are not copied: they must live until the batch has run.
void sql_arg_text(sql_args_t *args, str_t text);
void sql_arg_text_or_null(sql_args_t *args, str_t text); // empty: NULL
void sql_arg_bytes(sql_args_t *args, bytes_t bytes);     // empty: NULL
void sql_arg_int(sql_args_t *args, int64_t value);
void sql_arg_int_or_null(sql_args_t *args, bool has_value, int64_t value);
void sql_arg_bool(sql_args_t *args, bool value);
void sql_arg_time(sql_args_t *args, time_ms_t at); // clamped to the years 1970 to 9999
void sql_arg_list(sql_args_t *args, arena_t *arena, flow_list_t list);

// PostgreSQL's number of a type letter (pg_type.oid, fixed for built-in types).
Oid sql_type_oid(char type);

// All statements of this folder, one after the other; NULL past the last.
const sql_statement_t *store_statements(size_t index);
