// Page tokens of the REST API.
#include "base/encode.h"
#include "handle/rest_page.h"
#include <criterion/criterion.h>

static const uint8_t KEY[32] = {1, 2, 3};
static call_t call;
static request_t request;
static rest_t rest;
static master_t *master;

static const str_t FILTERS[] = {{"org_1", 5}, {"", 0}};
static const rest_list_t LIST = {
    .name = "users", .filters = {FILTERS, 2}, .size_default = 10, .size_max = 100};

static void setup(void) {
    cr_assert_eq(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &call.err), OK);
    call = (call_t){.arena = arena_new(1 << 20), .request = &request, .master = master};
    rest = (rest_t){.call = &call};
}

static void teardown(void) {
    master_free(&master);
    arena_free(&call.arena);
}

TestSuite(handle_rest_page, .init = setup, .fini = teardown);

// The page that a query asks for; `is_fine` is false if it was refused.
static store_page_t read(const rest_list_t *list, str_t query, bool *is_fine) {
    store_page_t page = {0};
    rest.problem_count = 0;
    cr_assert_eq(form_parse(call.arena, query, &rest.query, &call.err), OK);
    cr_assert_eq(rest_page_read(&rest, list, &page), OK);
    *is_fine = rest.problem_count == 0;
    return page;
}

static str_t token_query(str_t token) {
    return arena_format(call.arena, "page_token=%.*s", STR_ARG(token));
}

// A token of LIST behind row usr_9.
static str_t token_of(const char *member, const store_page_t *page) {
    const store_paged_t found = {.count = 2,
                                 .has_more = true,
                                 .first = {1699999999000001, STR("usr_8")},
                                 .last = {1700000000000001, STR("usr_9")},
                                 .total = 7};
    SCOPED(json_t) answer = json_object();
    str_t token;
    cr_assert_eq(rest_page_add(&rest, &LIST, page, &found, answer), OK);
    cr_assert(json_get_str(answer, member, &token));
    return arena_dup(call.arena, token);
}

Test(handle_rest_page, a_token_leads_behind_the_last_row_and_before_the_first) {
    const store_page_t middle = {.position = {1, STR("usr_1")}, .size = 2};
    bool is_fine;
    const store_page_t next =
        read(&LIST, token_query(token_of("next_page_token", &middle)), &is_fine);
    cr_assert(is_fine && !next.is_backward && next.size == 10);
    cr_assert_eq(next.position.at_us, 1700000000000001);
    cr_assert(str_eq(next.position.id, STR("usr_9")));
    const store_page_t before =
        read(&LIST, token_query(token_of("prev_page_token", &middle)), &is_fine);
    cr_assert(is_fine && before.is_backward);
    cr_assert(str_eq(before.position.id, STR("usr_8")));
}

Test(handle_rest_page, the_first_page_has_none_before_it) {
    const store_page_t first = {.size = 2};
    cr_assert_eq(token_of("prev_page_token", &first).len, 0);
    cr_assert_gt(token_of("next_page_token", &first).len, 0);
}

Test(handle_rest_page, p_rest_10_a_token_of_another_list_filter_or_key_is_refused) {
    static const str_t OTHER_ORGANIZATION[] = {{"org_2", 5}, {"", 0}};
    static const str_t OTHER_SPLIT[] = {{"org_", 4}, {"1", 1}};
    static const rest_list_t OTHERS[] = {
        {.name = "members", .filters = {FILTERS, 2}, .size_max = 100},
        {.name = "users", .filters = {OTHER_ORGANIZATION, 2}, .size_max = 100},
        {.name = "users", .filters = {OTHER_SPLIT, 2}, .size_max = 100},
        {.name = "users", .filters = {FILTERS, 1}, .size_max = 100},
    };
    const store_page_t first = {.size = 2};
    const str_t query = token_query(token_of("next_page_token", &first));
    bool is_fine;
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        read(&OTHERS[i], query, &is_fine);
        cr_assert_not(is_fine, "%zu", i);
    }
    read(&LIST, query, &is_fine);
    cr_assert(is_fine);
    const uint8_t other[32] = {9};
    master_free(&master);
    cr_assert_eq(master_from_bytes((bytes_t){other, sizeof(other)}, &master, &call.err), OK);
    call.master = master;
    read(&LIST, query, &is_fine);
    cr_assert_not(is_fine);
}

Test(handle_rest_page, p_rest_10_no_octet_of_a_token_can_be_changed) {
    const store_page_t first = {.size = 2};
    const str_t token = token_of("next_page_token", &first);
    bytes_t octets;
    bool is_fine;
    cr_assert(base64url_decode(call.arena, token, &octets));
    for (size_t i = 0; i < octets.len; i++) {
        uint8_t *changed = arena_alloc(call.arena, octets.len);
        memcpy(changed, octets.ptr, octets.len);
        changed[i] ^= 1;
        read(&LIST, token_query(base64url_encode(call.arena, (bytes_t){changed, octets.len})),
             &is_fine);
        cr_assert_not(is_fine, "%zu", i);
        read(&LIST, token_query(base64url_encode(call.arena, (bytes_t){octets.ptr, i})), &is_fine);
        cr_assert_eq(is_fine, i == 0, "cut to %zu", i); // an empty token is none
    }
}

Test(handle_rest_page, p_rest_10_sizes_are_bounded) {
    static const struct {
        const char *query;
        int64_t size; // 0: refused
    } CASES[] = {{"", 10},
                 {"page_size=", 10},
                 {"page_size=0", 10},
                 {"page_size=1", 1},
                 {"page_size=100", 100},
                 {"page_size=101", 0},
                 {"page_size=-1", 0},
                 {"page_size=1000000000", 0},
                 {"page_size=99999999999999999999", 0},
                 {"page_size=1&page_size=1", 0}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        bool is_fine;
        const store_page_t page = read(&LIST, str_from_c(CASES[i].query), &is_fine);
        cr_assert_eq(is_fine, CASES[i].size > 0, "%s", CASES[i].query);
        cr_assert(!is_fine || page.size == CASES[i].size, "%s", CASES[i].query);
    }
}
