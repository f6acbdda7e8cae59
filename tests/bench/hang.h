// People who all try to sign in at one identity provider that is dead, and try again.
#pragma once

// KIND is "silent", "drip" or "reset" (provider.h). Gives back when all have tried or hang.
void hang_start(const char *kind, int port);
// Ends it; how many of them had anything but a page that says so. 0 if nobody hung.
int hang_stop(void);
