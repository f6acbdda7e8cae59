// A database of its own for each test, copied from a migrated template, and a second connection
// that looks at it and moves its times without the code under test. Needs tests/with-postgres.
#pragma once
#include "crypto/hash.h"
#include "store/store.h"
#include <criterion/criterion.h>
#include <libpq-fe.h>

enum { TEST_DEADLINE_MS = 120000 }; // no test depends on speed

extern arena_t *arena;
extern store_t *store; // on the test's database, with the arena and a long deadline
extern err_t err;

// For TestSuite: .init = database_setup, .fini = database_teardown.
void database_setup(void);
void database_teardown(void);
// The same without a schema.
void database_setup_empty(void);

const char *database_conninfo(void);
// The environment's value; fails the test when it is not set.
const char *database_setting(const char *name);
// A connection string of another server's or database's: keywords of `url` with another dbname.
char *database_conninfo_of(const char *url, const char *name);

// Connects a store that is in use. On a loaded machine that may take longer than the store itself
// would wait.
void database_connect(store_t *own);

// Statements of the test itself, printf-like. A failing one fails the test.
void sql_exec(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t sql_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
str_t sql_string(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The connection behind them.
PGconn *sql_connection(void);

// One more connection of the kind under test, with an arena of its own; it is connected.
typedef struct {
    store_t *store;
    arena_t *arena;
} store_own_t;
store_own_t store_own_open(void);
void store_own_close(store_own_t *own);

// Runs `work` in `count` threads at once: each has its own connected store, and none starts before
// all are there.
typedef void store_work_t(store_own_t *own, int index);
void run_parallel(int count, store_work_t *work);

#define assert_ok(expression)                                                                      \
    do {                                                                                           \
        const result_t result_ = (expression);                                                     \
        cr_assert_eq(result_, OK, "%s: %s %s %s", #expression, result_name(result_), err.code,     \
                     err.text);                                                                    \
    } while (0)
#define assert_result(expression, expected)                                                        \
    do {                                                                                           \
        const result_t result_ = (expression);                                                     \
        cr_assert_eq(result_, (expected), "%s: %s %s %s", #expression, result_name(result_),       \
                     err.code, err.text);                                                          \
        err = (err_t){0};                                                                          \
    } while (0)
#define assert_text(actual, expected)                                                              \
    do {                                                                                           \
        const str_t actual_ = (actual);                                                            \
        cr_assert(str_eq(actual_, str_from_c(expected)), "%s is \"%.*s\"", #actual,                \
                  STR_ARG(actual_));                                                               \
    } while (0)
