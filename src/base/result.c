#include "base/result.h"
#include <stdarg.h>
#include <stdio.h>

static void keep_printable(char *text) {
    for (char *c = text; *c; c++) {
        if (*c < 0x20 || *c > 0x7E) {
            *c = '?';
        }
    }
}

void err_set_at(err_t *err, err_place_t place, const char *code, const char *format, ...) {
    if (!err || err->code[0] != '\0') {
        return;
    }
    snprintf(err->code, sizeof err->code, "%s", code);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    keep_printable(err->text);
    err->place = place;
}

const char *result_name(result_t result) {
    switch (result) {
    case OK:
        return "OK";
    case BAD_REQUEST:
        return "BAD_REQUEST";
    case NOT_FOUND:
        return "NOT_FOUND";
    case CONFLICT:
        return "CONFLICT";
    case REFUSED:
        return "REFUSED";
    case UNAVAILABLE:
        return "UNAVAILABLE";
    case TIMEOUT:
        return "TIMEOUT";
    case INTERNAL:
        return "INTERNAL";
    }
    return "INTERNAL";
}
