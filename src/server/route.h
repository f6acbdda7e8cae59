// Which row of the table a request is for. Matching is on the raw path, octet by octet: nothing is
// decoded, no dot is resolved, so nothing can be hidden from it (P-HTTP-08). Pure.
#pragma once
#include "handle/handle.h"

typedef struct {
    const route_t *rows;
    size_t count;
} routes_t;

typedef struct {
    const route_t *row;  // NULL: no such path, or not with this method
    const route_t *path; // a row of the same path with another method, for is_page
    unsigned methods;    // bit (1 << method_t) for each method that the path has
} route_match_t;

// A row whose path ends in '*' stands for every path below; an exact row goes first.
route_match_t route_find(const routes_t *routes, method_t method, str_t path);

// The value of Allow for a path's methods (RFC 9110 10.2.1), static.
str_t route_allow(unsigned methods);

// The largest body that any row takes.
size_t route_body_max(const routes_t *routes);
