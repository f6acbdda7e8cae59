// How this instance is, published by whoever knows and read by the loops without waiting. Any
// thread. /health/live says that the loops turn; /health/ready that a login could be served now.
#pragma once
#include "handle/handle.h"

typedef struct health health_t;

health_t *health_new(void);
void health_free(health_t **health);

void health_database_set(health_t *health, bool is_up); // each answer counts for some seconds
void health_snapshot_set(health_t *health, bool is_loaded);
void health_mail_set(health_t *health, int64_t dead, int64_t oldest_pending_s);
void health_stopping_set(health_t *health);

// NULL if fit, else the reason in a word, static.
const char *health_reason(const health_t *health);

// True if the path is one of the two; `out` is then the answer, 200 or 503. They stand in front of
// the table: no handler, no snapshot and no lane can keep them from answering.
bool health_answer(const health_t *health, arena_t *arena, str_t path, response_t *out);
