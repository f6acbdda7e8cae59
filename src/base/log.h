// One line an event to stderr, key=value or JSON. Only handle/ and server/ (and main) log. Any
// thread: a line is one write(2).
#pragma once
#include "base/str.h"

typedef enum { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR } log_level_t;

typedef struct {
    const char *key;
    str_t text; // used when is_number is false
    int64_t number;
    bool is_number;
} log_field_t;

#define LOG_S(key_, text_) ((log_field_t){.key = (key_), .text = (text_)})
#define LOG_N(key_, number_)                                                                       \
    ((log_field_t){.key = (key_), .number = (int64_t)(number_), .is_number = true})

// Process-wide, set once before threads start.
void log_configure(log_level_t lowest, bool is_json);

// Values are escaped (quotes, controls, invalid UTF-8) and cut at 256 octets: CWE-117.
void log_event(log_level_t level, const char *event, const log_field_t *fields, size_t count);

#define LOG(level, event, ...)                                                                     \
    log_event((level), (event), (const log_field_t[]){__VA_ARGS__},                                \
              sizeof((const log_field_t[]){__VA_ARGS__}) / sizeof(log_field_t))
