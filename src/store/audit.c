#include "store/audit.h"
#include "store/limit.h"

enum { TEXT_MAX = 512 };

str_t audit_text(arena_t *arena, str_t text) {
    size_t len = text.len > TEXT_MAX ? TEXT_MAX : text.len;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
        len--; // not in the middle of a character
    }
    text = str_sub(text, 0, len);
    if (str_is_utf8(text)) {
        return text;
    }
    char *clean = arena_alloc(arena, len);
    for (size_t i = 0; i < len; i++) {
        clean[i] = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?';
    }
    return (str_t){clean, len};
}

static const sql_statement_t AUDIT_ADD = {
    "audit_add", "ttttttttttttt", "",
    "insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id,"
    " email, connection_id, organization_id, request_id, ip, user_agent)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};

void audit_append(sql_batch_t *batch, const store_audit_t *audit) {
    arena_t *arena = batch->store->arena;
    const str_t texts[] = {str_from_c(audit->event),
                           str_from_c(audit->decision),
                           audit->reason,
                           audit->flow_id,
                           audit->client_id,
                           audit->user_id,
                           audit->session_id,
                           audit->email,
                           audit->connection_id,
                           audit->organization_id,
                           audit->request_id,
                           audit->ip,
                           audit->user_agent};
    sql_args_t *args = sql_add(batch, &AUDIT_ADD);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sql_arg_text(args, audit_text(arena, texts[i]));
    }
}

result_t store_audit_add(store_t *store, const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

result_t store_audit_add_limited(store_t *store, const store_audit_t *audit,
                                 const store_limit_t *limit, err_t *err) {
    const store_limits_t limits = {limit, 1};
    SQL_BATCH(counting, store);
    limits_append(&counting, &limits);
    TRY(sql_run(&counting, err));
    return limits_judge(&counting, 0, 1).is_limited ? OK : store_audit_add(store, audit, err);
}

const sql_statement_t *const sql_audit_statements[] = {&AUDIT_ADD, NULL};
