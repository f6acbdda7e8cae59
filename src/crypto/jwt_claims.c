#include "crypto/jwt.h"

static const int64_t SECONDS_MAX = 253402300799; // 9999-12-31T23:59:59Z

// NumericDate (RFC 7519 2): seconds, perhaps with a fraction, which is cut off. What is outside the
// range is refused before it is cast: 1e300 to an integer is undefined (P-RP-20).
static bool seconds_read(const json_t *claims, const char *name, int64_t *out) {
    const json_t *value = json_object_get(claims, name);
    if (json_is_real(value)) {
        const double seconds = json_real_value(value);
        if (!(seconds >= 0 && seconds <= (double)SECONDS_MAX)) { // NaN is not in the range either
            return false;
        }
        *out = (int64_t)seconds;
        return true;
    }
    int64_t seconds;
    if (!json_get_int(claims, name, &seconds) || seconds < 0 || seconds > SECONDS_MAX) {
        return false;
    }
    *out = seconds;
    return true;
}

static result_t check_past(const json_t *claims, const char *name, int64_t latest_s, err_t *err) {
    if (!json_object_get(claims, name)) {
        return OK;
    }
    int64_t seconds;
    if (!seconds_read(claims, name, &seconds)) {
        return FAIL(err, REFUSED, "jwt_time", "%s is no time", name);
    }
    if (seconds > latest_s) {
        return FAIL(err, REFUSED, "jwt_early", "%s is %lld s too far in the future", name,
                    (long long)(seconds - latest_s));
    }
    return OK;
}

result_t jwt_check_times(const json_t *claims, time_ms_t now, int64_t leeway_s, err_t *err) {
    const int64_t now_s = now / 1000;
    int64_t expires_s;
    if (!seconds_read(claims, "exp", &expires_s)) {
        return FAIL(err, REFUSED, "jwt_time", "exp is absent or no time");
    }
    // RFC 7519 4.1.4: not accepted "on or after" exp.
    if (now_s - leeway_s >= expires_s) {
        return FAIL(err, REFUSED, "jwt_expired", "exp passed %lld s ago",
                    (long long)(now_s - expires_s));
    }
    TRY(check_past(claims, "nbf", now_s + leeway_s, err));
    return check_past(claims, "iat", now_s + leeway_s, err);
}

static bool is_text(const json_t *value, str_t text) {
    return str_eq((str_t){json_string_value(value), json_string_length(value)}, text);
}

bool jwt_has_audience(const json_t *claims, str_t audience) {
    const json_t *aud = json_object_get(claims, "aud");
    if (str_is_empty(audience)) {
        return false;
    }
    if (json_is_string(aud)) {
        return is_text(aud, audience);
    }
    bool is_found = false;
    size_t i;
    const json_t *item;
    json_array_foreach(aud, i, item) {
        if (!json_is_string(item)) {
            return false;
        }
        is_found = is_found || is_text(item, audience);
    }
    return is_found;
}
