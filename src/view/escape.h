// What turns a value into text of one context. Nothing else in view/ writes a value. Every function
// appends to `out`; none fails: what must not appear is replaced. Pure; any thread.
#pragma once
#include "base/buffer.h"

// Element content and double-quoted attributes (OWASP XSS prevention, rules 1 and 2). Controls
// become spaces; text that is not UTF-8 loses its octets above 127.
void escape_html(buf_t *out, str_t text);

// One value inside a query: application/x-www-form-urlencoded.
void escape_query(buf_t *out, str_t text);

// Plain text, a mail's body or subject. Controls become spaces, so that a value is never a second
// line (CWE-93), and characters that steer the direction of text vanish.
void escape_plain(buf_t *out, str_t text);

// Where a link may lead: https, http or a path of our own. "//host" and "/\host" are another host
// (WHATWG URL 4.4), other schemes may run script; white space and controls are removed by URL
// parsers, so that they could hide either.
bool escape_url_is_safe(str_t url);
