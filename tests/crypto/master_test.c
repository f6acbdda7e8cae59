#include "base/encode.h"
#include "crypto/master.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <unistd.h>

static arena_t *arena;
static master_t *master;
static err_t err;
static char path[64];

static const uint8_t KEY[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static void setup(void) {
    arena = arena_new(4 << 20);
    err = (err_t){0};
    cr_assert_eq(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err), OK);
    strcpy(path, "/tmp/gatehouse-master-XXXXXX");
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void teardown(void) {
    unlink(path);
    master_free(&master);
    arena_free(&arena);
}

TestSuite(crypto_master, .init = setup, .fini = teardown);

static result_t load(str_t text, mode_t mode, master_t **out) {
    cr_assert_eq(chmod(path, 0600), 0);
    const int fd = open(path, O_WRONLY | O_TRUNC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text.ptr, text.len), (ssize_t)text.len);
    close(fd);
    cr_assert_eq(chmod(path, mode), 0);
    err = (err_t){0};
    return master_load(path, out, &err);
}

static void assert_refused(str_t text, mode_t mode, const char *code) {
    master_t *loaded = NULL;
    cr_assert_eq(load(text, mode, &loaded), BAD_REQUEST, "%.*s", STR_ARG(text));
    cr_assert_null(loaded);
    cr_assert_str_eq(err.code, code);
}

static hash256_t keyed(const master_t *with, const char *label, str_t a, str_t b) {
    const bytes_t parts[] = {str_bytes(a), str_bytes(b)};
    hash256_t hash;
    const bytes_list_t list = {parts, 2};
    cr_assert_eq(master_keyed_hash(with, label, list, &hash, &err), OK);
    return hash;
}

static bool same(hash256_t a, hash256_t b) {
    return secret_equal(hash256_bytes(&a), hash256_bytes(&b));
}

static bytes_t hex(const char *text) {
    bytes_t out;
    cr_assert(hex_decode(arena, str_from_c(text), &out));
    return out;
}

static void assert_same_key(str_t text) {
    master_t *loaded = NULL;
    cr_assert_eq(load(text, 0400, &loaded), OK, "%s", err.text);
    cr_assert(same(keyed(loaded, "x", STR("a"), STR("b")), keyed(master, "x", STR("a"), STR("b"))));
    master_free(&loaded);
    cr_assert_null(loaded);
}

Test(crypto_master, loads_every_spelling_of_one_key) {
    assert_same_key(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
    assert_same_key(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
    assert_same_key(STR(" \tAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n"));
    assert_same_key(STR("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"));
    assert_same_key(STR("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"));
}

Test(crypto_master, loads_both_base64_alphabets_alike) {
    master_t *plain = NULL;
    master_t *url = NULL;
    cr_assert_eq(load(STR("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8"), 0440, &url), OK);
    cr_assert_eq(load(STR("+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/8="), 0440, &plain), OK);
    cr_assert(same(keyed(url, "x", STR("a"), STR("b")), keyed(plain, "x", STR("a"), STR("b"))));
    master_free(&url);
    master_free(&plain);
}

Test(crypto_master, p_mem_02_refuses_any_other_length) {
    assert_refused(STR(""), 0400, "master_key_malformed");
    assert_refused(STR("A"), 0400, "master_key_malformed");
    assert_refused(STR("="), 0400, "master_key_malformed");
    assert_refused(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg"), 0400, "master_key_malformed");
    assert_refused(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"), 0400,
                   "master_key_malformed");
    assert_refused(STR("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1"), 0400,
                   "master_key_malformed");
    char long_text[4096];
    memset(long_text, 'A', sizeof(long_text));
    assert_refused((str_t){long_text, 255}, 0400, "master_key_malformed");
    assert_refused((str_t){long_text, 256}, 0400, "master_key_malformed");
    assert_refused((str_t){long_text, sizeof(long_text)}, 0400, "master_key_malformed");
}

Test(crypto_master, refuses_what_is_no_key) {
    assert_refused(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"), 0400, // spare bits
                   "master_key_malformed");
    assert_refused(STR("AAECAwQFBgcICQoLDA0ODxA!EhMUFRYXGBkaGxwdHh8"), 0400,
                   "master_key_malformed");
    assert_refused(STR("g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), 0400,
                   "master_key_malformed");
    assert_refused(STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), 0400,
                   "master_key_not_random");
}

Test(crypto_master, refuses_a_file_that_others_can_read_or_replace) {
    const str_t good = STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    assert_refused(good, 0404, "master_key_exposed");
    assert_refused(good, 0644, "master_key_exposed");
    assert_refused(good, 0402, "master_key_exposed");
    assert_refused(good, 0420, "master_key_exposed");
}

Test(crypto_master, refuses_what_is_not_a_file) {
    master_t *loaded = NULL;
    cr_assert_eq(master_load("/nonexistent/key", &loaded, &err), BAD_REQUEST);
    cr_assert_str_eq(err.code, "master_key_absent");
    cr_assert_eq(master_load("/", &loaded, &err), BAD_REQUEST);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0400), 0);
    cr_assert_eq(master_load(path, &loaded, &err), BAD_REQUEST); // and does not wait for a writer
    cr_assert_null(loaded);
}

Test(crypto_master, p_mem_04_an_error_does_not_tell_the_key) {
    assert_refused(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=extra"), 0400,
                   "master_key_malformed");
    cr_assert_null(strstr(err.text, "AAEC"), "%s", err.text);
}

Test(crypto_master, p_mem_02_takes_32_octets_and_no_other_number) {
    master_t *made = NULL;
    uint8_t octets[64] = {1};
    const size_t lengths[] = {0, 1, 31, 33, 64};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        cr_assert_eq(master_from_bytes((bytes_t){octets, lengths[i]}, &made, &err), BAD_REQUEST);
        cr_assert_null(made);
    }
}

// The value stands in databases: a change of the derivation would lock everybody out. It was
// computed from RFC 5869 and RFC 2104 by another program.
Test(crypto_master, keyed_hash_never_changes) {
    const hash256_t hash = keyed(master, "code", STR("chl_1"), STR("123456"));
    const bytes_t expected =
        hex("4dc6db1d7c9f1db3af363a2156c52339f74ca3adbde5785889890845c7f8be2e");
    cr_assert(secret_equal(hash256_bytes(&hash), expected));
}

// Some labels have their key derived at the start and others at each use: nobody can tell.
Test(crypto_master, keyed_hash_is_the_same_derivation_for_every_label) {
    static const char *const EXPECTED[][2] = {
        {"code", "a420862da47cc2c13f0b1aff492586557d97afc038388a1f331b8ded84ef9ea7"},
        {"limit", "fb86bd81ac290f4a83a5dfd0db5ba6bea13505252c8bbc638313dec81c845a8f"},
        {"form", "f0c5957ae0b76cea208b48e7724dc5da8328de2d41c17a3d6824d595fe720a01"},
        {"client_secret", "2b5ed1cfecbcd5de4f4186374790e0cbb0d1988f619ff76e32f5d6593af44171"},
        {"other", "f46da820230aadd6ea3354258c0fbf6f93bda8be1d36c450ede7265c3ebd1e4e"},
    };
    for (size_t i = 0; i < sizeof(EXPECTED) / sizeof(EXPECTED[0]); i++) {
        const hash256_t hash = keyed(master, EXPECTED[i][0], STR("a"), STR("b"));
        cr_assert(secret_equal(hash256_bytes(&hash), hex(EXPECTED[i][1])), "%s", EXPECTED[i][0]);
    }
}

Test(crypto_master, keyed_hash_tells_labels_and_splits_apart) {
    const hash256_t hash = keyed(master, "code", STR("ab"), STR("c"));
    cr_assert(same(hash, keyed(master, "code", STR("ab"), STR("c"))));
    cr_assert_not(same(hash, keyed(master, "csrf", STR("ab"), STR("c"))));
    cr_assert_not(same(hash, keyed(master, "code", STR("a"), STR("bc"))));
    cr_assert_not(same(hash, keyed(master, "code", STR("abc"), STR(""))));
    cr_assert_not(same(hash, keyed(master, "code", STR(""), STR("abc"))));
    const bytes_list_t no_parts = {NULL, 0};
    hash256_t none;
    cr_assert_eq(master_keyed_hash(master, "code", no_parts, &none, &err), OK);
    cr_assert_not(same(none, keyed(master, "code", STR(""), STR(""))));
}

static bytes_t sealed_row(str_t plain) {
    const seal_t seal = {master, "row", STR("conn_1")};
    bytes_t sealed;
    cr_assert_eq(master_seal(arena, &seal, str_bytes(plain), &sealed, &err), OK);
    return sealed;
}

static result_t opened(const master_t *with, const char *label, str_t context, bytes_t sealed,
                       str_t *out) {
    err = (err_t){0};
    const seal_t seal = {with, label, context};
    bytes_t plain = {NULL, 0};
    const result_t result = master_open(arena, &seal, sealed, &plain, &err);
    *out = (str_t){(const char *)plain.ptr, plain.len};
    return result;
}

Test(crypto_master, opens_what_it_sealed) {
    str_t plain;
    const bytes_t sealed = sealed_row(STR("secret"));
    cr_assert_eq(sealed.len, 12 + 6 + 16);
    cr_assert_eq(opened(master, "row", STR("conn_1"), sealed, &plain), OK);
    cr_assert(str_eq(plain, STR("secret")));
}

Test(crypto_master, opens_what_another_program_sealed) {
    str_t plain;
    cr_assert_eq(opened(master, "row", STR("conn_1"),
                        hex("000102030405060708090a0b94d28b4155a7ae524ec86467ce41ab943b4a6cb4296c"),
                        &plain),
                 OK);
    cr_assert(str_eq(plain, STR("secret")));
}

Test(crypto_master, p_mem_02_seals_nothing_one_octet_and_the_most) {
    str_t plain;
    cr_assert_eq(opened(master, "row", STR("conn_1"), sealed_row(STR("")), &plain), OK);
    cr_assert_eq(plain.len, 0);
    cr_assert_eq(opened(master, "row", STR("conn_1"), sealed_row(STR("x")), &plain), OK);
    cr_assert(str_eq(plain, STR("x")));
    const size_t most = 1 << 20;
    char *big = arena_alloc(arena, most + 1);
    cr_assert_eq(opened(master, "row", STR("conn_1"), sealed_row((str_t){big, most}), &plain), OK);
    cr_assert_eq(plain.len, most);
    const seal_t seal = {master, "row", STR("c")};
    const bytes_t too_big = {(const uint8_t *)big, most + 1};
    bytes_t sealed;
    cr_assert_eq(master_seal(arena, &seal, too_big, &sealed, &err), INTERNAL);
}

Test(crypto_master, p_mem_02_an_empty_context_is_a_context) {
    const seal_t seal = {master, "row", STR_NONE};
    bytes_t sealed;
    str_t plain;
    cr_assert_eq(master_seal(arena, &seal, str_bytes(STR("s")), &sealed, &err), OK);
    cr_assert_eq(opened(master, "row", STR_NONE, sealed, &plain), OK);
    cr_assert_eq(opened(master, "row", STR("conn_1"), sealed, &plain), REFUSED);
}

Test(crypto_master, one_plain_text_is_sealed_differently_each_time) {
    const bytes_t a = sealed_row(STR("secret"));
    const bytes_t b = sealed_row(STR("secret"));
    cr_assert_neq(memcmp(a.ptr, b.ptr, 12), 0);
    cr_assert_neq(memcmp(a.ptr + 12, b.ptr + 12, 6), 0);
}

Test(crypto_master, refuses_another_row_label_or_key) {
    uint8_t other_key[32] = {9};
    master_t *other = NULL;
    cr_assert_eq(master_from_bytes((bytes_t){other_key, 32}, &other, &err), OK);
    const bytes_t sealed = sealed_row(STR("secret"));
    str_t plain;
    cr_assert_eq(opened(master, "row", STR("conn_2"), sealed, &plain), REFUSED);
    cr_assert_eq(opened(master, "row", STR("conn_"), sealed, &plain), REFUSED);
    cr_assert_eq(opened(master, "rox", STR("conn_1"), sealed, &plain), REFUSED);
    cr_assert_eq(opened(other, "row", STR("conn_1"), sealed, &plain), REFUSED);
    cr_assert_null(plain.ptr);
    cr_assert_str_eq(err.code, "seal_broken");
    cr_assert_eq(ERR_peek_error(), 0);
    master_free(&other);
}

Test(crypto_master, refuses_any_flipped_bit_and_any_shorter_value) {
    const bytes_t sealed = sealed_row(STR("secret"));
    str_t plain;
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        uint8_t *copy = arena_alloc(arena, sealed.len);
        memcpy(copy, sealed.ptr, sealed.len);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_eq(opened(master, "row", STR("conn_1"), (bytes_t){copy, sealed.len}, &plain),
                     REFUSED);
    }
    for (size_t len = 0; len < sealed.len; len++) {
        const bytes_t cut = arena_dup_bytes(arena, (bytes_t){sealed.ptr, len});
        cr_assert_eq(opened(master, "row", STR("conn_1"), cut, &plain), REFUSED);
    }
}

static token_seal_t token_rules(str_t token) {
    return (token_seal_t){
        .master = master, .label = "row", .context = STR("ses_1"), .token = secret_from_str(token)};
}

Test(crypto_master, a_token_seal_opens_with_its_token_only) {
    const token_seal_t right = token_rules(STR("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
    const token_seal_t wrong = token_rules(STR("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFH"));
    const seal_t tokenless = {master, "row", STR("ses_1")};
    bytes_t sealed;
    bytes_t plain = {NULL, 0};
    cr_assert_eq(token_seal(arena, &right, str_bytes(STR("secret")), &sealed, &err), OK);
    cr_assert_eq(token_open(arena, &wrong, sealed, &plain, &err), REFUSED);
    cr_assert_eq(master_open(arena, &tokenless, sealed, &plain, &err), REFUSED);
    cr_assert_null(plain.ptr);
    cr_assert_eq(token_open(arena, &right, sealed, &plain, &err), OK);
    cr_assert(secret_equal(plain, str_bytes(STR("secret"))));
}

Test(crypto_master, a_token_seal_of_another_program_opens) {
    const token_seal_t rules = token_rules(STR("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
    bytes_t plain;
    cr_assert_eq(
        token_open(arena, &rules,
                   hex("000102030405060708090a0ba45606d6d86d212bb27b5a22181f3f616d38f7f3b6a6"),
                   &plain, &err),
        OK);
    cr_assert(secret_equal(plain, str_bytes(STR("secret"))));
}

Test(crypto_master, p_mem_02_a_token_of_no_or_too_much_length_seals_nothing) {
    char text[129];
    memset(text, 'a', sizeof(text));
    const size_t bad[] = {0, 1, 15, 129};
    bytes_t sealed;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const token_seal_t rules = token_rules((str_t){text, bad[i]});
        cr_assert_eq(token_seal(arena, &rules, str_bytes(STR("s")), &sealed, &err), REFUSED);
        cr_assert_eq(token_open(arena, &rules, str_bytes(STR("s")), &sealed, &err), REFUSED);
    }
    const token_seal_t least = token_rules((str_t){text, 16});
    const token_seal_t most = token_rules((str_t){text, 128});
    cr_assert_eq(token_seal(arena, &least, str_bytes(STR("s")), &sealed, &err), OK);
    cr_assert_eq(token_seal(arena, &most, str_bytes(STR("s")), &sealed, &err), OK);
}
