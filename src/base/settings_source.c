#include "base/settings_source.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FILE_MAX = 64 * 1024,
    PAIRS_MAX = 256,
    NAME_MAX_LEN = 64,
    HINT_DISTANCE_MAX = 3,
};

static const str_t PREFIX = {"GATEHOUSE_", 10};

void settings_problem_add(arena_t *arena, settings_problems_t *problems, str_t name,
                          str_t sentence) {
    if (problems->count < SETTINGS_PROBLEMS_MAX) {
        problems->text[problems->count++] =
            arena_format(arena, "%.*s %.*s.", STR_ARG(name), STR_ARG(sentence));
    }
}

// Returns what is wrong with the file as a whole, or an empty text.
static str_t file_slurp(arena_t *arena, const char *path, str_t *out) {
    FILE *file = fopen(path, "re");
    if (!file) {
        return arena_format(arena, "cannot be opened: %s", strerror(errno));
    }
    char *text = arena_alloc(arena, FILE_MAX + 1);
    const size_t len = fread(text, 1, FILE_MAX + 1, file);
    const bool is_broken = ferror(file);
    fclose(file);
    if (is_broken || len > FILE_MAX) {
        return is_broken ? STR("cannot be read") : STR("is longer than 65536 octets");
    }
    *out = (str_t){text, len};
    return str_is_utf8(*out) ? STR("") : STR("is not UTF-8 text");
}

static bool is_name(str_t name) {
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];
        const bool is_digit = c >= '0' && c <= '9';
        if ((c < 'A' || c > 'Z') && c != '_' && !(is_digit && i > 0)) {
            return false;
        }
    }
    return name.len > 0;
}

// Takes the quotes off; false if one is open, or stands where it would end the value early.
static bool value_unquote(str_t *value) {
    const char quote = value->len ? value->ptr[0] : '\0';
    if (quote != '"' && quote != '\'') {
        return true;
    }
    const str_t inner = str_sub(*value, 1, value->len);
    if (str_find(inner, quote) + 1 != inner.len) {
        return false;
    }
    *value = str_sub(inner, 0, inner.len - 1);
    return true;
}

static const settings_pair_t *file_find(const settings_file_t *file, str_t name) {
    for (size_t i = 0; i < file->count; i++) {
        if (str_eq(file->pairs[i].name, name)) {
            return &file->pairs[i];
        }
    }
    return NULL;
}

// Returns what is wrong with the line, or an empty text. The line itself may hold a secret and is
// never quoted.
static str_t line_parse(str_t line, const settings_file_t *so_far, settings_pair_t *out) {
    const size_t equals = str_find(line, '=');
    *out = (settings_pair_t){
        .name = str_trim(str_sub(line, 0, equals)),
        .value = str_trim(str_sub(line, equals + 1, line.len)),
    };
    if (equals == line.len || !is_name(out->name)) {
        return STR("is not of the form NAME=value");
    }
    if (!value_unquote(&out->value)) {
        return STR("has a quote that does not close at the end of the line");
    }
    if (file_find(so_far, out->name)) {
        return STR("sets a name a second time");
    }
    return so_far->count == PAIRS_MAX ? STR("is one too many") : STR("");
}

void settings_file_read(arena_t *arena, const char *path, settings_file_t *out,
                        settings_problems_t *problems) {
    str_t text = STR("");
    settings_pair_t *pairs = ARENA_ARRAY(arena, settings_pair_t, PAIRS_MAX + 1);
    *out = (settings_file_t){pairs, 0};
    const str_t unusable = file_slurp(arena, path, &text);
    if (unusable.len) {
        settings_problem_add(arena, problems, arena_format(arena, "The file %s", path), unusable);
        return;
    }
    for (int number = 1; text.len; number++) {
        const size_t end = str_find(text, '\n');
        const str_t line = str_trim(str_sub(text, 0, end));
        text = str_sub(text, end + 1, text.len);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        const str_t problem = line_parse(line, out, &pairs[out->count]);
        if (problem.len) {
            const str_t where = arena_format(arena, "Line %d of %s", number, path);
            settings_problem_add(arena, problems, where, problem);
        } else {
            out->count++;
        }
    }
}

str_t settings_source_get(const settings_file_t *file, const char *name) {
    const str_t from_environment = str_from_c(getenv(name));
    if (from_environment.len) {
        return from_environment;
    }
    const settings_pair_t *pair = file_find(file, str_from_c(name));
    return pair ? pair->value : STR("");
}

static size_t least(size_t a, size_t b, size_t c) {
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// How many letters to add, drop or change (Levenshtein). Both at most NAME_MAX_LEN long.
static size_t name_distance(str_t a, str_t b) {
    size_t row[NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t changed = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b.len];
}

typedef struct {
    arena_t *arena;
    const char *const *names;
    size_t count;
    settings_problems_t *problems;
} checker_t;

static void check_name(const checker_t *checker, str_t name) {
    if (!str_starts(name, PREFIX)) {
        return;
    }
    str_t nearest = STR("");
    size_t nearest_distance = HINT_DISTANCE_MAX + 1;
    for (size_t i = 0; i < checker->count; i++) {
        const str_t known = str_from_c(checker->names[i]);
        if (str_eq(name, known)) {
            return;
        }
        const size_t distance = name.len > NAME_MAX_LEN ? SIZE_MAX : name_distance(name, known);
        if (distance < nearest_distance) {
            nearest = known;
            nearest_distance = distance;
        }
    }
    const str_t sentence =
        nearest.len ? arena_format(checker->arena, "is not a setting: perhaps %.*s was meant",
                                   STR_ARG(nearest))
                    : STR("is not a setting");
    settings_problem_add(checker->arena, checker->problems, name, sentence);
}

void settings_source_check(arena_t *arena, const settings_file_t *file, const char *const *names,
                           size_t count, settings_problems_t *problems) {
    const checker_t checker = {arena, names, count, problems};
    for (size_t i = 0; i < file->count; i++) {
        check_name(&checker, file->pairs[i].name);
    }
    for (char **each = environ; *each; each++) {
        const str_t entry = str_from_c(*each);
        const str_t name = str_sub(entry, 0, str_find(entry, '='));
        if (!file_find(file, name)) {
            check_name(&checker, name);
        }
    }
}
