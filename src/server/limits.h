// What a request may carry, per route. Pure.
#pragma once
#include "handle/handle.h"
#include "server/head.h"

// 0, 413 (body over the route's limit) or 415 (an encoded body, or one that is not of the route's
// type).
int limits_check(const head_t *head, const route_t *route, const request_t *request);
