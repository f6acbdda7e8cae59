#include "server/snapshots.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct snapshot_ref {
    snapshot_t *snapshot;
    void (*on_free)(snapshot_t **snapshot);
    atomic_int holders;
};

struct snapshots {
    pthread_mutex_t mutex; // guards `current` and the step from reading it to holding it
    snapshot_ref_t *current;
    void (*on_free)(snapshot_t **snapshot);
};

static void *allocate(size_t size) {
    void *memory = calloc(1, size);
    if (!memory) {
        fprintf(stderr, "gatehouse: snapshots: out of memory\n");
        abort();
    }
    return memory;
}

snapshots_t *snapshots_new(void (*on_free)(snapshot_t **snapshot)) {
    snapshots_t *snapshots = allocate(sizeof(*snapshots));
    pthread_mutex_init(&snapshots->mutex, NULL);
    snapshots->on_free = on_free;
    return snapshots;
}

void snapshots_free(snapshots_t **snapshots) {
    if (!*snapshots) {
        return;
    }
    snapshots_release(&(*snapshots)->current);
    pthread_mutex_destroy(&(*snapshots)->mutex);
    free(*snapshots);
    *snapshots = NULL;
}

void snapshots_set(snapshots_t *snapshots, snapshot_t *snapshot) {
    snapshot_ref_t *ref = allocate(sizeof(*ref));
    ref->snapshot = snapshot;
    ref->on_free = snapshots->on_free;
    atomic_init(&ref->holders, 1); // being in force holds it
    pthread_mutex_lock(&snapshots->mutex);
    snapshot_ref_t *before = snapshots->current;
    snapshots->current = ref;
    pthread_mutex_unlock(&snapshots->mutex);
    snapshots_release(&before);
}

snapshot_ref_t *snapshots_hold(snapshots_t *snapshots) {
    pthread_mutex_lock(&snapshots->mutex);
    snapshot_ref_t *ref = snapshots->current;
    if (ref) {
        atomic_fetch_add(&ref->holders, 1);
    }
    pthread_mutex_unlock(&snapshots->mutex);
    return ref;
}

void snapshots_release(snapshot_ref_t **ref) {
    snapshot_ref_t *held = *ref;
    *ref = NULL;
    if (held && atomic_fetch_sub(&held->holders, 1) == 1) {
        held->on_free(&held->snapshot);
        free(held);
    }
}

const snapshot_t *snapshots_get(const snapshot_ref_t *ref) {
    return ref ? ref->snapshot : NULL;
}
