// Files that the build put into the binary (tools/embed.cmake): migrations, templates, assets.
// Immutable and static: valid for the life of the process, from any thread.
#pragma once
#include "base/str.h"

typedef struct {
    str_t name;                 // path below the embedded root, '/' separated
    const unsigned char *begin; // a NUL follows `end`
    const unsigned char *end;
} embed_file_t;

extern const embed_file_t embed_sql[];
extern const size_t embed_sql_count;
extern const embed_file_t embed_templates[];
extern const size_t embed_templates_count;

static inline str_t embed_text(const embed_file_t *file) {
    return (str_t){(const char *)file->begin, (size_t)(file->end - file->begin)};
}
