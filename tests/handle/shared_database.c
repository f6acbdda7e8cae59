// A database of its own for each test, as the store's tests have it.
#include "store/database.c"
