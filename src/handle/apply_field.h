// Members of an object in the file of `gatehouse apply`, read with every problem noted at its
// place. Internal to apply*.c. Results in the arena.
#pragma once
#include "base/buffer.h"
#include "base/json.h"
#include "flow/facts.h"

typedef struct apply_rules apply_rules_t;

typedef struct {
    arena_t *arena;
    const apply_rules_t *rules;
    buf_t *problems;
    json_t *object;
    const char *place; // "applications[1]."; that of the file is empty
} apply_object_t;

void apply_problem(const apply_object_t *object, const char *field, const char *what);
void apply_problem_at(const apply_object_t *object, const char *field, size_t at, const char *what);

// A typing mistake must not pass for a default.
void apply_names_judge(const apply_object_t *object, const char *const *names, size_t count);

const json_t *apply_member(const apply_object_t *object, const char *field);

// False if it is absent or not text; the latter is a problem.
bool apply_text(const apply_object_t *object, const char *field, str_t *out);
void apply_bool(const apply_object_t *object, const char *field, bool *inout);
// One of `names`; untouched if it is absent or none of them, and then a problem.
void apply_word(const apply_object_t *object, const char *field, const char *names, str_t *inout);
// A list of different texts; empty if it is absent or not that.
flow_list_t apply_list(const apply_object_t *object, const char *field, size_t max);

// The objects of a list, each with its place; none if it is absent or not that.
typedef struct {
    apply_object_t *items;
    size_t count;
} apply_objects_t;
apply_objects_t apply_objects(const apply_object_t *object, const char *field, size_t max);
