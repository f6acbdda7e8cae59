// What the command line does besides serving: apply, keys, and loading the snapshot.
#pragma once
#include "crypto/master.h"
#include "handle/handle.h"
#include "store/client.h"
#include "store/key.h"

// `gatehouse apply FILE`: a JSON file that declares applications, organizations and connections, in
// one transaction. Idempotent; prints one line per
// change to `out_text`; on any error nothing is changed and *out_text lists every problem with its
// place ("applications[1].redirect_uris[0]: ..."). BAD_REQUEST for problems in the file.
typedef struct {
    const master_t *master;
    store_t *store;
    arena_t *arena;
    str_t file_text;
    bool is_dry_run;
    bool is_http_allowed;   // redirect URIs with http beyond loopback: development only
    int64_t access_token_s; // for applications that name no lifetime; 0: five minutes
} apply_t;
MUST_USE result_t operate_apply(const apply_t *apply, str_t *out_text, err_t *err);

// First start: makes an RS256 and an ES256 key that sign at once, unless there are some. Two
// instances at once make one pair.
typedef struct {
    const master_t *master;
    store_t *store;
    arena_t *arena;
    const settings_t *settings;
} operate_t;
MUST_USE result_t operate_keys_ensure(const operate_t *in, err_t *err);
// The test organization and its connection to the simulator (GATEHOUSE_SIMULATOR), or with that off
// the end of every connection to it. Any number of instances at once.
MUST_USE result_t operate_simulator_ensure(const operate_t *in, err_t *err);
// `gatehouse keys list`: a table in words.
MUST_USE result_t operate_keys_list(const operate_t *in, str_t *out_text, err_t *err);
// `gatehouse keys rotate`: new keys, published now and signing after
// settings->key_publish_before_s; the old ones go on verifying for as long as a token that they
// signed may live.
MUST_USE result_t operate_keys_rotate(const operate_t *in, str_t *out_text, err_t *err);

// `gatehouse why FLOW_ID`: each decision of that login in words, safe for a terminal. NOT_FOUND:
// nothing is known of it.
MUST_USE result_t operate_why(const operate_t *in, str_t flow_id, str_t *out_text, err_t *err);

// Reads and opens all keys and origins into a new snapshot. Owner frees. A key that does not open
// (another master key) is an error that says so.
MUST_USE result_t operate_snapshot_read(const operate_t *in, snapshot_t **out, err_t *err);
void operate_snapshot_free(snapshot_t **snapshot);
