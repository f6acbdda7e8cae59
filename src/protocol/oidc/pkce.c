#include "protocol/oidc/pkce.h"

enum { CHALLENGE_LEN = 43, VERIFIER_LEN_MIN = 43, VERIFIER_LEN_MAX = 128 };

static bool is_base64url(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool oidc_pkce_is_challenge(str_t challenge) {
    for (size_t i = 0; i < challenge.len; i++) {
        if (!is_base64url(challenge.ptr[i])) {
            return false;
        }
    }
    return challenge.len == CHALLENGE_LEN;
}

bool oidc_pkce_is_verifier(str_t verifier) {
    for (size_t i = 0; i < verifier.len; i++) {
        const char c = verifier.ptr[i];
        if (!is_base64url(c) && c != '.' && c != '~') {
            return false;
        }
    }
    return verifier.len >= VERIFIER_LEN_MIN && verifier.len <= VERIFIER_LEN_MAX;
}
