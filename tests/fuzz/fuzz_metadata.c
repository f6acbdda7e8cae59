// Answers of a provider's endpoints. The first octet says which: D the discovery document, T the
// token endpoint, U userinfo, G GitHub's addresses; the rest is the body.
#include "fuzz.h"
#include "protocol/oidc/exchange.h"
#include "protocol/oidc/github.h"
#include "protocol/oidc/metadata.h"
#include "protocol/oidc/userinfo.h"

#define ISSUER "https://idp.example"

static oidc_answer_t answer_of(str_t body) {
    return (oidc_answer_t){200, STR("application/json"), body};
}

static void check_words(str_t words, str_t known) {
    str_t word;
    while (str_next_word(&words, &word)) {
        FUZZ_ASSERT(str_list_has(known, word));
    }
}

static void check_document(arena_t *arena, str_t body) {
    const oidc_answer_t answer = answer_of(body);
    const oidc_metadata_rules_t rules = {STR(ISSUER), false};
    oidc_metadata_t metadata = {0};
    const result_t result = oidc_metadata_parse(arena, &answer, &rules, &metadata, NULL);
    FUZZ_ASSERT(result == OK || (result == REFUSED && !metadata.issuer.len));
    if (result != OK) {
        return;
    }
    FUZZ_ASSERT(str_eq(metadata.issuer, STR(ISSUER)));
    FUZZ_ASSERT(oidc_url_is_good(metadata.authorization_endpoint, false));
    FUZZ_ASSERT(oidc_url_is_good(metadata.token_endpoint, false));
    FUZZ_ASSERT(oidc_url_is_good(metadata.jwks_uri, false));
    FUZZ_ASSERT(!metadata.userinfo_endpoint.len ||
                oidc_url_is_good(metadata.userinfo_endpoint, false));
    FUZZ_ASSERT(metadata.id_token_algs.len > 0);
    check_words(metadata.id_token_algs, STR(OIDC_ID_TOKEN_ALGS));
    check_words(metadata.response_modes, STR("query form_post"));
}

// A URL that is good is one for every reader: no second host, nothing that ends a header.
static void check_url(arena_t *arena, str_t url) {
    str_t address;
    const bool is_good = oidc_url_is_good(url, false);
    FUZZ_ASSERT(!is_good || (str_starts(url, STR("https://")) && !str_has_control(url)));
    FUZZ_ASSERT(!is_good || (str_find(url, '\\') == url.len && str_find(url, '#') == url.len));
    FUZZ_ASSERT(!is_good || oidc_url_is_good(url, true));
    const result_t result = oidc_metadata_url(arena, url, false, &address, NULL);
    FUZZ_ASSERT((result == OK) == oidc_issuer_is_good(url, false));
    FUZZ_ASSERT(result != OK || str_starts(address, STR("https://")));
    FUZZ_ASSERT(result != OK || str_find(address, '{') == address.len);
}

static void check_tokens(arena_t *arena, str_t body) {
    const oidc_answer_t answer = answer_of(body);
    const oidc_relying_t relying = {.issuer = STR(ISSUER)};
    oidc_tokens_t tokens = {0};
    const result_t result = oidc_exchange_parse(arena, &relying, &answer, &tokens, NULL);
    FUZZ_ASSERT(result == OK || (result == REFUSED && !tokens.id_token.len));
    if (result == OK) {
        const str_t bearer = secret_reveal(oidc_bearer(arena, tokens.access_token));
        FUZZ_ASSERT(bearer.len > 7 && !str_has_control(bearer) && tokens.id_token.len > 0);
    }
}

static void check_userinfo(str_t body) {
    const oidc_answer_t answer = answer_of(body);
    SCOPED(json_t) claims = json_pack("{s:s}", "sub", "u");
    SCOPED(json_t) out = NULL;
    str_t subject = STR("");
    const result_t result = oidc_userinfo_parse(&answer, claims, &out, NULL);
    FUZZ_ASSERT((result == OK) == (out != NULL));
    FUZZ_ASSERT(result != OK || (json_get_str(out, "sub", &subject) && str_eq(subject, STR("u"))));
}

static void check_github(arena_t *arena, str_t body) {
    const oidc_answer_t user = answer_of(STR("{\"id\":1,\"name\":null}"));
    const oidc_answer_t emails = answer_of(body);
    SCOPED(json_t) out = NULL;
    const result_t result = oidc_github_claims(arena, &user, &emails, &out, NULL);
    FUZZ_ASSERT((result == OK) == (out != NULL));
    FUZZ_ASSERT(result != OK || json_object_size(out) == 1 || json_object_size(out) == 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t body = fuzz_text(data + 1, size - 1);
    if (data[0] == 'D') {
        check_document(arena, body);
    } else if (data[0] == 'T') {
        check_tokens(arena, body);
    } else if (data[0] == 'U') {
        check_userinfo(body);
    } else if (data[0] == 'G') {
        check_github(arena, body);
    } else {
        check_url(arena, body);
    }
    arena_free(&arena);
    return 0;
}
