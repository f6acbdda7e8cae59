// The one snapshot in force and everybody who still uses an older one. Any thread.
#pragma once
#include "handle/handle.h"

typedef struct snapshots snapshots_t;
typedef struct snapshot_ref snapshot_ref_t;

// `on_free` gets each snapshot when nobody holds it any more (operate_snapshot_free).
snapshots_t *snapshots_new(void (*on_free)(snapshot_t **snapshot));
// All references have been given back before.
void snapshots_free(snapshots_t **snapshots);

// Takes the snapshot over and puts it in force.
void snapshots_set(snapshots_t *snapshots, snapshot_t *snapshot);

// The one in force; NULL while there is none. Give it back with snapshots_release.
snapshot_ref_t *snapshots_hold(snapshots_t *snapshots);
void snapshots_release(snapshot_ref_t **ref);
const snapshot_t *snapshots_get(const snapshot_ref_t *ref); // NULL for NULL
