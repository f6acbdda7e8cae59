#include "server/errands.h"
#include "base/log.h"
#include "handle/document_refresh.h"
#include "handle/domain_check.h"
#include "server/thread.h"
#include <stdlib.h>

enum {
    ARENA_MAX = 4 * 1024 * 1024,
    CLAIM_MS = 5000,
    DOMAIN_MS = 10000,
    DOCUMENT_MS = 15000, // both of a connection
    DOMAINS_MAX = 10,    // taken at once
    DOMAIN_LEASE_S = 180,
    DOCUMENTS_MAX = 3, // done before another instance would take them for abandoned, in a minute
    ROUNDS_MAX = 100,  // after one wake; the next one comes soon
};

struct errands {
    errands_config_t config;
    pthread_mutex_t mutex; // guards the four fields below
    bool is_stopping;
    bool has_work; // and nobody has gone to look yet
    bool has_thread;
    pthread_t thread;
    pthread_cond_t change;
};

// What the thread works with, and the call of the moment.
typedef struct {
    errands_t *errands;
    arena_t *list_arena; // of what was claimed
    arena_t *item_arena; // of one item
    store_pool_t *pool;  // of one connection
    http_client_t *http; // NULL: nothing was opened yet
    gate_t *gate;
    snapshot_ref_t *ref;
    request_t request;
    call_t call;
} runner_t;

static bool is_stopping(errands_t *errands) {
    pthread_mutex_lock(&errands->mutex);
    const bool answer = errands->is_stopping;
    pthread_mutex_unlock(&errands->mutex);
    return answer;
}

static void log_trouble(const err_t *err) {
    LOG(LOG_LEVEL_WARN, "errands", LOG_S("code", str_from_c(err->code)),
        LOG_S("why", str_from_c(err->text)));
}

// ---- one call, as a thread of the remote lane makes it ------------------------------------------

static result_t call_begin(runner_t *runner, arena_t *arena, int64_t ms) {
    const errands_config_t *config = &runner->errands->config;
    arena_reset(arena);
    runner->ref = snapshots_hold(config->snapshots);
    runner->request = (request_t){.id = STR("errand"), .deadline = deadline_in(ms)};
    runner->call = (call_t){
        .settings = config->settings,
        .master = config->master,
        .snapshot = snapshots_get(runner->ref),
        .http = runner->http,
        .store_pool = runner->pool,
        .gate = runner->gate,
        .arena = arena,
        .request = &runner->request,
    };
    return call_store_acquire(&runner->call);
}

static void call_end(runner_t *runner) {
    call_remote_leave(&runner->call);
    call_store_release(&runner->call);
    snapshots_release(&runner->ref);
}

// True if the rest of the round makes sense. That the database is away is the keeper's to tell, and
// that somebody was faster is no trouble.
static bool judge(runner_t *runner, const char *what, str_t id, result_t result) {
    const err_t *err = &runner->call.err;
    if (result == INTERNAL || result == BAD_REQUEST) {
        LOG(LOG_LEVEL_WARN, what, LOG_S("id", id), LOG_S("result", str_from_c(result_name(result))),
            LOG_S("code", str_from_c(err->code)), LOG_S("why", str_from_c(err->text)));
    }
    return result == OK || result == CONFLICT;
}

// ---- domains ------------------------------------------------------------------------------------

static bool domain_run(runner_t *runner, const store_domain_due_t *row) {
    const domain_check_t check = {.row = row, .audit = {.event = "domain.check"}};
    flow_domain_status_t status;
    result_t result = call_begin(runner, runner->item_arena, DOMAIN_MS);
    if (result == OK) {
        result = domain_check(&runner->call, &check, &status);
    }
    call_end(runner);
    return judge(runner, "domain_check", row->id, result);
}

static result_t domains_claim(runner_t *runner, store_domains_due_t *out) {
    call_t *call = &runner->call;
    result_t result = call_begin(runner, runner->list_arena, CLAIM_MS);
    if (result == OK) {
        result = store_domains_due_claim(call->store, DOMAINS_MAX, DOMAIN_LEASE_S, out, &call->err);
    }
    call_end(runner);
    return result;
}

// True if there may be more.
static bool domains_run(runner_t *runner) {
    store_domains_due_t due = {0};
    bool is_well = judge(runner, "domain_claim", STR_NONE, domains_claim(runner, &due));
    for (size_t i = 0; i < due.count && is_well && !is_stopping(runner->errands); i++) {
        is_well = domain_run(runner, &due.items[i]);
    }
    return is_well && due.count == DOMAINS_MAX;
}

// ---- documents ----------------------------------------------------------------------------------

static bool document_run(runner_t *runner, const store_document_due_t *due) {
    result_t result = call_begin(runner, runner->item_arena, DOCUMENT_MS);
    if (result == OK) {
        result = document_refresh(&runner->call, due);
    }
    call_end(runner);
    return judge(runner, "document_refresh", due->connection_id, result);
}

static result_t documents_claim(runner_t *runner, store_documents_due_t *out) {
    call_t *call = &runner->call;
    result_t result = call_begin(runner, runner->list_arena, CLAIM_MS);
    if (result == OK) {
        result = store_documents_due_claim(call->store, DOCUMENTS_MAX, out, &call->err);
    }
    call_end(runner);
    return result;
}

static bool documents_run(runner_t *runner) {
    store_documents_due_t due = {0};
    bool is_well = judge(runner, "document_claim", STR_NONE, documents_claim(runner, &due));
    for (size_t i = 0; i < due.count && is_well && !is_stopping(runner->errands); i++) {
        is_well = document_run(runner, &due.items[i]);
    }
    return is_well && due.count == DOCUMENTS_MAX;
}

// ---- the thread ---------------------------------------------------------------------------------

static result_t runner_open(runner_t *runner, err_t *err) {
    const errands_config_t *config = &runner->errands->config;
    if (!runner->pool) {
        TRY(store_pool_open(config->conninfo, 1, &runner->pool, err));
    }
    return runner->http ? OK : http_client_open(config->settings, &runner->http, err);
}

static void runner_close(runner_t *runner) {
    http_client_close(&runner->http);
    store_pool_close(&runner->pool);
    gate_free(&runner->gate);
    arena_free(&runner->item_arena);
    arena_free(&runner->list_arena);
}

// Domains and documents take turns, so that many of one kind do not keep the other waiting.
static void run_rounds(runner_t *runner) {
    bool has_more = true;
    for (int i = 0; i < ROUNDS_MAX && has_more && !is_stopping(runner->errands); i++) {
        const bool has_domains = domains_run(runner);
        has_more = documents_run(runner) || has_domains;
    }
}

// False: it is time to end.
static bool wait_for_work(errands_t *errands) {
    pthread_mutex_lock(&errands->mutex);
    while (!errands->has_work && !errands->is_stopping) {
        pthread_cond_wait(&errands->change, &errands->mutex);
    }
    errands->has_work = false;
    const bool may_run = !errands->is_stopping;
    pthread_mutex_unlock(&errands->mutex);
    return may_run;
}

static void *on_errands_start(void *context) {
    runner_t runner = {.errands = context,
                       .list_arena = arena_new(ARENA_MAX),
                       .item_arena = arena_new(ARENA_MAX),
                       .gate = gate_new()};
    while (wait_for_work(context)) {
        err_t err = {0};
        if (runner_open(&runner, &err) == OK) {
            run_rounds(&runner);
        } else {
            log_trouble(&err);
        }
    }
    runner_close(&runner);
    return NULL;
}

// ---- start and stop -----------------------------------------------------------------------------

errands_t *errands_new(const errands_config_t *config) {
    errands_t *errands = calloc(1, sizeof(*errands));
    if (!errands) {
        abort();
    }
    errands->config = *config;
    pthread_mutex_init(&errands->mutex, NULL);
    thread_condition_init(&errands->change);
    return errands;
}

void errands_wake(errands_t *errands) {
    err_t err = {0};
    pthread_mutex_lock(&errands->mutex);
    if (!errands->has_thread && !errands->is_stopping) {
        errands->has_thread = thread_start(on_errands_start, errands, &errands->thread, &err) == OK;
    }
    errands->has_work = true;
    pthread_cond_signal(&errands->change);
    pthread_mutex_unlock(&errands->mutex);
    if (err.text[0]) {
        log_trouble(&err);
    }
}

result_t errands_are_due(store_t *store, bool *out_are_due, err_t *err) {
    bool has_domains = false;
    bool has_documents = false;
    TRY(store_domains_due_any(store, &has_domains, err));
    TRY(store_documents_due_any(store, &has_documents, err));
    *out_are_due = has_domains || has_documents;
    return OK;
}

void errands_stop_begin(errands_t *errands) {
    pthread_mutex_lock(&errands->mutex);
    errands->is_stopping = true;
    pthread_cond_signal(&errands->change);
    pthread_mutex_unlock(&errands->mutex);
}

bool errands_stop_end(errands_t **stopping, deadline_t deadline) {
    errands_t *errands = *stopping;
    *stopping = NULL;
    if (!errands) {
        return true;
    }
    if (errands->has_thread && !thread_join(errands->thread, deadline)) {
        return false;
    }
    pthread_cond_destroy(&errands->change);
    pthread_mutex_destroy(&errands->mutex);
    free(errands);
    return true;
}
