#include "smtp_server.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTIONS_MAX = 8, LINE_SIZE = 65536 };

// A port that is bound here, by a socket that nobody can connect to, and shared with the server: it
// is given to no one else before the server starts and while it is away.
static int port_hold(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int yes = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes), 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

static void child(const smtp_server_t *server, const char *const *options, const int *to,
                  const int *from) {
    char port[8];
    snprintf(port, sizeof port, "%d", server->port);
    // Debian's interpreter, which sees Debian's packages.
    char *argv[OPTIONS_MAX + 5] = {strdup("/usr/bin/python3"),
                                   strdup("tests/remote/smtp_server.py"), strdup("--port"), port};
    for (int i = 0; i < OPTIONS_MAX && options[i]; i++) {
        argv[i + 4] = strdup(options[i]);
    }
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    // What preloads a sanitizer here is nothing for the interpreter.
    unsetenv("LD_PRELOAD");
    execv(argv[0], argv);
    _exit(127);
}

static void read_line(smtp_server_t *server, char line[LINE_SIZE]) {
    cr_assert_not_null(fgets(line, LINE_SIZE, server->out), "the mail server is gone");
}

void smtp_server_start(smtp_server_t *server, const char *const *options) {
    int to[2], from[2];
    char line[LINE_SIZE];
    server->port = server->port ? server->port : port_hold();
    cr_assert(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    server->pid = fork();
    cr_assert_geq(server->pid, 0);
    if (server->pid == 0) {
        child(server, options, to, from);
    }
    close(to[0]);
    close(from[1]);
    server->in = fdopen(to[1], "w");
    server->out = fdopen(from[0], "r");
    read_line(server, line);
    cr_assert_str_eq(line, "listening\n");
}

void smtp_server_stop(smtp_server_t *server) {
    fclose(server->in);
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    fclose(server->out);
}

json_t *smtp_server_message(smtp_server_t *server) {
    char line[LINE_SIZE];
    json_t *message = NULL;
    err_t err = {0};
    read_line(server, line);
    cr_assert_eq(json_parse_object(str_from_c(line), LINE_SIZE, &message, &err), OK, "%s", line);
    return message;
}

void smtp_server_drop(smtp_server_t *server) {
    char line[LINE_SIZE];
    fputs("drop\n", server->in);
    fflush(server->in);
    read_line(server, line);
    cr_assert_str_eq(line, "dropped\n");
}

static char certificate_path[] = "/tmp/gatehouse-mail-XXXXXX";

static void certificate_remove(void) {
    unlink(certificate_path);
}

static void extension_add(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    cr_assert_not_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

const char *smtp_certificate(const char *name) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    char subject[128];
    snprintf(subject, sizeof subject, "DNS:%s", name);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    extension_add(certificate, NID_subject_alt_name, subject);
    extension_add(certificate, NID_basic_constraints, "critical,CA:TRUE");
    cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);

    const int fd = mkstemp(certificate_path);
    cr_assert_geq(fd, 0);
    atexit(certificate_remove);
    FILE *file = fdopen(fd, "w");
    cr_assert(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    cr_assert(PEM_write_X509(file, certificate));
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return certificate_path;
}
