// A name server for one test: UDP on a free port of the loopback, which gives the same TXT records
// for every name.
#pragma once
#include <stdint.h>

enum { NAME_SERVER_TEXTS = 4 };

// The port.
uint16_t name_server_start(void);
void name_server_stop(void);

// What it says from now on: these records (up to NULL), or only a response code (RFC 1035 4.1.1).
void name_server_says(const char *const *texts);
void name_server_fails(int code);

enum { NAME_SERVER_FAILURE = 2, NAME_SERVER_NO_NAME = 3 };

// Called in the server's thread before each answer; NULL: nothing.
void name_server_before(void (*on_question)(void));
int name_server_questions(void);
// The name of the last question, labels with dots.
const char *name_server_name(void);
