#include "base/buffer.h"
#include "crypto/openssl.h"
#include "crypto/signing.h"
#include <openssl/crypto.h>

enum { JWK_TEXT_HINT = 512 };

struct keyset {
    size_t count;
    signing_entry_t entries[];
};

static bool has_repeats(const signing_entry_t *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (str_eq(signing_key_id(entries[i].key), signing_key_id(entries[j].key))) {
                return true;
            }
        }
    }
    return false;
}

result_t keyset_new(const signing_entry_t *entries, size_t count, keyset_t **out, err_t *err) {
    if (has_repeats(entries, count)) {
        return FAIL(err, CONFLICT, "kid_repeated", "two signing keys have one kid");
    }
    const size_t entries_size = count * sizeof(*entries); // rows that are in memory: no overflow
    keyset_t *keyset = OPENSSL_zalloc(sizeof(*keyset) + entries_size);
    if (!keyset) {
        return OPENSSL_FAIL(err, "key set");
    }
    keyset->count = count;
    if (count > 0) {
        memcpy(keyset->entries, entries, entries_size);
    }
    *out = keyset;
    return OK;
}

void keyset_free(keyset_t **keyset) {
    if (!*keyset) {
        return;
    }
    for (size_t i = 0; i < (*keyset)->count; i++) {
        signing_key_free(&(*keyset)->entries[i].key);
    }
    OPENSSL_free(*keyset);
    *keyset = NULL;
}

static bool is_removed(const signing_entry_t *entry, time_ms_t now) {
    return entry->removed_at != 0 && now >= entry->removed_at;
}

static bool may_sign(const signing_entry_t *entry, time_ms_t now) {
    return now >= entry->active_at && (entry->retired_at == 0 || now < entry->retired_at) &&
           !is_removed(entry, now);
}

// The kid breaks a tie, so that all instances choose alike whatever order the rows came in.
static bool is_newer(const signing_entry_t *a, const signing_entry_t *b) {
    if (a->active_at != b->active_at) {
        return a->active_at > b->active_at;
    }
    return strcmp(signing_key_id(a->key).ptr, signing_key_id(b->key).ptr) > 0;
}

const signing_key_t *keyset_signer(const keyset_t *keyset, signing_alg_t alg, time_ms_t now) {
    const signing_entry_t *best = NULL;
    for (size_t i = 0; i < keyset->count; i++) {
        const signing_entry_t *entry = &keyset->entries[i];
        if (signing_key_alg(entry->key) == alg && may_sign(entry, now) &&
            (!best || is_newer(entry, best))) {
            best = entry;
        }
    }
    return best ? best->key : NULL;
}

const signing_key_t *keyset_find(const keyset_t *keyset, str_t kid, time_ms_t now) {
    for (size_t i = 0; i < keyset->count; i++) {
        const signing_entry_t *entry = &keyset->entries[i];
        if (str_eq(signing_key_id(entry->key), kid) && !is_removed(entry, now)) {
            return entry->key;
        }
    }
    return NULL;
}

result_t keyset_jwks(arena_t *arena, const keyset_t *keyset, time_ms_t now, str_t *out,
                     err_t *err) {
    buf_t text = buf_new(arena, (keyset->count + 1) * JWK_TEXT_HINT);
    buf_add_c(&text, "{\"keys\":[");
    bool is_first = true;
    for (size_t i = 0; i < keyset->count; i++) {
        const signing_entry_t *entry = &keyset->entries[i];
        if (now < entry->created_at || is_removed(entry, now)) {
            continue;
        }
        str_t jwk;
        TRY(signing_key_jwk(arena, entry->key, &jwk, err));
        buf_add_c(&text, is_first ? "" : ",");
        buf_add(&text, jwk);
        is_first = false;
    }
    buf_add_c(&text, "]}");
    *out = buf_str(&text);
    return OK;
}
