#include "server/upkeep.h"
#include "handle/operate.h"
#include "server/errands.h"
#include "server/thread.h"
#include <stdlib.h>

enum {
    SENDERS = 2,
    ARENA_MAX = 4 * 1024 * 1024,
    WAIT_MS = 1000, // also how soon the keeper sees that it should stop
    CALL_MS = 10000,
    CLEAN_CALL_MS = 120000,
    SEND_MS = 60000,
    POLL_MS = 2000, // retries, and the mail of an instance that died, fall due without a notice
    PING_EVERY_MS = 5000,
    COUNT_EVERY_MS = 60000,
    SNAPSHOT_EVERY_MS = 30000,
    ERRANDS_EVERY_MS = 15000,
    CLEAN_EVERY_MS = 600000,
    CLEAN_AGAIN_MS = 1000, // when one call could not take all
    CLEAN_MANY = 50000,    // what one call takes of one table
    PAUSE_MIN_MS = 250,
    PAUSE_MAX_MS = 5000,
};

struct upkeep {
    upkeep_config_t config;
    const char *conninfo;
    arena_t *arena; // of conninfo
    errands_t *errands;
    pthread_mutex_t mutex; // guards the two fields below
    bool is_stopping;
    bool has_mail; // announced, and no sender has gone to look yet
    pthread_cond_t mail;
    pthread_cond_t stop;
    pthread_t threads[1 + SENDERS];
    size_t thread_count; // that run
};

// What one thread works with.
typedef struct {
    upkeep_t *upkeep;
    store_t *store;
    arena_t *arena;
    int64_t pause_ms; // after a failure; 0: the last round was fine
} worker_t;

typedef struct {
    worker_t worker;
    // monotonic: when next
    int64_t ping_at_ms, count_at_ms, snapshot_at_ms, errands_at_ms, clean_at_ms;
} keeper_t;

// ---- waiting -----------------------------------------------------------------------------------

static bool is_stopping(upkeep_t *upkeep) {
    pthread_mutex_lock(&upkeep->mutex);
    const bool answer = upkeep->is_stopping;
    pthread_mutex_unlock(&upkeep->mutex);
    return answer;
}

// Until mail is announced, the time is over, or the process stops. One sender goes for it: a claim
// takes all that is due, and a second one would mostly find nothing.
static void wait_for_mail(upkeep_t *upkeep, int64_t ms) {
    const deadline_t deadline = deadline_in(ms);
    pthread_mutex_lock(&upkeep->mutex);
    while (!upkeep->is_stopping && !upkeep->has_mail &&
           thread_wait(&upkeep->mail, &upkeep->mutex, deadline)) {
    }
    upkeep->has_mail = false;
    pthread_mutex_unlock(&upkeep->mutex);
}

static void pause_for(upkeep_t *upkeep, int64_t ms) {
    const deadline_t deadline = deadline_in(ms);
    pthread_mutex_lock(&upkeep->mutex);
    while (!upkeep->is_stopping && thread_wait(&upkeep->stop, &upkeep->mutex, deadline)) {
    }
    pthread_mutex_unlock(&upkeep->mutex);
}

void upkeep_mail_announce(upkeep_t *upkeep) {
    pthread_mutex_lock(&upkeep->mutex);
    upkeep->has_mail = true;
    pthread_cond_signal(&upkeep->mail);
    pthread_mutex_unlock(&upkeep->mutex);
}

static void grow_pause(worker_t *worker) {
    const int64_t longer = worker->pause_ms ? worker->pause_ms * 2 : PAUSE_MIN_MS;
    worker->pause_ms = longer > PAUSE_MAX_MS ? PAUSE_MAX_MS : longer;
}

static void log_trouble(const char *what, result_t result, const err_t *err) {
    LOG(LOG_LEVEL_WARN, what, LOG_S("result", str_from_c(result_name(result))),
        LOG_S("code", str_from_c(err->code)), LOG_S("why", str_from_c(err->text)));
}

static void worker_begin(worker_t *worker, int64_t call_ms) {
    arena_reset(worker->arena);
    store_use(worker->store, worker->arena, deadline_in(call_ms));
}

static result_t worker_open(upkeep_t *upkeep, worker_t *out, err_t *err) {
    *out = (worker_t){.upkeep = upkeep};
    TRY(store_open(upkeep->conninfo, &out->store, err));
    out->arena = arena_new(ARENA_MAX);
    return OK;
}

static void worker_close(worker_t *worker) {
    store_close(&worker->store);
    arena_free(&worker->arena);
}

// ---- the keeper --------------------------------------------------------------------------------

result_t upkeep_refresh(const upkeep_config_t *config, store_t *store, arena_t *arena, err_t *err) {
    const operate_t in = {
        .master = config->master, .store = store, .arena = arena, .settings = config->settings};
    snapshot_t *snapshot = NULL;
    TRY(operate_snapshot_read(&in, &snapshot, err));
    snapshots_set(config->snapshots, snapshot);
    health_snapshot_set(config->health, true);
    return OK;
}

static bool is_due(int64_t *at_ms, int64_t every_ms) {
    const int64_t now_ms = clock_monotonic_ms();
    const bool is_due = now_ms >= *at_ms;
    *at_ms = is_due ? now_ms + every_ms : *at_ms;
    return is_due;
}

static result_t keep_counts(keeper_t *keeper, err_t *err) {
    store_outbox_counts_t counts = {0};
    TRY(store_outbox_count(keeper->worker.store, &counts, err));
    health_mail_set(keeper->worker.upkeep->config.health, counts.dead, counts.oldest_pending_s);
    if (counts.dead) {
        LOG(LOG_LEVEL_WARN, "mail_dead_letters", LOG_N("count", counts.dead));
    }
    return OK;
}

static result_t keep_errands(keeper_t *keeper, err_t *err) {
    bool are_due = false;
    TRY(errands_are_due(keeper->worker.store, &are_due, err));
    if (are_due) {
        errands_wake(keeper->worker.upkeep->errands);
    }
    return OK;
}

static result_t keep_clean(keeper_t *keeper, err_t *err) {
    int64_t rows = 0;
    worker_begin(&keeper->worker, CLEAN_CALL_MS);
    TRY(store_clean(keeper->worker.store, &rows, err));
    if (rows) {
        LOG(LOG_LEVEL_INFO, "clean", LOG_N("rows", rows));
    }
    if (rows >= CLEAN_MANY) {
        keeper->clean_at_ms = clock_monotonic_ms() + CLEAN_AGAIN_MS;
    }
    return OK;
}

static result_t keep_round(keeper_t *keeper, err_t *err) {
    worker_t *worker = &keeper->worker;
    const upkeep_config_t *config = &worker->upkeep->config;
    bool has_config = false;
    worker_begin(worker, CALL_MS);
    TRY(store_wait(worker->store, WAIT_MS, &has_config, err));
    if (is_due(&keeper->ping_at_ms, PING_EVERY_MS)) {
        TRY(store_ping(worker->store, err));
        health_database_set(config->health, true);
    }
    if (is_due(&keeper->snapshot_at_ms, SNAPSHOT_EVERY_MS) || has_config) {
        TRY(upkeep_refresh(config, worker->store, worker->arena, err));
    }
    if (is_due(&keeper->count_at_ms, COUNT_EVERY_MS)) {
        TRY(keep_counts(keeper, err));
    }
    if (is_due(&keeper->errands_at_ms, ERRANDS_EVERY_MS)) {
        TRY(keep_errands(keeper, err));
    }
    return is_due(&keeper->clean_at_ms, CLEAN_EVERY_MS) ? keep_clean(keeper, err) : OK;
}

// The first failure in a row is told, and the recovery; not every try in between.
static void keeper_judge(keeper_t *keeper, result_t result, const err_t *err) {
    worker_t *worker = &keeper->worker;
    if (result == OK) {
        if (worker->pause_ms) {
            LOG(LOG_LEVEL_INFO, "database_back", LOG_S("result", STR("OK")));
        }
        worker->pause_ms = 0;
        return;
    }
    if (!worker->pause_ms) {
        log_trouble("database_trouble", result, err);
    }
    health_database_set(worker->upkeep->config.health, false);
    // Whatever happened meanwhile was not heard: look at once when it is back.
    keeper->ping_at_ms = 0;
    keeper->snapshot_at_ms = 0;
    grow_pause(worker);
    pause_for(worker->upkeep, worker->pause_ms);
}

static void *on_keeper_start(void *context) {
    upkeep_t *upkeep = context;
    err_t err = {0};
    keeper_t keeper = {.clean_at_ms = clock_monotonic_ms() + COUNT_EVERY_MS};
    if (worker_open(upkeep, &keeper.worker, &err) != OK) {
        log_trouble("keeper", INTERNAL, &err);
        return NULL;
    }
    while (!is_stopping(upkeep)) {
        err = (err_t){0};
        const result_t result = keep_round(&keeper, &err);
        keeper_judge(&keeper, result, &err);
    }
    worker_close(&keeper.worker);
    return NULL;
}

// ---- the senders -------------------------------------------------------------------------------

static void send_round(worker_t *worker, outbox_t *outbox) {
    err_t err = {0};
    outbox_round_t round = {0};
    worker_begin(worker, SEND_MS);
    const result_t result = outbox_run_round(outbox, &round, &err);
    if (result == OK) {
        worker->pause_ms = 0;
        if (round.sent + round.failed + round.dead + round.expired < OUTBOX_ROUND_MAX) {
            wait_for_mail(worker->upkeep, POLL_MS);
        }
        return;
    }
    // That the database is away is the keeper's to tell.
    if (result != UNAVAILABLE && !worker->pause_ms) {
        log_trouble("outbox", result, &err);
    }
    grow_pause(worker);
    pause_for(worker->upkeep, worker->pause_ms);
}

static void send_all(worker_t *worker, mailer_t *mailer) {
    const upkeep_config_t *config = &worker->upkeep->config;
    outbox_t outbox = {
        .settings = config->settings,
        .master = config->master,
        .views = config->views,
        .store = worker->store,
        .mailer = mailer,
        .arena = worker->arena,
    };
    while (!is_stopping(worker->upkeep)) {
        send_round(worker, &outbox);
    }
}

static void *on_sender_start(void *context) {
    upkeep_t *upkeep = context;
    err_t err = {0};
    worker_t worker;
    mailer_t *mailer = NULL;
    if (worker_open(upkeep, &worker, &err) != OK) {
        log_trouble("sender", INTERNAL, &err);
        return NULL;
    }
    if (mailer_open(upkeep->config.settings, &mailer, &err) == OK) {
        send_all(&worker, mailer);
        mailer_close(&mailer);
    } else {
        log_trouble("sender", INTERNAL, &err);
    }
    worker_close(&worker);
    return NULL;
}

// ---- start and stop ----------------------------------------------------------------------------

static result_t start_threads(upkeep_t *upkeep, err_t *err) {
    for (size_t i = 0; i < 1 + SENDERS; i++) {
        TRY(thread_start(i ? on_sender_start : on_keeper_start, upkeep, &upkeep->threads[i], err));
        upkeep->thread_count++;
    }
    return OK;
}

result_t upkeep_start(const upkeep_config_t *config, upkeep_t **out, err_t *err) {
    upkeep_t *upkeep = calloc(1, sizeof(*upkeep));
    if (!upkeep) {
        return FAIL(err, INTERNAL, "memory", "no memory for the upkeep");
    }
    upkeep->config = *config;
    upkeep->arena = arena_new(ARENA_MAX);
    upkeep->conninfo = arena_c(upkeep->arena, config->settings->database_url);
    upkeep->errands = errands_new(&(errands_config_t){.settings = config->settings,
                                                      .master = config->master,
                                                      .snapshots = config->snapshots,
                                                      .conninfo = upkeep->conninfo});
    pthread_mutex_init(&upkeep->mutex, NULL);
    thread_condition_init(&upkeep->mail);
    thread_condition_init(&upkeep->stop);
    const result_t result = start_threads(upkeep, err);
    if (result != OK) {
        (void)!upkeep_stop(&upkeep, deadline_in(CALL_MS));
        return result;
    }
    *out = upkeep;
    return OK;
}

bool upkeep_stop(upkeep_t **stopping, deadline_t deadline) {
    upkeep_t *upkeep = *stopping;
    *stopping = NULL;
    pthread_mutex_lock(&upkeep->mutex);
    upkeep->is_stopping = true;
    pthread_cond_broadcast(&upkeep->mail);
    pthread_cond_broadcast(&upkeep->stop);
    pthread_mutex_unlock(&upkeep->mutex);
    errands_stop_begin(upkeep->errands);
    for (size_t i = 0; i < upkeep->thread_count; i++) {
        if (!thread_join(upkeep->threads[i], deadline)) {
            return false;
        }
    }
    if (!errands_stop_end(&upkeep->errands, deadline)) { // after the keeper, who wakes it
        return false;
    }
    pthread_cond_destroy(&upkeep->mail);
    pthread_cond_destroy(&upkeep->stop);
    pthread_mutex_destroy(&upkeep->mutex);
    arena_free(&upkeep->arena);
    free(upkeep);
    return true;
}
