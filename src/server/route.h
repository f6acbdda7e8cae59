// Which row of the table a request is for. Matching is on the raw path, octet by octet: nothing is
// decoded, no dot is resolved, so nothing can be hidden from it (P-HTTP-08). Pure; what is built
// once is read by all loops.
#pragma once
#include "handle/handle.h"

enum { ROUTE_SEGMENTS_MAX = 12 };

// All rows of one path.
typedef struct {
    str_t shape;       // its pattern with {} for each {name}
    size_t prefix_len; // octets of it that are literal from the start
    const route_t *rows[METHOD_COUNT];
    unsigned methods; // bit (1 << method_t) for each of them
} route_path_t;

typedef struct {
    const route_t *rows;
    size_t count;
    route_path_t *paths;                   // by number of segments, then the more literal first
    size_t begins[ROUTE_SEGMENTS_MAX + 2]; // paths of n segments: [begins[n], begins[n + 1])
} routes_t;

// `rows` outlive `out`; what is built is the arena's. A table that says a thing twice, or a pattern
// that is none, is a programmer's mistake.
void route_build(arena_t *arena, const route_t *rows, size_t count, routes_t *out);

typedef struct {
    const route_t *row;  // NULL: no such path, or not with this method
    const route_t *path; // a row of the same path with another method, for is_page and is_api
    unsigned methods;    // bit (1 << method_t) for each method that the path has
    str_t params[ROUTE_PARAMS_MAX];
} route_match_t;

// A literal segment goes before a {name}, and both go before a row whose path ends in '*'. A {name}
// stands for 1 to ROUTE_PARAM_MAX letters, digits, "-_.@~" and "%XX", and never for "." and "..",
// however they are written: what a proxy resolves on its way to us would be another path.
route_match_t route_find(const routes_t *routes, method_t method, str_t path);

// The value of Allow for a path's methods (RFC 9110 10.2.1).
str_t route_allow(arena_t *arena, unsigned methods);

// "GET": the name of a method, static.
const char *route_method_name(method_t method);

// The largest body that any row takes.
size_t route_body_max(const routes_t *routes);
