#include "store/apply.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "handle/apply_parse.h"
#include "handle/apply_write.h"
#include "handle/client_auth.h"
#include "handle/connection_rule.h"
#include "handle/operate.h"
#include <errno.h>
#include <stdio.h>

enum { SECRET_FILE_MAX = 1024, CONNECTION_SECRET_FILE_MAX = CONNECTION_SECRET_MAX + 1 };

// ---- secret files -------------------------------------------------------------------------------

// One or two secrets, one a line. NULL, or what is wrong.
static const char *secrets_cut(str_t text, apply_application_t *out) {
    while (text.len > 0) {
        const size_t end = str_find(text, '\n');
        const str_t line = str_trim(str_sub(text, 0, end));
        text = str_sub(text, end + 1, text.len);
        if (str_is_empty(line)) {
            continue;
        }
        if (out->secret_count == APPLY_SECRETS_MAX) {
            return "more than two secrets";
        }
        const secret_t secret = secret_from_str(line);
        const char *why = apply_secret_judge(secret);
        if (why) {
            return why;
        }
        if (out->secret_count > 0 &&
            secret_equal(secret_bytes(secret), secret_bytes(out->secrets[0]))) {
            return "one secret twice";
        }
        out->secrets[out->secret_count++] = secret;
    }
    return out->secret_count > 0 ? NULL : "no secret in it";
}

static const char *file_read(arena_t *arena, str_t path, size_t max, str_t *out) {
    FILE *file = fopen(arena_c(arena, path), "re");
    if (!file) {
        return strerror(errno);
    }
    char *text = arena_alloc(arena, max + 1);
    const size_t len = fread(text, 1, max + 1, file);
    const bool is_broken = ferror(file) != 0;
    fclose(file);
    *out = (str_t){text, len};
    return is_broken ? "cannot be read" : len > max ? "is too long" : NULL;
}

static const char *application_secret_read(arena_t *arena, apply_application_t *inout) {
    str_t text = STR_NONE;
    const char *why = file_read(arena, inout->secret_file, SECRET_FILE_MAX, &text);
    return why ? why : secrets_cut(text, inout);
}

// What the provider has given us: one line.
static const char *connection_secret_read(arena_t *arena, apply_connection_t *inout) {
    str_t text = STR_NONE;
    const char *why = file_read(arena, inout->secret_file, CONNECTION_SECRET_FILE_MAX, &text);
    if (why) {
        return why;
    }
    text = str_trim(text);
    inout->secret = secret_from_str(text);
    return str_is_empty(text)      ? "no secret in it"
           : str_has_control(text) ? "more than one line"
                                   : connection_secret_judge(text);
}

static void connection_secrets_read(arena_t *arena, apply_connection_t *items, size_t count,
                                    buf_t *problems) {
    for (size_t i = 0; i < count; i++) {
        const char *why =
            str_is_empty(items[i].secret_file) ? NULL : connection_secret_read(arena, &items[i]);
        if (why) {
            buf_add_format(problems, "%sclient_secret_file: %s\n", items[i].place, why);
        }
    }
}

static void secret_files_read(arena_t *arena, apply_file_t *file, buf_t *problems) {
    for (size_t i = 0; i < file->count; i++) {
        const char *why = str_is_empty(file->items[i].secret_file)
                              ? NULL
                              : application_secret_read(arena, &file->items[i]);
        if (why) {
            buf_add_format(problems, "applications[%zu].secret_file: %s\n", i, why);
        }
    }
    for (size_t i = 0; i < file->organization_count; i++) {
        const apply_organization_t *organization = &file->organizations[i];
        connection_secrets_read(arena, organization->connections, organization->connection_count,
                                problems);
    }
    connection_secrets_read(arena, file->connections, file->connection_count, problems);
}

// ---- differences --------------------------------------------------------------------------------

static bool is_same_list(const flow_list_t *a, const flow_list_t *b) {
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        if (!str_eq(a->items[i], b->items[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

static bool is_among(const flow_list_t *list, str_t item) {
    size_t i = 0;
    while (i < list->count && !str_eq(list->items[i], item)) {
        i++;
    }
    return i < list->count;
}

// Two at most, and their places in the table say nothing.
static bool is_same_set(const flow_list_t *a, const flow_list_t *b) {
    bool is_same = a->count == b->count;
    for (size_t i = 0; i < a->count; i++) {
        is_same = is_same && is_among(b, a->items[i]);
    }
    return is_same;
}

typedef struct {
    const char *name;
    bool is_changed;
} difference_t;

// One line a field that differs, by its name in the file.
static void differences_to(buf_t *out, const store_client_row_t *from,
                           const store_client_row_t *to) {
    const flow_client_t *a = &from->client, *b = &to->client;
    const difference_t differences[] = {
        {"name", !str_eq(a->name, b->name)},
        {"type", a->type != b->type},
        {"active", a->is_active != b->is_active},
        {"redirect_uris", !is_same_list(&a->redirect_uris, &b->redirect_uris)},
        {"post_logout_redirect_uris", !is_same_list(&a->post_logout_uris, &b->post_logout_uris)},
        {"initiate_login_uri", !str_eq(a->initiate_login_uri, b->initiate_login_uri)},
        {"logo_url", !str_eq(a->logo_url, b->logo_url)},
        {"secrets", !is_same_set(&from->secret_hashes, &to->secret_hashes)},
        {"jwks", !str_eq(from->jwks, to->jwks)},
        {"enforce_pkce", a->enforces_pkce != b->enforces_pkce},
        {"token_alg", !str_eq(a->token_alg, b->token_alg)},
        {"access_token_lifetime", a->access_token_s != b->access_token_s},
        {"scopes", !str_eq(from->scopes, to->scopes)},
        {"api_access", a->may_use_api != b->may_use_api},
    };
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (differences[i].is_changed) {
            buf_add_format(out, "application %.*s: %s changed\n", STR_ARG(b->id),
                           differences[i].name);
        }
    }
}

// ---- writing ------------------------------------------------------------------------------------

static result_t secrets_hash(const apply_t *apply, apply_application_t *inout, err_t *err) {
    hash256_t *hashes = ARENA_ARRAY(apply->arena, hash256_t, inout->secret_count);
    str_t *items = ARENA_ARRAY(apply->arena, str_t, inout->secret_count);
    for (size_t i = 0; i < inout->secret_count; i++) {
        TRY(client_auth_secret_hash(apply->master, inout->row.client.id, inout->secrets[i],
                                    &hashes[i], err));
        items[i] = (str_t){(const char *)hashes[i].bytes, sizeof hashes[i].bytes};
    }
    inout->row.secret_hashes = (flow_list_t){items, inout->secret_count};
    return OK;
}

static store_audit_t application_audit(const char *event, str_t client_id) {
    store_audit_t audit = apply_audit(event, STR_NONE);
    audit.client_id = client_id;
    return audit;
}

static result_t apply_one(const apply_t *apply, apply_application_t *application, buf_t *out,
                          err_t *err) {
    const str_t id = application->row.client.id;
    store_client_row_t before;
    const size_t begin = out->len;
    const char *event = "apply.application.update";
    TRY(secrets_hash(apply, application, err));
    TRY(store_client_read(apply->store, id, &before, err));
    if (before.client.is_present) {
        differences_to(out, &before, &application->row);
    } else {
        buf_add_format(out, "application %.*s: created\n", STR_ARG(id));
        event = "apply.application.create";
    }
    const store_audit_t audit = application_audit(event, id);
    return out->len == begin ? OK
                             : store_client_write(apply->store, &application->row, &audit, err);
}

static result_t apply_default(const apply_t *apply, const apply_application_t *application,
                              buf_t *out, err_t *err) {
    const str_t id = application->row.client.id;
    str_t current;
    TRY(store_apply_default_read(apply->store, &current, err));
    if (!application->is_default || str_eq(current, id)) {
        return OK;
    }
    const store_audit_t audit = application_audit("apply.application.default", id);
    buf_add_format(out, "application %.*s: default changed\n", STR_ARG(id));
    return store_apply_default_set(apply->store, id, &audit, err);
}

static result_t apply_everything(const apply_run_t *run, const apply_file_t *file, err_t *err) {
    const apply_owner_t everybody = {0};
    for (size_t i = 0; i < file->count; i++) {
        TRY(apply_one(run->apply, &file->items[i], run->changes, err));
        TRY(apply_default(run->apply, &file->items[i], run->changes, err));
    }
    for (size_t i = 0; i < file->organization_count; i++) {
        TRY(apply_organization_write(run, &file->organizations[i], err));
    }
    for (size_t i = 0; i < file->connection_count; i++) {
        TRY(apply_connection_write(run, &everybody, &file->connections[i], err));
    }
    return OK;
}

// Reads stand in the transaction of the writes, so that two operators at once cannot mix. A dry run
// writes too, so that it finds what only a write shows, and keeps nothing.
static result_t apply_all(const apply_run_t *run, const apply_file_t *file, err_t *err) {
    TRY(store_apply_begin(run->apply->store, err));
    const result_t result = apply_everything(run, file, err);
    const bool is_kept = result == OK && run->problems->len == 0 && !run->apply->is_dry_run;
    const result_t finished = store_apply_finish(run->apply->store, is_kept, err);
    return result == OK ? finished : result;
}

static result_t refuse(const buf_t *problems, str_t *out_text, err_t *err) {
    *out_text = buf_str(problems);
    return FAIL(err, BAD_REQUEST, "apply_file", "the file has problems: nothing was changed");
}

result_t operate_apply(const apply_t *apply, str_t *out_text, err_t *err) {
    const apply_rules_t rules = {apply->is_http_allowed, apply->access_token_s};
    apply_file_t file;
    buf_t problems = buf_new(apply->arena, 256), changes = buf_new(apply->arena, 256);
    apply_parse(apply->arena, apply->file_text, &rules, &file, &problems);
    secret_files_read(apply->arena, &file, &problems);
    if (problems.len > 0) {
        return refuse(&problems, out_text, err);
    }
    const apply_run_t run = {apply, &changes, &problems};
    TRY(apply_all(&run, &file, err));
    if (problems.len > 0) {
        return refuse(&problems, out_text, err);
    }
    if (changes.len == 0) {
        buf_add_c(&changes, "no changes\n");
    } else if (apply->is_dry_run) {
        buf_add_c(&changes, "dry run: nothing was changed\n");
    }
    *out_text = buf_str(&changes);
    return OK;
}
