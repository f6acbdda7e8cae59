#include "handle/form_token.h"
#include "base/encode.h"
#include <assert.h>

static result_t token_hash(const call_t *call, const browser_t *browser, str_t subject,
                           hash256_t *out, err_t *err) {
    const bytes_t parts[] = {secret_bytes(browser->browser), str_bytes(subject)};
    const bytes_list_t list = {parts, sizeof(parts) / sizeof(parts[0])};
    return master_keyed_hash(call->master, "form", list, out, err);
}

result_t form_token_make(call_t *call, const browser_t *browser, str_t subject, str_t *out) {
    hash256_t hash;
    assert(browser->has_browser);
    TRY(token_hash(call, browser, subject, &hash, &call->err));
    *out = base64url_encode(call->arena, hash256_bytes(&hash));
    return OK;
}

result_t form_token_check(call_t *call, const browser_t *browser, str_t subject, str_t given,
                          bool *out_is_right) {
    hash256_t hash;
    bytes_t octets;
    *out_is_right = false;
    if (!browser->has_browser || !base64url_decode(call->arena, given, &octets)) {
        return OK;
    }
    TRY(token_hash(call, browser, subject, &hash, &call->err));
    *out_is_right = secret_equal(hash256_bytes(&hash), octets);
    return OK;
}
