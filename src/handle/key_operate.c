// Signing keys from the operator's side: made at the first start, listed, rotated with overlap.
#include "base/buffer.h"
#include "crypto/random.h"
#include "handle/apply_parse.h"
#include "handle/operate.h"

// A retired key verifies for as long as the longest token that an application may declare lives,
// and an hour for clocks and caches, so that a rotation breaks no valid token (P-MEM-08).
enum { VERIFY_S = CLIENT_TOKEN_MAX_S + 3600 };

typedef struct {
    signing_alg_t alg;
    int64_t publish_s;
    bool only_if_none;
} key_plan_t;

static result_t key_add(const operate_t *in, const key_plan_t *plan, str_t *out_kid, err_t *err) {
    str_t kid;
    TRY(random_id(in->arena, "snk", clock_wall_ms(), &kid, err));
    signing_key_t *key = NULL;
    TRY(signing_key_generate(plan->alg, kid, &key, err));
    store_key_new_t row = {.kid = kid,
                           .alg = str_from_c(signing_alg_name(plan->alg)),
                           .publish_s = plan->publish_s,
                           .verify_s = VERIFY_S,
                           .only_if_none = plan->only_if_none};
    const result_t sealed = signing_key_seal(in->arena, key, in->master, &row.sealed, err);
    signing_key_free(&key);
    TRY(sealed);
    const store_audit_t audit = {.event = "keys.add",
                                 .decision = "added",
                                 .reason = arena_format(in->arena, "%.*s key %.*s signs in %lld s",
                                                        STR_ARG(row.alg), STR_ARG(kid),
                                                        (long long)plan->publish_s)};
    TRY(store_key_add(in->store, &row, &audit, err));
    *out_kid = kid;
    return OK;
}

static bool has_key(const store_keys_t *keys, signing_alg_t alg) {
    const str_t name = str_from_c(signing_alg_name(alg));
    for (size_t i = 0; i < keys->count; i++) {
        const store_key_t *key = &keys->items[i];
        if (str_eq(key->alg, name) && key->retired_at == 0) {
            return true;
        }
    }
    return false;
}

result_t operate_keys_ensure(const operate_t *in, err_t *err) {
    store_keys_t keys;
    TRY(store_keys_read(in->store, &keys, err));
    for (int alg = 0; alg < SIGNING_ALG_COUNT; alg++) {
        const key_plan_t plan = {.alg = (signing_alg_t)alg, .only_if_none = true};
        if (has_key(&keys, plan.alg)) {
            continue;
        }
        str_t kid;
        err_t why = {0};
        const result_t result = key_add(in, &plan, &kid, &why);
        // CONFLICT: another instance that started at the same moment has made it.
        if (result != OK && result != CONFLICT) {
            return FAIL(err, result, why.code, "%s", why.text);
        }
    }
    return OK;
}

static const char *state_of(const store_key_t *key, time_ms_t now) {
    if (key->retired_at && key->retired_at <= now) {
        return "verifies";
    }
    return key->active_at <= now ? "signs" : "published";
}

static str_t time_or_dash(arena_t *arena, time_ms_t at) {
    return at ? time_rfc3339(arena, at) : STR("-");
}

result_t operate_keys_list(const operate_t *in, str_t *out_text, err_t *err) {
    store_keys_t keys;
    TRY(store_keys_read(in->store, &keys, err));
    buf_t text = buf_new(in->arena, 1024);
    buf_add_format(&text, "%-26s %-6s %-10s %-25s %-25s %s\n", "key", "alg", "state", "signs from",
                   "signs until", "removed at");
    for (size_t i = 0; i < keys.count; i++) {
        const store_key_t *key = &keys.items[i];
        buf_add_format(&text, "%-26.*s %-6.*s %-10s %-25.*s %-25.*s %.*s\n", STR_ARG(key->kid),
                       STR_ARG(key->alg), state_of(key, keys.now),
                       STR_ARG(time_rfc3339(in->arena, key->active_at)),
                       STR_ARG(time_or_dash(in->arena, key->retired_at)),
                       STR_ARG(time_or_dash(in->arena, key->removed_at)));
    }
    *out_text = buf_str(&text);
    return OK;
}

result_t operate_keys_rotate(const operate_t *in, str_t *out_text, err_t *err) {
    buf_t text = buf_new(in->arena, 512);
    for (int alg = 0; alg < SIGNING_ALG_COUNT; alg++) {
        const key_plan_t plan = {.alg = (signing_alg_t)alg,
                                 .publish_s = in->settings->key_publish_before_s};
        str_t kid;
        TRY(key_add(in, &plan, &kid, err));
        buf_add_format(&text, "%s key %.*s is published now and signs in %d s\n",
                       signing_alg_name(plan.alg), STR_ARG(kid),
                       in->settings->key_publish_before_s);
    }
    *out_text = buf_str(&text);
    return OK;
}
