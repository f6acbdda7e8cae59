#include "server/health.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { DATABASE_FRESH_MS = 15000, MAIL_LATE_S = 300 };

struct health {
    atomic_int_least64_t database_at_ms; // monotonic; 0: it does not answer
    atomic_bool has_snapshot;
    atomic_bool is_stopping;
    atomic_bool has_dead_mail;
    atomic_bool is_mail_late;
};

health_t *health_new(void) {
    health_t *health = calloc(1, sizeof(*health));
    if (!health) {
        fprintf(stderr, "gatehouse: health: out of memory\n");
        abort();
    }
    return health;
}

void health_free(health_t **health) {
    free(*health);
    *health = NULL;
}

void health_database_set(health_t *health, bool is_up) {
    atomic_store(&health->database_at_ms, is_up ? clock_monotonic_ms() : 0);
}

void health_snapshot_set(health_t *health, bool is_loaded) {
    atomic_store(&health->has_snapshot, is_loaded);
}

void health_mail_set(health_t *health, int64_t dead, int64_t oldest_pending_s) {
    atomic_store(&health->has_dead_mail, dead > 0);
    atomic_store(&health->is_mail_late, oldest_pending_s > MAIL_LATE_S);
}

void health_stopping_set(health_t *health) {
    atomic_store(&health->is_stopping, true);
}

const char *health_reason(const health_t *health) {
    const int64_t at_ms = atomic_load(&health->database_at_ms);
    if (atomic_load(&health->is_stopping)) {
        return "stopping";
    }
    if (at_ms == 0 || clock_monotonic_ms() - at_ms > DATABASE_FRESH_MS) {
        return "database";
    }
    return atomic_load(&health->has_snapshot) ? NULL : "keys";
}

// Mail that waits or was given up is told and does not make an instance unfit: taking it out of
// service would not send any.
static const char *mail_word(const health_t *health) {
    if (atomic_load(&health->has_dead_mail)) {
        return "dead_letters";
    }
    return atomic_load(&health->is_mail_late) ? "late" : "ok";
}

bool health_answer(const health_t *health, arena_t *arena, str_t path, response_t *out) {
    const bool is_ready = str_eq(path, STR("/health/ready"));
    if (!is_ready && !str_eq(path, STR("/health/live"))) {
        return false;
    }
    const char *reason = is_ready ? health_reason(health) : NULL;
    *out = (response_t){.status = reason ? 503 : 200, .content_type = STR("application/json")};
    if (reason) {
        out->body = arena_format(arena, "{\"status\":\"unavailable\",\"reason\":\"%s\"}\n", reason);
        out->headers[out->header_count++] = (header_t){STR("Retry-After"), STR("1")};
    } else if (is_ready) {
        out->body =
            arena_format(arena, "{\"status\":\"ready\",\"mail\":\"%s\"}\n", mail_word(health));
    } else {
        out->body = STR("{\"status\":\"live\"}\n");
    }
    return true;
}
