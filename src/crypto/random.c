#include "crypto/random.h"
#include "base/encode.h"
#include "crypto/openssl.h"
#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

enum {
    TOKEN_OCTETS = 32,
    CODE_DIGITS_MAX = 9, // 10^9 fits 32 bits
    ID_TIME_DIGITS = 13,
    ID_RANDOM_DIGITS = 8,
    // The worst bound is refused 7 times in 100: a generator that misses this often is broken.
    DRAWS_MAX = 64,
};

static const time_ms_t ID_TIME_END = 10000000000000; // in the year 2286: one more digit

result_t random_fill(size_t len, uint8_t *out, err_t *err) {
    if (len > INT_MAX) {
        return FAIL(err, INTERNAL, "random_too_long", "%zu octets asked for", len);
    }
    // 1 is the only success (RAND_bytes(3)): 0 and -1 leave `out` as it was.
    if (RAND_bytes(out, (int)len) != 1) {
        return OPENSSL_FAIL(err, "random generator");
    }
    return OK;
}

result_t random_token(arena_t *arena, secret_t *out, err_t *err) {
    uint8_t raw[TOKEN_OCTETS];
    TRY(random_fill(sizeof(raw), raw, err));
    *out = secret_from_str(base64url_encode(arena, (bytes_t){raw, sizeof(raw)}));
    OPENSSL_cleanse(raw, sizeof(raw));
    return OK;
}

static uint32_t power_of_ten(unsigned exponent) {
    uint32_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

// Uniform in [0, bound): draws from the incomplete last multiple of `bound` below 2^32 are thrown
// away, because a plain remainder would favour small values.
static result_t uniform(uint32_t bound, uint32_t *out, err_t *err) {
    const uint64_t range = (uint64_t)UINT32_MAX + 1;
    const uint64_t limit = range - range % bound;
    for (int i = 0; i < DRAWS_MAX; i++) {
        uint32_t draw;
        TRY(random_fill(sizeof(draw), (uint8_t *)&draw, err));
        if (draw < limit) {
            *out = draw % bound;
            OPENSSL_cleanse(&draw, sizeof(draw));
            return OK;
        }
    }
    return FAIL(err, INTERNAL, "random_stuck", "the random generator repeats itself");
}

static void decimal(uint64_t value, unsigned digits, char *out) {
    for (unsigned i = digits; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

result_t random_code(arena_t *arena, unsigned digits, secret_t *out, err_t *err) {
    assert(digits >= 1 && digits <= CODE_DIGITS_MAX);
    uint32_t value;
    TRY(uniform(power_of_ten(digits), &value, err));
    char *text = (char *)arena_alloc(arena, digits);
    decimal(value, digits, text);
    OPENSSL_cleanse(&value, sizeof(value));
    *out = secret_from_str((str_t){text, digits});
    return OK;
}

result_t random_id(arena_t *arena, const char *prefix, time_ms_t now, str_t *out, err_t *err) {
    if (now < 0 || now >= ID_TIME_END) {
        return FAIL(err, INTERNAL, "clock_wrong", "no id for the time %lld", (long long)now);
    }
    uint32_t tail;
    TRY(uniform(power_of_ten(ID_RANDOM_DIGITS), &tail, err));
    char digits[ID_TIME_DIGITS + ID_RANDOM_DIGITS];
    decimal((uint64_t)now, ID_TIME_DIGITS, digits);
    decimal(tail, ID_RANDOM_DIGITS, digits + ID_TIME_DIGITS);
    *out = arena_format(arena, "%s_%.*s", prefix, (int)sizeof(digits), digits);
    return OK;
}
