// A URL as libcurl itself reads it, judged. Internal to remote/.
#pragma once
#include "base/scope.h"
#include "remote/address.h"
#include "remote/http.h"
#include <curl/curl.h>

SCOPED_BY(CURLU, curl_url_cleanup)

typedef struct {
    CURLU *parsed; // what the transfer is given, so that nothing parses the text again; owned
    const char *host;
    const char *port;
    bool is_plain; // http
} http_url_t;

// As http_url_judge. On OK the caller frees out->parsed; the texts are in the arena.
MUST_USE result_t http_url_parse(arena_t *arena, const settings_t *settings, str_t url,
                                 http_url_t *out, err_t *err);

// A public address, or one of GATEHOUSE_OUTBOUND_ALLOW; for plain http the latter only.
bool http_address_may(const settings_t *settings, const address_t *address, bool is_plain);
