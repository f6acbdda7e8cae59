#include "server/access.h"

// P-SESS-04. Sec-Fetch-Site is written by the browser and cannot be set by a page. An Origin that
// stands beside it must be ours as well: a name that somebody rebinds to our address makes a page
// of theirs "same-origin" with us. Browsers without Sec-Fetch-Site send Origin with every POST.
// Neither: no browser, or one that hides where the form came from, and no form of ours. "null" is
// never ours: our own pages set Referrer-Policy: same-origin, under which a same-origin POST names
// its origin (Fetch 3.1, append a request Origin header; no-referrer would turn it into null).
static bool is_own_form(const settings_t *settings, const request_t *request) {
    const bool has_origin = !str_is_empty(request->origin);
    if (has_origin && !str_eq(request->origin, settings->issuer_origin)) {
        return false;
    }
    return str_is_empty(request->sec_fetch_site)
               ? has_origin
               : str_eq(request->sec_fetch_site, STR("same-origin"));
}

bool access_check(const settings_t *settings, const route_t *route, const request_t *request) {
    switch (route->access) {
    case ACCESS_PUBLIC:
        return true;
    case ACCESS_FORM:
        return request->method != METHOD_POST || is_own_form(settings, request);
    }
    return false;
}
