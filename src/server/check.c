#include "server/check.h"
#include "handle/operate.h"
#include "server/smtp_probe.h"
#include "server/tls.h"
#include "store/document_due.h"
#include "store/domain_due.h"
#include "store/migrate.h"
#include "store/outbox.h"

enum { ARENA_MAX = 4 * 1024 * 1024, CALL_MS = 5000, SMTP_MS = 4000, LINES_MAX = 50 };

typedef struct {
    const settings_t *settings;
    arena_t *arena;
    FILE *out;
    int wrong;
    master_t *master; // NULL: it does not load
    views_t *views;
    store_t *store;
} check_t;

// False if it is wrong.
static bool tell(check_t *check, const char *thing, result_t result, const err_t *err) {
    if (result == OK) {
        fprintf(check->out, "ok     %s\n", thing);
        return true;
    }
    const char *why = err->text[0] ? err->text : result_name(result);
    fprintf(check->out, "WRONG  %s: %s\n", thing, why);
    check->wrong++;
    return false;
}

static void check_master(check_t *check) {
    err_t err = {0};
    const char *path = arena_c(check->arena, check->settings->master_key_file);
    (void)tell(check, "master key", master_load(path, &check->master, &err), &err);
}

static void check_templates(check_t *check) {
    err_t err = {0};
    (void)tell(check, "templates", views_load(check->settings, &check->views, &err), &err);
}

static void check_tls(check_t *check) {
    err_t err = {0};
    SSL_CTX *context = NULL;
    if (str_is_empty(check->settings->tls_certificate)) {
        return;
    }
    result_t result = tls_context_new(check->arena, check->settings, &context, &err);
    result = result == OK ? tls_dates_check(context, &err) : result;
    (void)tell(check, "TLS certificate and key", result, &err);
    SSL_CTX_free(context);
}

static result_t schema_check(const char *conninfo, err_t *err) {
    store_schema_t schema = {0};
    TRY(store_schema_read(conninfo, &schema, err));
    if (schema.version < schema.expected) {
        return FAIL(err, CONFLICT, "schema",
                    "its schema is version %lld and this binary needs %lld: run `gatehouse "
                    "migrate`",
                    (long long)schema.version, (long long)schema.expected);
    }
    return OK;
}

static result_t outbox_check(check_t *check, err_t *err) {
    store_outbox_counts_t counts = {0};
    TRY(store_outbox_count(check->store, &counts, err));
    if (counts.dead) {
        return FAIL(err, REFUSED, "dead_letters", "%lld mails could not be delivered for good",
                    (long long)counts.dead);
    }
    return OK;
}

static result_t keys_check(check_t *check, err_t *err) {
    const operate_t in = {.master = check->master,
                          .store = check->store,
                          .arena = check->arena,
                          .settings = check->settings};
    snapshot_t *snapshot = NULL;
    TRY(operate_snapshot_read(&in, &snapshot, err));
    operate_snapshot_free(&snapshot);
    return OK;
}

// What a provider says about itself may hold anything, and this goes to a terminal.
static str_t printable(arena_t *arena, str_t text) {
    char *clean = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        clean[i] = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?';
    }
    return (str_t){clean, text.len};
}

static void tell_document(check_t *check, const store_document_failed_t *document) {
    err_t err = {0};
    const str_t error = printable(check->arena, document->error);
    const str_t thing =
        arena_format(check->arena, "connection %.*s, %s", STR_ARG(document->connection_id),
                     str_eq(document->kind, STR("jwks")) ? "keys" : "discovery document");
    (void)tell(check, thing.ptr,
               FAIL(&err, UNAVAILABLE, "document", "%.*s (%s)", STR_ARG(error),
                    document->has_copy ? "the last good copy is in use" : "there is no copy"),
               &err);
}

// Each connection whose provider does not give its documents is a line of its own.
static void check_documents(check_t *check) {
    err_t err = {0};
    store_documents_failed_t failed = {0};
    const result_t result = store_documents_failed_read(check->store, LINES_MAX, &failed, &err);
    if (result != OK || failed.count == 0) {
        (void)tell(check, "providers' documents", result, &err);
    }
    for (size_t i = 0; i < failed.count; i++) {
        tell_document(check, &failed.items[i]);
    }
}

static void check_domains(check_t *check) {
    err_t err = {0};
    store_domains_failed_t failed = {0};
    const result_t result = store_domains_failed_read(check->store, LINES_MAX, &failed, &err);
    if (result != OK || failed.count == 0) {
        (void)tell(check, "domains", result, &err);
    }
    for (size_t i = 0; i < failed.count; i++) {
        const store_domain_failed_t *domain = &failed.items[i];
        const str_t thing = arena_format(check->arena, "domain %.*s", STR_ARG(domain->domain));
        err = (err_t){0};
        (void)tell(check, thing.ptr,
                   FAIL(&err, REFUSED, "domain", "DNS does not say that it is %.*s's",
                        STR_ARG(domain->organization_id)),
                   &err);
    }
}

static void check_database(check_t *check) {
    err_t err = {0};
    const char *conninfo = arena_c(check->arena, check->settings->database_url);
    if (!tell(check, "database", schema_check(conninfo, &err), &err)) {
        return;
    }
    if (store_open(conninfo, &check->store, &err) != OK) {
        (void)tell(check, "database connection", INTERNAL, &err);
        return;
    }
    store_use(check->store, check->arena, deadline_in(CALL_MS));
    if (check->master) {
        err = (err_t){0};
        (void)tell(check, "signing keys", keys_check(check, &err), &err);
    }
    err = (err_t){0};
    (void)tell(check, "outbox", outbox_check(check, &err), &err);
    check_documents(check);
    check_domains(check);
}

static void check_mail(check_t *check) {
    err_t err = {0};
    (void)tell(check, "mail server", smtp_probe(check->arena, check->settings, SMTP_MS, &err),
               &err);
}

// Where people sign in for real, a customer's URL must not reach our neighbours.
static void check_outbound(check_t *check) {
    if (check->settings->is_https && check->settings->outbound_allow_count) {
        fprintf(check->out,
                "NOTE   GATEHOUSE_OUTBOUND_ALLOW is set: whoever configures a connection can make "
                "this server send requests into those networks. Name no more than the identity "
                "providers in them.\n");
    }
}

int check_run(const settings_t *settings, FILE *out) {
    check_t check = {.settings = settings, .arena = arena_new(ARENA_MAX), .out = out};
    check_master(&check);
    check_templates(&check);
    check_tls(&check);
    check_database(&check);
    check_mail(&check);
    check_outbound(&check);
    store_close(&check.store);
    views_free(&check.views);
    master_free(&check.master);
    arena_free(&check.arena);
    return check.wrong;
}
