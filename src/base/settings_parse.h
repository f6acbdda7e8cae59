// Parsers of single settings. For settings.c only. Each returns an empty text, or the rest of a
// sentence that begins with the variable's name; the value is never quoted, it may be a secret.
#pragma once
#include "base/settings.h"

typedef struct setting setting_t;
typedef str_t setting_parse_t(arena_t *arena, const setting_t *row, str_t value, settings_t *out);

struct setting {
    const char *name;
    setting_parse_t *parse;
    size_t offset; // of the member that parsers of general types fill
    int64_t min;   // parse_setting_number
    int64_t max;
    const char *standard; // the value if none is given; NULL: none
    bool is_required;
};

// General types: they fill the member at `offset`.
setting_parse_t parse_setting_switch; // "on" or "off" to bool
setting_parse_t parse_setting_number; // min to max to int
setting_parse_t parse_setting_text;   // one line to str_t
setting_parse_t parse_setting_path;   // to str_t
setting_parse_t parse_setting_url;    // http or https to str_t
setting_parse_t parse_setting_accent;
setting_parse_t parse_setting_locale;

// Particular settings.
setting_parse_t parse_setting_log_format;
setting_parse_t parse_setting_log_level;
setting_parse_t parse_setting_simulator; // "off", "on" or "force"
setting_parse_t parse_setting_database_url;
setting_parse_t parse_setting_mail_from;

// settings_network.c
setting_parse_t parse_setting_issuer;
setting_parse_t parse_setting_listen;
setting_parse_t parse_setting_smtp_url;
setting_parse_t parse_setting_proxies;
setting_parse_t parse_setting_outbound_allow;
setting_parse_t parse_setting_dns_servers;

// True for localhost, names below it (RFC 6761 6.3), 127.0.0.0/8 and ::1 with or without brackets.
bool settings_host_is_loopback(str_t host);
