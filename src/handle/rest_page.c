#include "handle/rest_page.h"
#include "base/encode.h"
#include "crypto/hash.h"

enum { TOKEN_MAX = 512, MAC_LEN = 16, FILTERS_MAX = 12 };

// The list and its filters are in the keyed hash and not in the token.
static result_t token_mac(rest_t *rest, const rest_list_t *list, str_t text, hash256_t *out) {
    call_t *call = rest->call;
    bytes_t parts[FILTERS_MAX + 2] = {str_bytes(str_from_c(list->name)), str_bytes(text)};
    size_t count = 2;
    if (list->filters.count > FILTERS_MAX) {
        return FAIL(&call->err, INTERNAL, "page_filters", "list %s has too many filters",
                    list->name);
    }
    for (size_t i = 0; i < list->filters.count; i++) {
        parts[count++] = str_bytes(list->filters.items[i]);
    }
    return master_keyed_hash(call->master, "page token", (bytes_list_t){parts, count}, out,
                             &call->err);
}

static result_t token_make(rest_t *rest, const rest_list_t *list, bool is_backward,
                           const store_position_t *position, str_t *out) {
    arena_t *arena = rest->call->arena;
    const str_t text = arena_format(arena, "%c%lld %.*s", is_backward ? '<' : '>',
                                    (long long)position->at_us, STR_ARG(position->id));
    hash256_t mac;
    TRY(token_mac(rest, list, text, &mac));
    buf_t token = buf_new(arena, MAC_LEN + text.len);
    buf_add(&token, (str_t){(const char *)mac.bytes, MAC_LEN});
    buf_add(&token, text);
    *out = base64url_encode(arena, str_bytes(buf_str(&token)));
    return OK;
}

static bool text_parse(str_t text, store_page_t *out) {
    const size_t end = str_find(text, ' ');
    uint64_t at_us;
    if (!str_to_u64(str_sub(text, 1, end), INT64_MAX, &at_us)) {
        return false;
    }
    out->is_backward = text.ptr[0] == '<';
    out->position = (store_position_t){(int64_t)at_us, str_sub(text, end + 1, text.len)};
    return true;
}

static result_t token_read(rest_t *rest, const rest_list_t *list, str_t token, bool *out_is_ours,
                           store_page_t *out) {
    bytes_t octets;
    hash256_t mac;
    *out_is_ours = false;
    if (token.len > TOKEN_MAX || !base64url_decode(rest->call->arena, token, &octets) ||
        octets.len <= MAC_LEN) {
        return OK;
    }
    const bytes_t shown = {octets.ptr, MAC_LEN};
    const str_t text = {(const char *)octets.ptr + MAC_LEN, octets.len - MAC_LEN};
    TRY(token_mac(rest, list, text, &mac));
    *out_is_ours = secret_equal(shown, (bytes_t){mac.bytes, MAC_LEN}) && text_parse(text, out);
    return OK;
}

result_t rest_page_read(rest_t *rest, const rest_list_t *list, store_page_t *out) {
    store_page_t page = {.size = 0};
    str_t token;
    bool is_ours = true;
    // 0 is what an unset number looks like to many clients.
    (void)!rest_query_int(rest, "page_size", (rest_range_t){.max = list->size_max}, &page.size);
    page.size = page.size ? page.size : list->size_default;
    if (rest_query_text(rest, "page_token", (rest_length_t){.max = TOKEN_MAX}, &token)) {
        TRY(token_read(rest, list, token, &is_ours, &page));
    }
    if (!is_ours) {
        rest_problem(rest, STR("page_token"), "pattern", "is no token of this list");
    }
    *out = page;
    return OK;
}

static bool is_start(const store_page_t *page) {
    return page->position.id.len == 0;
}

result_t rest_page_add(rest_t *rest, const rest_list_t *list, const store_page_t *page,
                       const store_paged_t *found, json_t *answer) {
    // What a page was asked from lies on its other side: there is a page there too.
    const bool has_next = found->count && (page->is_backward || found->has_more);
    const bool has_before = found->count && (page->is_backward ? found->has_more : !is_start(page));
    str_t next = STR_NONE, before = STR_NONE;
    if (has_next) {
        TRY(token_make(rest, list, false, &found->last, &next));
    }
    if (has_before) {
        TRY(token_make(rest, list, true, &found->first, &before));
    }
    rest_add_text(rest, answer, "next_page_token", next);
    rest_add_text(rest, answer, "prev_page_token", before);
    rest_add_int(rest, answer, "total_size", found->total);
    return OK;
}
