// What runs beside the requests: mail on its way out, keys and origins kept fresh, expired rows
// deleted, the health of the database published, other people's servers asked what has to be known
// of them (errands.h). It lives through restarts of PostgreSQL.
#pragma once
#include "handle/outbox.h"
#include "server/health.h"
#include "server/snapshots.h"

typedef struct upkeep upkeep_t;

// All that is pointed to outlives the upkeep.
typedef struct {
    const settings_t *settings;
    const master_t *master;
    const views_t *views;
    snapshots_t *snapshots;
    health_t *health;
} upkeep_config_t;

// One keeper and two senders of mail, each with a database connection of its own; one more thread
// when there are errands for the first time.
MUST_USE result_t upkeep_start(const upkeep_config_t *config, upkeep_t **out, err_t *err);

// A mail was queued and committed: a sender looks at once. Any thread. Mail of which nobody hears
// (its instance died) is found within two seconds by the senders of the others.
void upkeep_mail_announce(upkeep_t *upkeep);

// Ends the threads; a mail that is being sent is finished first. False if that took longer than the
// deadline: then nothing is freed, and the process should end (the mail's lease runs out and
// another instance sends it).
MUST_USE bool upkeep_stop(upkeep_t **upkeep, deadline_t deadline);

// Reads keys and origins and puts them in force. Used at the start, and by the keeper.
MUST_USE result_t upkeep_refresh(const upkeep_config_t *config, store_t *store, arena_t *arena,
                                 err_t *err);
