#include "base/settings_parse.h"
#include "base/email.h"
#include "base/encode.h"

enum { TEXT_MAX = 200, PATH_MAX_LEN = 4096, URL_MAX_LEN = 2048 };

static void *member(const setting_t *row, settings_t *out) {
    return (char *)out + row->offset;
}

str_t parse_setting_switch(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)arena;
    const bool is_on = str_eq(value, STR("on"));
    if (!is_on && !str_eq(value, STR("off"))) {
        return STR("must be on or off");
    }
    *(bool *)member(row, out) = is_on;
    return STR("");
}

str_t parse_setting_number(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    uint64_t number;
    if (!str_to_u64(value, (uint64_t)row->max, &number) || (int64_t)number < row->min) {
        return arena_format(arena, "must be a whole number from %lld to %lld", (long long)row->min,
                            (long long)row->max);
    }
    *(int *)member(row, out) = (int)number;
    return STR("");
}

static bool is_line(str_t value, size_t max) {
    return value.len <= max && str_is_utf8(value) && !str_has_control(value);
}

str_t parse_setting_text(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    if (!is_line(value, TEXT_MAX)) {
        return arena_format(arena, "must be one line of at most %d octets", TEXT_MAX);
    }
    *(str_t *)member(row, out) = arena_dup(arena, value);
    return STR("");
}

str_t parse_setting_path(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    if (!is_line(value, PATH_MAX_LEN)) {
        return STR("must be the path of a file or folder");
    }
    *(str_t *)member(row, out) = arena_dup(arena, value);
    return STR("");
}

// These become href attributes: no other scheme (javascript:), nothing that a browser would mend.
str_t parse_setting_url(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    const size_t scheme = str_starts(value, STR("https://"))  ? 8
                          : str_starts(value, STR("http://")) ? 7
                                                              : 0;
    bool is_plain = value.len > scheme && value.len <= URL_MAX_LEN && value.ptr[scheme] != '/';
    for (size_t i = 0; i < value.len && is_plain; i++) {
        is_plain = value.ptr[i] > ' ' && value.ptr[i] < 0x7F && !strchr("\"'<>\\`", value.ptr[i]);
    }
    if (!scheme || !is_plain) {
        return STR(
            "must be a URL that starts with https:// or http://, with other characters than "
            "ASCII percent-encoded");
    }
    *(str_t *)member(row, out) = arena_dup(arena, value);
    return STR("");
}

str_t parse_setting_accent(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    char lower[7] = "#";
    for (size_t i = 1; i < sizeof lower && i < value.len; i++) {
        const char c = value.ptr[i];
        lower[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    bytes_t rgb;
    if (value.len != sizeof lower || value.ptr[0] != '#' ||
        !hex_decode(arena, (str_t){lower + 1, 6}, &rgb)) {
        return STR("must be a colour of the form #rrggbb");
    }
    *(str_t *)member(row, out) = arena_dup(arena, (str_t){lower, sizeof lower});
    return STR("");
}

str_t parse_setting_locale(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    if (!str_list_has(STR("en de ar"), value)) {
        return STR("must be en, de or ar");
    }
    *(str_t *)member(row, out) = arena_dup(arena, value);
    return STR("");
}

str_t parse_setting_log_format(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)arena;
    (void)row;
    out->is_log_json = str_eq(value, STR("json"));
    return out->is_log_json || str_eq(value, STR("text")) ? STR("") : STR("must be text or json");
}

str_t parse_setting_simulator(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)arena;
    (void)row;
    if (str_eq(value, STR("on"))) {
        out->simulator = SIMULATOR_ON;
    } else if (str_eq(value, STR("force"))) {
        out->simulator = SIMULATOR_FORCED;
    } else if (!str_eq(value, STR("off"))) {
        return STR("must be on, off or force");
    }
    return STR("");
}

str_t parse_setting_log_level(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    static const char *const NAMES[] = {
        [LOG_LEVEL_DEBUG] = "debug",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_WARN] = "warn",
        [LOG_LEVEL_ERROR] = "error",
    };
    (void)arena;
    (void)row;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (str_eq(value, str_from_c(NAMES[i]))) {
            out->log_level = (log_level_t)i;
            return STR("");
        }
    }
    return STR("must be debug, info, warn or error");
}

// Either form of libpq; libpq itself judges the rest when it connects.
str_t parse_setting_database_url(arena_t *arena, const setting_t *row, str_t value,
                                 settings_t *out) {
    (void)row;
    const bool is_url =
        str_starts(value, STR("postgresql://")) || str_starts(value, STR("postgres://"));
    if (!is_line(value, URL_MAX_LEN) || (!is_url && str_find(value, '=') == value.len)) {
        return STR(
            "must be a PostgreSQL connection URL, for example "
            "postgresql://gatehouse@localhost/gatehouse");
    }
    out->database_url = arena_dup(arena, value);
    return STR("");
}

// "Name <address>", the name perhaps in double quotes, or only an address.
str_t parse_setting_mail_from(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)row;
    str_t name = STR("");
    str_t address = value;
    const size_t open = str_find(value, '<');
    if (open < value.len && str_ends(value, STR(">"))) {
        name = str_trim(str_sub(value, 0, open));
        address = str_sub(value, open + 1, value.len - 1);
    }
    if (name.len >= 2 && str_starts(name, STR("\"")) && str_ends(name, STR("\""))) {
        name = str_sub(name, 1, name.len - 1);
    }
    email_t email;
    // A control, CR and LF above all, would be a header of its own in every mail (CWE-93).
    if (!is_line(value, TEXT_MAX + EMAIL_MAX) || str_find(name, '"') < name.len ||
        email_parse(arena, address, &email, NULL) != OK) {
        return STR("must be an email address, or a name and an address: Name <login@example.com>");
    }
    out->mail_from = (settings_mailbox_t){arena_dup(arena, name), email.display};
    return STR("");
}
