// Tokens and key sets of others. The first octet says what the rest is:
//   T  a token, verified with a set whose private keys are thrown away: only the four signing
//   inputs
//      that they signed may ever be accepted;
//   K  a JWKS;
//   S  a header, a line feed, a payload: signed for it with a key of ours, so that what stands
//   behind
//      the signature check is reached as well.
#include "base/encode.h"
#include "crypto/jwt.h"
#include "fuzz.h"

static const time_ms_t NOW = 1700000000000;

static const char SET[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"nxeNhATsEH0Eu0Pvhue6F0u3IUvnbfh6RNgCZlKhcrL"
    "R1yaRX-Bfkjw0FRz1Y4_MuSO55cukyARn6jnlCJYUNsLQTmBj7h_wstzhmuKi7lMWc7h9iEpoxAj3Cmy"
    "bSSkU0-keLr306MCoYegEu-jWnkiu1j9kgojHfHy8Z2p-kckaLnb6NnzQT9kRd4AF8jGi6piOUN5eH3l"
    "EdNzUznVUyfsKZP0ow5VpUFIno5Y5JoevSp0rqV6DGRNV0T40raG_OiyQak5QPZylMP5QphkamGUcoQe"
    "cnKGSDITQj1YEjMRDSQ05t_oXbQ0S4GKvEecVZGd4ZIn0QvAN5QenwJhSLw\",\"e\":\"AQAB\"},{\"kty\":"
    "\"EC\",\"kid\":\"e\",\"crv\":\"P-256\",\"x\":\"a1HbuzOOmfD5pBNjuLleJ1dgt5Bim2VFzVLZaPNP8z4\","
    "\""
    "y\":\"PMvtVnW81MkrRdPCqhirIg-bjtW9y8LrEX0cbAWh6iw\"},{\"kty\":\"OKP\",\"kid\":\"d\",\"crv\":\""
    "Ed25519\",\"x\":\"1YaYRCGIJFgtTYCNIIlwqM-pR4eFGytUt_gfLEDnR6E\"}]}";

static const char *const GENUINE[] = {
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InIiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiw"
    "ic3ViIjoidSIsImF1ZCI6ImEiLCJleHAiOjE3MDAwMDAwMDB9.MBwcbiH1rHAn6C7aul-OvAmTJgvqnqbvZJXDxtQk"
    "oG8d5DK7XumSfI_suuKcpnlwzvYRaMAPWtsYQ6bqQJqH-w4OdWbNyep3qOLtQavlvAWMygoARAjz_sIWqh5K6a8EHw"
    "a1hznZoSCIXoRq1SxvtfCu4Dm1Fnpv8JjLDFqrjdppO-iVQYTh17noF_TfYH3lZHgR16ZyqHhMb_dPu_OJLDQJzGNZ"
    "NTiPJDCx7pxQJAV9SbXaS7DSDhz7T_CXfKBCY3SUp4OJn6c5UifCnb5lco82g4kqqrlwZCO4mf4EtRWkVRKSnsFFX4"
    "fVXktx0pxcQx8M240k-YgWgblahcWmLw",
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InIiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiw"
    "ic3ViIjoidSIsImF1ZCI6ImEiLCJleHAiOjE3MDAwMDAwMDB9.Ka0PxCd11KchL0y8yL9ztlcaqEUPGHkPQO6eArhf"
    "o81i0F1vdOOmZpbiUwjgQk1DypZ00YCImgZIJKK-qzyoAJCQ_pWozXpGBshxUxEIBbmA-6RZP_1dSseiDpghQr_4Es"
    "aKjXggEPOU-OkJ_nmnm0yaQKVtnWQVgg3TUXrBqUxUTwbgtqDIobD-vK9t5Ni7BLsyD3v8EWSqPH_1UlY7MeFvjP63"
    "aexqUQjq8JHj0MJymbLsNMYrSlbsOtBkk4ZfmMrfhlvb9Eo3D10fIcHtiv5YtsSdWC2ETJuLELagzv9DBHd-rSsvn9"
    "nGrYLscr_JxkxBgcRSsDxKSCicqWCmyw",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiw"
    "ic3ViIjoidSIsImF1ZCI6ImEiLCJleHAiOjE3MDAwMDAwMDB9.TegE3GeAUvhcjjd4pJL5bUSPquDcGThR4es8z61j"
    "Y4AUnAjUoqHYeuD6ytplGzY3gmJx3yqWyD3vsaqhwzZqFA",
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImQiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiw"
    "ic3ViIjoidSIsImF1ZCI6ImEiLCJleHAiOjE3MDAwMDAwMDB9.GdHONSQk7EaczEMPSeCtEowMR2ObpBZ2EsUGwekx"
    "UTRTBgP6wZJbmt6eoKJPjuV1KNoL7lhreL7whEwJlNflCQ",
};

static result_t verify(arena_t *arena, const jwks_t *jwks, str_t token, json_t **out) {
    const jwt_foreign_t rules = {.jwks = jwks,
                                 .algs = STR("RS256 RS384 RS512 PS256 ES256 ES384 EdDSA")};
    return jwt_verify_foreign(arena, token, &rules, out, NULL);
}

// The set, once it is proven that what its keys signed is accepted.
static const jwks_t *foreign_set(arena_t *arena) {
    static jwks_t *jwks;
    if (!jwks) {
        FUZZ_ASSERT(jwks_parse(str_from_c(SET), &jwks, NULL) == OK);
        FUZZ_ASSERT(jwks_count(jwks) == 3);
        for (size_t i = 0; i < sizeof(GENUINE) / sizeof(GENUINE[0]); i++) {
            SCOPED(json_t) claims = NULL;
            FUZZ_ASSERT(verify(arena, jwks, str_from_c(GENUINE[i]), &claims) == OK);
        }
    }
    return jwks;
}

static const keyset_t *own_set(void) {
    static keyset_t *keyset;
    if (!keyset) {
        signing_entry_t entry = {NULL, 0, 0, 0, 0};
        FUZZ_ASSERT(signing_key_generate(SIGNING_ES256, STR("snk_1"), &entry.key, NULL) == OK);
        FUZZ_ASSERT(keyset_new(&entry, 1, &keyset, NULL) == OK);
    }
    return keyset;
}

static str_t signing_input(str_t token) {
    return str_sub(token, 0, str_find_last(token, '.'));
}

static bool is_genuine(str_t token) {
    for (size_t i = 0; i < sizeof(GENUINE) / sizeof(GENUINE[0]); i++) {
        if (str_eq(signing_input(token), signing_input(str_from_c(GENUINE[i])))) {
            return true;
        }
    }
    return false;
}

static void verify_foreign(arena_t *arena, str_t token) {
    json_t *claims = NULL;
    const result_t result = verify(arena, foreign_set(arena), token, &claims);
    FUZZ_ASSERT(result == OK || result == REFUSED || result == NOT_FOUND);
    FUZZ_ASSERT((result == OK) == json_is_object(claims));
    FUZZ_ASSERT(result != OK || is_genuine(token));
    json_decref(claims);
}

static void parse_set(str_t text) {
    jwks_t *jwks = NULL;
    const result_t result = jwks_parse(text, &jwks, NULL);
    FUZZ_ASSERT(result == OK || (result == BAD_REQUEST && !jwks));
    FUZZ_ASSERT(result != OK || jwks_count(jwks) <= 50);
    jwks_free(&jwks);
}

static str_t signed_token(arena_t *arena, str_t header, str_t payload) {
    const str_t first = base64url_encode(arena, str_bytes(header));
    const str_t second = base64url_encode(arena, str_bytes(payload));
    const str_t input = arena_format(arena, "%.*s.%.*s", STR_ARG(first), STR_ARG(second));
    const signing_key_t *key = keyset_signer(own_set(), SIGNING_ES256, NOW);
    bytes_t signature;
    FUZZ_ASSERT(signing_key_sign(arena, key, str_bytes(input), &signature, NULL) == OK);
    const str_t third = base64url_encode(arena, signature);
    return arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(third));
}

static void verify_own(arena_t *arena, str_t text) {
    const size_t line = str_find(text, '\n');
    const str_t payload = str_sub(text, line + 1, text.len);
    const str_t token = signed_token(arena, str_sub(text, 0, line), payload);
    const jwt_own_t rules = {.keyset = own_set(), .typ = "JWT", .now = NOW};
    json_t *claims = NULL;
    const result_t result = jwt_verify_own(arena, token, &rules, &claims, NULL);
    FUZZ_ASSERT(result == OK || result == REFUSED);
    FUZZ_ASSERT((result == OK) == json_is_object(claims));
    if (result == OK) {
        const result_t times = jwt_check_times(claims, NOW, 60, NULL);
        FUZZ_ASSERT(times == OK || times == REFUSED);
        FUZZ_ASSERT(times != OK || json_object_get(claims, "exp"));
        FUZZ_ASSERT(!jwt_has_audience(claims, STR_NONE));
        (void)jwt_has_audience(claims, STR("a"));
    }
    json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t text = fuzz_text(data + 1, size - 1);
    if (data[0] == 'T') {
        verify_foreign(arena, text);
    } else if (data[0] == 'K') {
        parse_set(text);
    } else if (data[0] == 'S') {
        verify_own(arena, text);
    }
    arena_free(&arena);
    return 0;
}
