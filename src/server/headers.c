#include "server/headers.h"
#include "base/buffer.h"

// No inline script or style anywhere, nothing framed, nothing from elsewhere but an application's
// logo. form-action is completed per answer: browsers apply it to the redirects behind a form too.
static const char POLICY[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' https:; connect-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; "
    "form-action 'self'";

// Referrer-Policy: same-origin and not no-referrer. Nothing reaches another site either way, but
// under no-referrer a browser sends our own forms with "Origin: null", and the ones without
// Sec-Fetch-Site (Safari before 16.4) could then not be told from a form elsewhere (access.c).
static const header_t ALWAYS[] = {
    {STR("X-Content-Type-Options"), STR("nosniff")},
    {STR("X-Frame-Options"), STR("DENY")},
    {STR("Referrer-Policy"), STR("same-origin")},
    {STR("Cross-Origin-Opener-Policy"), STR("same-origin")},
};

static void add(headers_t *out, str_t name, str_t value) {
    if (out->count < HEADERS_MAX) {
        out->items[out->count++] = (header_t){name, value};
    }
}

// RFC 6797 7.2: not over plain HTTP. A browser that has seen it refuses http for a year.
static void add_security(arena_t *arena, const settings_t *settings, str_t form_action,
                         headers_t *out) {
    buf_t policy = buf_new(arena, sizeof(POLICY) + form_action.len + 1);
    buf_add_c(&policy, POLICY);
    buf_add_c(&policy, str_is_empty(form_action) ? "" : " ");
    buf_add(&policy, form_action);
    add(out, STR("Content-Security-Policy"), buf_str(&policy));
    for (size_t i = 0; i < sizeof(ALWAYS) / sizeof(ALWAYS[0]); i++) {
        add(out, ALWAYS[i].name, ALWAYS[i].value);
    }
    add(out, STR("Permissions-Policy"),
        STR("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
            "publickey-credentials-create=(self), publickey-credentials-get=(self)"));
    if (settings->is_https) {
        add(out, STR("Strict-Transport-Security"), STR("max-age=31536000"));
    }
}

// Never with credentials: no cookie of ours means anything to another origin's script.
static void add_cors(const response_t *response, headers_t *out) {
    const bool is_origin = !str_is_empty(response->cors_origin);
    if (is_origin) {
        add(out, STR("Access-Control-Allow-Origin"), response->cors_origin);
        add(out, STR("Vary"), STR("Origin"));
    } else if (response->is_cors_open) {
        add(out, STR("Access-Control-Allow-Origin"), STR("*"));
    }
    add(out, STR("Cross-Origin-Resource-Policy"),
        is_origin || response->is_cors_open ? STR("cross-origin") : STR("same-origin"));
}

static bool is_clean(const header_t *header) {
    for (size_t i = 0; i < header->value.len; i++) {
        const unsigned char c = (unsigned char)header->value.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return true;
}

bool headers_build(arena_t *arena, const settings_t *settings, const response_t *response,
                   headers_t *out) {
    *out = (headers_t){0};
    add(out, STR("Cache-Control"),
        str_is_empty(response->cache_control) ? STR("no-store") : response->cache_control);
    if (!str_is_empty(response->content_type)) {
        add(out, STR("Content-Type"), response->content_type);
    }
    add_security(arena, settings, response->form_action, out);
    add_cors(response, out);
    for (size_t i = 0; i < response->header_count && i < RESPONSE_HEADERS_MAX; i++) {
        add(out, response->headers[i].name, response->headers[i].value);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (!is_clean(&out->items[i])) {
            const response_t nothing = {0};
            (void)!headers_build(arena, settings, &nothing, out);
            return false;
        }
    }
    return true;
}

const char *headers_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } REASONS[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].reason;
        }
    }
    return status < 400 ? "OK" : "Error";
}
