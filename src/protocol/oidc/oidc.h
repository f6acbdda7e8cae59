// What the files of this folder share: lists, and the way in which a request can be wrong.
#pragma once
#include "base/arena.h"
#include "base/result.h"

typedef struct {
    const str_t *items;
    size_t count;
} oidc_list_t;

// A defect of a request is an answer to its sender, not a failure of ours, so it travels as data.
// `error` is a code of RFC 6749 4.1.2.1 or 5.2 or of OpenID Connect Core 3.1.2.6, static; NULL:
// there is no defect. `text` is for error_description: static ASCII without quotes and backslashes.
typedef struct {
    const char *error;
    str_t text;
} oidc_defect_t;

static inline oidc_defect_t oidc_defect(const char *error, const char *text) {
    return (oidc_defect_t){error, str_from_c(text)};
}
