#include "handle/fault.h"

void fault_set(call_t *call, const char *code, const err_t *why, fault_t *out) {
    *out = (fault_t){.code = code,
                     .text = arena_format(call->arena, "%s: %s", why->code, why->text),
                     .kind = VIEW_NOTICE_SSO_FAILED};
}
