#include "base/json.h"
#include "handle/apply_parse.h"
#include "handle/client_auth.h"
#include "handle/operate.h"
#include <errno.h>
#include <stdio.h>

enum { SECRET_FILE_MAX = 1024 };

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
        out->secrets[out->secret_count++] = secret;
    }
    return out->secret_count > 0 ? NULL : "no secret in it";
}

static const char *secret_file_read(arena_t *arena, apply_application_t *inout) {
    FILE *file = fopen(arena_c(arena, inout->secret_file), "re");
    if (!file) {
        return strerror(errno);
    }
    char *text = arena_alloc(arena, SECRET_FILE_MAX + 1);
    const size_t len = fread(text, 1, SECRET_FILE_MAX + 1, file);
    const bool is_broken = ferror(file) != 0;
    fclose(file);
    if (is_broken || len > SECRET_FILE_MAX) {
        return is_broken ? "cannot be read" : "longer than 1024 octets";
    }
    return secrets_cut((str_t){text, len}, inout);
}

static void secret_files_read(arena_t *arena, apply_file_t *file, buf_t *problems) {
    for (size_t i = 0; i < file->count; i++) {
        const char *why = str_is_empty(file->items[i].secret_file)
                              ? NULL
                              : secret_file_read(arena, &file->items[i]);
        if (why) {
            buf_add_format(problems, "applications[%zu].secret_file: %s\n", i, why);
        }
    }
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
        {"secrets", !is_same_list(&from->secret_hashes, &to->secret_hashes)},
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

static result_t apply_one(const apply_t *apply, apply_application_t *application, buf_t *out,
                          err_t *err) {
    store_client_row_t before;
    const size_t begin = out->len;
    TRY(secrets_hash(apply, application, err));
    TRY(store_client_read(apply->store, application->row.client.id, &before, err));
    if (before.client.is_present) {
        differences_to(out, &before, &application->row);
    } else {
        buf_add_format(out, "application %.*s: created\n", STR_ARG(application->row.client.id));
    }
    return out->len == begin || apply->is_dry_run
               ? OK
               : store_client_write(apply->store, &application->row, err);
}

// Reads stand in the transaction of the writes, so that two operators at once cannot mix.
static result_t apply_all(const apply_t *apply, const apply_file_t *file, buf_t *out, err_t *err) {
    result_t result = OK;
    TRY(store_apply_begin(apply->store, err));
    for (size_t i = 0; i < file->count && result == OK; i++) {
        result = apply_one(apply, &file->items[i], out, err);
    }
    const bool is_kept = result == OK && !apply->is_dry_run;
    const result_t finished = store_apply_finish(apply->store, is_kept, err);
    return result == OK ? finished : result;
}

result_t operate_apply(const apply_t *apply, str_t *out_text, err_t *err) {
    const apply_rules_t rules = {apply->is_http_allowed, apply->access_token_s};
    apply_file_t file;
    buf_t problems = buf_new(apply->arena, 256), changes = buf_new(apply->arena, 256);
    apply_parse(apply->arena, apply->file_text, &rules, &file, &problems);
    secret_files_read(apply->arena, &file, &problems);
    if (problems.len > 0) {
        *out_text = buf_str(&problems);
        return FAIL(err, BAD_REQUEST, "apply_file", "the file has problems: nothing was changed");
    }
    TRY(apply_all(apply, &file, &changes, err));
    if (changes.len == 0) {
        buf_add_c(&changes, "no changes\n");
    } else if (apply->is_dry_run) {
        buf_add_c(&changes, "dry run: nothing was changed\n");
    }
    *out_text = buf_str(&changes);
    return OK;
}
