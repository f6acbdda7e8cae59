// From a parsed head to the request_t that a handler gets. Pure; results in the arena, slices of
// the head's octets.
#pragma once
#include "handle/handle.h"
#include "server/head.h"
#include "server/peer.h"

// 0, or 400: a header that must stand once stands twice, or the target is none of ours. Does not
// set id, deadline and body.
int request_build(const head_t *head, const peer_t *peer, request_t *out);
