// The web server of the tests of remote/.
#include "remote/web_server.c"
