// The server of smtp_server.py as a child process: started, read and ended by a test.
#pragma once
#include "base/json.h"
#include "remote/mail.h"
#include <stdio.h>
#include <sys/types.h>

typedef struct {
    pid_t pid;
    FILE *in, *out; // our ends of its pipes
    int port;       // 0: none yet
} smtp_server_t;

// `options` are those of smtp_server.py, NULL at the end, at most 8. The first start takes a port,
// which stays this server's until the process ends: every later start has it again. Fails the test
// if it does not start.
void smtp_server_start(smtp_server_t *server, const char *const *options);
void smtp_server_stop(smtp_server_t *server);

// The next message that the server accepted; the caller owns it.
json_t *smtp_server_message(smtp_server_t *server);

// Breaks all connections, as a restart does.
void smtp_server_drop(smtp_server_t *server);

// A fresh self-signed certificate with its key, for localhost or for another name; a path that
// lives as long as the process, removed at its end.
const char *smtp_certificate(const char *name);
