// Pages of lists (api.md 2): page_size and page_token in, next_page_token, prev_page_token and
// total_size out. A token is opaque, sealed by a keyed hash, and good for the list and the filters
// that it was made for only (P-REST-10).
#pragma once
#include "handle/rest.h"
#include "store/page.h"

typedef struct {
    const char *name;    // "organizations": no two lists have the same
    flow_list_t filters; // all that narrows it, an organization's id too, in a fixed order
    int64_t size_default, size_max;
} rest_list_t;

// Reads the query. A token that is forged or of another list is noted as a problem.
MUST_USE result_t rest_page_read(rest_t *rest, const rest_list_t *list, store_page_t *out);

// Adds the three members to the answer.
MUST_USE result_t rest_page_add(rest_t *rest, const rest_list_t *list, const store_page_t *page,
                                const store_paged_t *found, json_t *answer);
