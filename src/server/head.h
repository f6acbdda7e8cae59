// The head of a request as it came over the wire, parsed a second time and strictly: h2o accepts
// what two servers in a row may read in two ways (two Content-Length, Content-Length beside
// Transfer-Encoding, two Host, bare LF, folded lines), and that is how requests are smuggled
// (RFC 9112 11.2). Pure; slices point into the octets given.
#pragma once
#include "base/str.h"

enum {
    HEAD_MAX = 16 * 1024,       // octets of the whole head: more is 431
    HEAD_TARGET_MAX = 8 * 1024, // octets of the request target: more is 414
    HEAD_FIELDS_MAX = 100,
};

typedef struct {
    str_t name;  // compare without regard to case
    str_t value; // white space around it is off; no controls but HTAB
} head_field_t;

typedef struct {
    str_t method;
    str_t target;
    int minor; // HTTP/1.minor
    head_field_t fields[HEAD_FIELDS_MAX];
    size_t count;
    bool is_chunked;
} head_t;

// 0, or the status to refuse with: 400, 414 or 431. The connection ends after a refusal, since
// where the next request would begin is in doubt. `octets` may hold more than the head.
int head_parse(str_t octets, head_t *out);

// The number of fields of this name; `out` is the first one's value, empty if there is none.
size_t head_get(const head_t *head, const char *name, str_t *out);
