#include "base/log.h"
#include "base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <unictype.h>
#include <unistd.h>
#include <unistr.h>

enum {
    VALUE_MAX = 256,
    LINE_MAX_LEN = 16 * 1024,
    // A value of VALUE_MAX octets as \uXXXX each, and room for a key, quotes and the end of line.
    FIELD_WORST = VALUE_MAX * 6 + 128,
};

typedef struct {
    char text[LINE_MAX_LEN];
    size_t len;
} line_t;

static log_level_t log_lowest = LOG_LEVEL_INFO;
static bool log_is_json = false;

void log_configure(log_level_t lowest, bool is_json) {
    log_lowest = lowest;
    log_is_json = is_json;
}

static const char *level_name(log_level_t level) {
    switch (level) {
    case LOG_LEVEL_DEBUG:
        return "debug";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_WARN:
        return "warn";
    case LOG_LEVEL_ERROR:
        return "error";
    }
    return "error";
}

static void line_add(line_t *line, str_t s) {
    const size_t room = sizeof line->text - line->len;
    const size_t len = s.len < room ? s.len : room;
    if (len) {
        memcpy(line->text + line->len, s.ptr, len);
    }
    line->len += len;
}

static void line_add_c(line_t *line, const char *c) {
    line_add(line, str_from_c(c));
}

// What could end the line, drive a terminal, hide or reorder text, or break the quotes (CWE-117).
static bool is_escaped(ucs4_t c) {
    return c == '"' || c == '\\' || c == 0xFFFD ||
           uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl |
                                                   UC_CATEGORY_MASK_Zp);
}

// As in a JSON string (RFC 8259 7), in both formats.
static void line_add_escape(line_t *line, ucs4_t c) {
    char escape[16];
    if (c == '"' || c == '\\') {
        snprintf(escape, sizeof escape, "\\%c", (char)c);
    } else if (c > 0xFFFF) {
        snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
                 0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
        snprintf(escape, sizeof escape, "\\u%04x", c);
    }
    line_add_c(line, escape);
}

static void line_add_quoted(line_t *line, str_t s) {
    line_add_c(line, "\"");
    for (size_t i = 0; i < s.len;) {
        ucs4_t c; // U+FFFD where the text is not UTF-8
        const int len = u8_mbtouc(&c, (const uint8_t *)s.ptr + i, s.len - i);
        if (is_escaped(c)) {
            line_add_escape(line, c);
        } else {
            line_add(line, str_sub(s, i, i + (size_t)len));
        }
        i += (size_t)len;
    }
    line_add_c(line, "\"");
}

static bool is_bare(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\') {
            return false;
        }
    }
    return s.len > 0;
}

// At most VALUE_MAX octets, not ending inside a character.
static str_t value_cut(str_t s) {
    if (s.len <= VALUE_MAX) {
        return s;
    }
    size_t end = VALUE_MAX;
    while (end > VALUE_MAX - 3 && ((uint8_t)s.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    return str_sub(s, 0, end);
}

static void line_add_key(line_t *line, const char *key) {
    if (!log_is_json) {
        line_add_c(line, line->len ? " " : "");
        line_add_c(line, key);
        line_add_c(line, "=");
        return;
    }
    line_add_c(line, line->len ? ",\"" : "{\"");
    line_add_c(line, key);
    line_add_c(line, "\":");
}

static void line_add_text(line_t *line, const char *key, str_t text) {
    line_add_key(line, key);
    const str_t value = value_cut(text);
    if (!log_is_json && is_bare(value)) {
        line_add(line, value);
    } else {
        line_add_quoted(line, value);
    }
}

static void line_add_number(line_t *line, const char *key, int64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    line_add_key(line, key);
    line_add_c(line, digits);
}

// A line that cannot be written is lost: there is nobody left to tell.
static void line_write(const line_t *line) {
    ssize_t written;
    do {
        written = write(STDERR_FILENO, line->text, line->len);
    } while (written < 0 && errno == EINTR);
}

void log_event(log_level_t level, const char *event, const log_field_t *fields, size_t count) {
    if (level < log_lowest) {
        return;
    }
    line_t line;
    line.len = 0;
    char now[TIME_RFC3339_SIZE];
    time_rfc3339_to(clock_wall_ms(), now);
    line_add_text(&line, "time", str_from_c(now));
    line_add_text(&line, "level", str_from_c(level_name(level)));
    line_add_text(&line, "event", str_from_c(event));
    for (size_t i = 0; i < count && line.len + FIELD_WORST < sizeof line.text; i++) {
        if (fields[i].is_number) {
            line_add_number(&line, fields[i].key, fields[i].number);
        } else {
            line_add_text(&line, fields[i].key, fields[i].text);
        }
    }
    line_add_c(&line, log_is_json ? "}\n" : "\n");
    line_write(&line);
}
