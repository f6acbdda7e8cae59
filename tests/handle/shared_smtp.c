// The mail server of the tests of remote/.
#include "remote/smtp_server.c"
