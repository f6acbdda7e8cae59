// A mail server that delivers nothing and hands the code in each subject to whoever waits for it.
// The address says who: "<name>-<slot>@...".
#pragma once
#include <stdbool.h>

enum { SMTP_SLOTS = 1024 };

// Listens on a free loopback port, which it gives back; its threads end with the process.
int smtp_start(void);
// Before the mail may come: forgets what came for the slot.
void smtp_expect(int slot);
// Waits for the code; false after ten seconds.
bool smtp_wait(int slot, char out_code[7]);
