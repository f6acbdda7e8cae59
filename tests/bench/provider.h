// An identity provider that is faster than any real one, in a process of its own, so that what it
// uses of the processors can be told apart. It remembers nothing: the code that a browser brings
// from it says who signed in, "<nonce>.<turn>.<slot>.<number>" is person<turn>.<slot> at
// d<number>.bench.example. Its discovery document is that of http://127.0.0.1:<port>; besides the
// token endpoint /token it has /silent, which never answers, /drip, which answers an octet a
// second, and /reset, which hangs up.
#pragma once
#include <sys/types.h>

#define PROVIDER_CLIENT "bench"

typedef struct {
    int port;
    pid_t pid; // ends with us
} provider_t;

// Before the first thread is made.
provider_t provider_start(void);
