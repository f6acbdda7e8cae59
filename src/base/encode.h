// Encodings between octets and text. Decoders are strict: one text for one value.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/result.h"

// RFC 4648 section 5 without padding.
str_t base64url_encode(arena_t *arena, bytes_t data);
// Refuses padding, white space, other alphabets and non-zero spare bits (RFC 4648 3.5).
MUST_USE bool base64url_decode(arena_t *arena, str_t text, bytes_t *out);

// RFC 4648 section 4, with padding.
str_t base64_encode(arena_t *arena, bytes_t data);
// Requires padding; refuses white space and non-zero spare bits.
MUST_USE bool base64_decode(arena_t *arena, str_t text, bytes_t *out);

str_t hex_encode(arena_t *arena, bytes_t data); // lower case
// Lower case only.
MUST_USE bool hex_decode(arena_t *arena, str_t text, bytes_t *out);

// RFC 3986 2.1: %XX is an octet, all else (also '+') stands for itself. Refuses a '%' without two
// hex digits. The octets may be anything: the caller checks UTF-8.
MUST_USE bool percent_decode(arena_t *arena, str_t text, str_t *out);

// application/x-www-form-urlencoded serializing of one name or value (WHATWG URL 5.2): also right
// in a query component.
void form_encode_to(buf_t *buf, str_t s);
