// What has to be asked of other people's servers beside the requests: DNS about domains, providers
// for their documents. On a thread of its own, because others may take their time; it starts when
// there is something to ask for the first time, since most installations never have anything.
#pragma once
#include "base/clock.h"
#include "crypto/master.h"
#include "server/snapshots.h"

typedef struct errands errands_t;

// All that is pointed to outlives the errands; `snapshots` holds one before the first wake.
typedef struct {
    const settings_t *settings;
    const master_t *master;
    snapshots_t *snapshots;
    const char *conninfo;
} errands_config_t;

// Never NULL: no memory ends the process. Owner stops. No thread yet.
errands_t *errands_new(const errands_config_t *config);

// Something is due (errands_are_due). If there is no thread to be had, the log says so and the next
// wake tries again. Any thread.
void errands_wake(errands_t *errands);

// Whether anything is due by the database's word. On the caller's connection.
MUST_USE result_t errands_are_due(store_t *store, bool *out_are_due, err_t *err);

// From here on nothing new is begun, and no thread. Any thread.
void errands_stop_begin(errands_t *errands);
// Waits for what was under way and frees. False if that took longer than the deadline: then nothing
// is freed. Nobody wakes it any more. May be NULL.
MUST_USE bool errands_stop_end(errands_t **errands, deadline_t deadline);
