// One request and its answer. The only place that knows that a request crosses threads and that a
// client can vanish. Internal to server/.
#pragma once
#include "server/loop.h"

// Makes a path configuration answer with our routes.
void exchange_register(h2o_pathconf_t *pathconf);

// Answers that lane threads have posted to a loop.
void exchange_on_answers(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages);
