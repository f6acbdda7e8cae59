// What the operator may set: environment variables, or a file of KEY=VALUE lines with the same
// names. Read once at the start, immutable afterwards and then readable from any thread. No default
// weakens security: what must be chosen by the operator is required.
#pragma once
#include "base/arena.h"
#include "base/log.h"
#include "base/result.h"

typedef struct {
    str_t host;    // as for getaddrinfo: no brackets around an IPv6 address; never empty
    uint16_t port; // 0: the kernel chooses
} settings_listen_t;

typedef struct {
    uint8_t address[16]; // network order; an IPv4 network has only the first four octets
    int prefix;          // bits
    bool is_v6;
} settings_network_t;

typedef struct {
    uint8_t address[16]; // network order; IPv4 has only the first four octets
    bool is_v6;
    uint16_t port;
} settings_dns_server_t;

typedef enum {
    SMTP_TLS_REQUIRED, // STARTTLS or no mail
    SMTP_TLS_OPTIONAL, // STARTTLS where the server offers it
    SMTP_TLS_OFF,      // plain text
    SMTP_TLS_IMPLICIT, // smtps://: TLS from the first octet
} smtp_tls_t;

// The built-in identity provider for developers, where everybody may be anybody.
typedef enum { SIMULATOR_OFF, SIMULATOR_ON, SIMULATOR_FORCED } simulator_t;

typedef struct {
    str_t url; // smtp[s]://host[:port], the form libcurl takes: no user, password or query
    str_t host;
    uint16_t port;     // 25 for smtp, 465 for smtps unless given
    str_t user;        // percent-decoded; empty: no authentication
    secret_t password; // percent-decoded
    smtp_tls_t tls;
} settings_smtp_t;

typedef struct {
    str_t name;    // display name, may be empty; UTF-8 without controls
    str_t address; // as email_parse displays it
} settings_mailbox_t;

typedef struct {
    str_t issuer;        // GATEHOUSE_ISSUER: an origin, for example https://login.example.com
    str_t issuer_origin; // the same, in the serialization of a browser's Origin header
    str_t issuer_host;   // its host without port, the WebAuthn rp id; IPv6 keeps its brackets
    uint16_t issuer_port;
    bool is_https;

    str_t database_url;       // GATEHOUSE_DATABASE_URL; holds a password: never log it
    settings_listen_t listen; // GATEHOUSE_LISTEN
    str_t tls_certificate;    // GATEHOUSE_TLS_CERTIFICATE: a path; empty: plain HTTP
    str_t tls_key;            // GATEHOUSE_TLS_KEY: a path; empty exactly if tls_certificate is
    str_t master_key_file;    // GATEHOUSE_MASTER_KEY_FILE: a path

    settings_smtp_t smtp;         // GATEHOUSE_SMTP_URL
    settings_mailbox_t mail_from; // GATEHOUSE_MAIL_FROM

    const settings_network_t *trusted_proxies; // GATEHOUSE_TRUSTED_PROXIES
    size_t trusted_proxies_count;

    // Networks that remote/ may reach though they are none of the public internet's.
    const settings_network_t *outbound_allow; // GATEHOUSE_OUTBOUND_ALLOW
    size_t outbound_allow_count;
    const settings_dns_server_t *dns_servers; // GATEHOUSE_DNS_SERVERS; none: the system's
    size_t dns_servers_count;

    int db_threads;        // GATEHOUSE_DB_THREADS
    int loop_threads;      // GATEHOUSE_LOOP_THREADS
    bool is_log_json;      // GATEHOUSE_LOG_FORMAT
    log_level_t log_level; // GATEHOUSE_LOG_LEVEL

    bool is_signup_on;              // GATEHOUSE_SIGNUP
    bool is_organization_signup_on; // GATEHOUSE_ORGANIZATION_SIGNUP; counts only with sign-up on
    simulator_t simulator;          // GATEHOUSE_SIMULATOR
    bool is_code_in_subject;        // GATEHOUSE_CODE_IN_SUBJECT
    bool is_link_same_browser;      // GATEHOUSE_LINK_SAME_BROWSER
    bool is_http_allowed;           // GATEHOUSE_ALLOW_HTTP

    int code_lifetime_s;         // GATEHOUSE_CODE_LIFETIME
    int session_lifetime_s;      // GATEHOUSE_SESSION_LIFETIME
    int session_idle_s;          // GATEHOUSE_SESSION_IDLE; 0: no idle limit
    int access_token_lifetime_s; // GATEHOUSE_ACCESS_TOKEN_LIFETIME
    int key_publish_before_s;    // GATEHOUSE_KEY_PUBLISH_BEFORE
    int invitation_lifetime_s;   // GATEHOUSE_INVITATION_LIFETIME

    str_t product_name;    // GATEHOUSE_PRODUCT_NAME
    str_t support_contact; // GATEHOUSE_SUPPORT_CONTACT; empty: none
    str_t templates;       // GATEHOUSE_TEMPLATES: a folder; empty: the embedded ones
    str_t default_locale;  // GATEHOUSE_DEFAULT_LOCALE: "en", "de" or "ar"
    str_t privacy_url;     // GATEHOUSE_PRIVACY_URL; empty: none
    str_t terms_url;       // GATEHOUSE_TERMS_URL; empty: none
    str_t help_url;        // GATEHOUSE_HELP_URL; empty: none
    str_t accent;          // GATEHOUSE_ACCENT: "#rrggbb", lower case; empty: the default
} settings_t;

enum { SETTINGS_PROBLEMS_MAX = 64 };

// One sentence each, naming the variable and never the value of a secret.
typedef struct {
    str_t text[SETTINGS_PROBLEMS_MAX];
    size_t count; // at most SETTINGS_PROBLEMS_MAX; further problems are not kept
} settings_problems_t;

// Reads the file (unless the path is NULL), then the environment, which wins. `out` is filled if
// and only if there is no problem: true then. All problems are reported, not only the first. A
// variable that is set to nothing counts as not set. Results live in the arena. Call before threads
// start: it reads the environment.
MUST_USE bool settings_load(arena_t *arena, const char *env_file, settings_t *out,
                            settings_problems_t *out_problems);

// True if the address, in network order, is of this network: IPv4 in an IPv6 network never is.
bool settings_network_has(const settings_network_t *network, const uint8_t *address, bool is_v6);
