#include "view/source.h"
#include "base/embed.h"
#include "base/scope.h"
#include <errno.h>
#include <stdio.h>

SCOPED_BY(FILE, fclose)

// NOT_FOUND: the operator does not replace this file.
static result_t file_read(arena_t *arena, const char *path, str_t *out, err_t *err) {
    SCOPED(FILE) file = fopen(path, "rbe");
    if (!file) {
        return errno == ENOENT ? NOT_FOUND
                               : FAIL(err, BAD_REQUEST, "template_invalid", "%s: %s", path,
                                      strerrordesc_np(errno));
    }
    char *text = arena_alloc(arena, SOURCE_MAX + 1);
    const size_t len = fread(text, 1, SOURCE_MAX + 1, file);
    if (ferror(file)) {
        return FAIL(err, BAD_REQUEST, "template_invalid", "%s: cannot be read", path);
    }
    *out = (str_t){text, len};
    return OK;
}

static result_t source_replace(arena_t *arena, str_t folder, source_t *source, err_t *err) {
    const str_t path = arena_format(arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(source->name));
    const result_t result = file_read(arena, path.ptr, &source->text, err);
    if (result == OK) {
        source->origin = path;
    }
    return result == NOT_FOUND ? OK : result;
}

static result_t source_check(source_t *source, err_t *err) {
    if (source->text.len > SOURCE_MAX) {
        return FAIL(err, BAD_REQUEST, "template_invalid", "%.*s: larger than %d octets",
                    STR_ARG(source->origin), SOURCE_MAX);
    }
    if (!str_is_utf8(source->text)) {
        return FAIL(err, BAD_REQUEST, "template_invalid", "%.*s: not UTF-8",
                    STR_ARG(source->origin));
    }
    if (str_ends(source->text, STR("\n"))) {
        source->text.len--;
    }
    return OK;
}

result_t sources_load(arena_t *arena, str_t folder, sources_t *out, err_t *err) {
    sources_t sources = {.items = ARENA_ARRAY(arena, source_t, embed_templates_count),
                         .count = embed_templates_count};
    for (size_t i = 0; i < sources.count; i++) {
        source_t *source = &sources.items[i];
        source->name = embed_templates[i].name;
        source->origin = arena_format(arena, "templates/%.*s", STR_ARG(source->name));
        source->text = embed_text(&embed_templates[i]);
        if (!str_is_empty(folder)) {
            TRY(source_replace(arena, folder, source, err));
        }
        TRY(source_check(source, err));
    }
    *out = sources;
    return OK;
}

const source_t *sources_use(const sources_t *sources, str_t name) {
    for (size_t i = 0; i < sources->count; i++) {
        if (str_eq(sources->items[i].name, name)) {
            sources->items[i].is_used = true;
            return &sources->items[i];
        }
    }
    return NULL;
}

result_t sources_check_used(const sources_t *sources, err_t *err) {
    for (size_t i = 0; i < sources->count; i++) {
        if (!sources->items[i].is_used) {
            return FAIL(err, BAD_REQUEST, "template_invalid", "%.*s:1: no view uses this file",
                        STR_ARG(sources->items[i].origin));
        }
    }
    return OK;
}
