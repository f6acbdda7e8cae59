// Whether a route's access rule lets a request in, before its handler runs. Pure.
#pragma once
#include "handle/handle.h"

bool access_check(const settings_t *settings, const route_t *route, const request_t *request);
