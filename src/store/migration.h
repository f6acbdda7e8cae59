// The numbered files. Internal to store/.
#pragma once
#include <stdint.h>

// The newest number in this binary.
int64_t migration_newest(void);
