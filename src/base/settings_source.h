// Where settings come from: a file of KEY=VALUE lines and the environment, which wins. For
// settings.c only. Reads the environment: call before threads start.
#pragma once
#include "base/settings.h"

typedef struct {
    str_t name;
    str_t value;
} settings_pair_t;

typedef struct {
    const settings_pair_t *pairs;
    size_t count;
} settings_file_t;

// Adds "<name> <sentence>." to the problems.
void settings_problem_add(arena_t *arena, settings_problems_t *problems, str_t name,
                          str_t sentence);

// Blank lines and lines that start with '#' are skipped. A value may stand in double or single
// quotes; there are no escapes and no comments behind a value. Defects are added to the problems;
// what could be read is in `out`, in the arena.
void settings_file_read(arena_t *arena, const char *path, settings_file_t *out,
                        settings_problems_t *problems);

// The value of a name, or an empty text. The slice lives in the file's arena or the environment.
str_t settings_source_get(const settings_file_t *file, const char *name);

// Reports every GATEHOUSE_ name that is not one of `names`, with the nearest one as a hint.
void settings_source_check(arena_t *arena, const settings_file_t *file, const char *const *names,
                           size_t count, settings_problems_t *problems);
