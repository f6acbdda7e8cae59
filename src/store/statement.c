#include "store/statement.h"
#include <assert.h>
#include <endian.h>

// Microseconds since 2000-01-01 are PostgreSQL's binary timestamps.
static const time_ms_t YEAR_2000 = 946684800000;
static const time_ms_t YEAR_9999_END = 253402300799999;

// Every file with statements lists them at its end; all are prepared at connect.
extern const sql_statement_t *const sql_batch_statements[];
extern const sql_statement_t *const sql_audit_statements[];
extern const sql_statement_t *const sql_limit_statements[];
extern const sql_statement_t *const sql_store_statements[];
extern const sql_statement_t *const sql_entry_statements[];
extern const sql_statement_t *const sql_flow_statements[];
extern const sql_statement_t *const sql_challenge_statements[];
extern const sql_statement_t *const sql_proof_statements[];
extern const sql_statement_t *const sql_completion_statements[];
extern const sql_statement_t *const sql_completion_session_statements[];
extern const sql_statement_t *const sql_completion_proof_statements[];
extern const sql_statement_t *const sql_completion_member_statements[];
extern const sql_statement_t *const sql_choice_statements[];
extern const sql_statement_t *const sql_invitation_statements[];
extern const sql_statement_t *const sql_connection_config_statements[];
extern const sql_statement_t *const sql_sso_statements[];
extern const sql_statement_t *const sql_next_statements[];
extern const sql_statement_t *const sql_session_statements[];
extern const sql_statement_t *const sql_client_auth_statements[];
extern const sql_statement_t *const sql_code_statements[];
extern const sql_statement_t *const sql_refresh_statements[];
extern const sql_statement_t *const sql_access_statements[];
extern const sql_statement_t *const sql_key_statements[];
extern const sql_statement_t *const sql_client_statements[];
extern const sql_statement_t *const sql_outbox_statements[];
extern const sql_statement_t *const sql_wake_statements[];
extern const sql_statement_t *const sql_clean_statements[];
extern const sql_statement_t *const sql_organization_statements[];
extern const sql_statement_t *const sql_domain_statements[];
extern const sql_statement_t *const sql_domain_due_statements[];
extern const sql_statement_t *const sql_document_due_statements[];
extern const sql_statement_t *const sql_user_statements[];
extern const sql_statement_t *const sql_membership_statements[];
extern const sql_statement_t *const sql_invite_statements[];
extern const sql_statement_t *const sql_simulator_statements[];
extern const sql_statement_t *const sql_apply_statements[];
extern const sql_statement_t *const sql_connection_admin_statements[];
extern const sql_statement_t *const sql_connection_list_statements[];
extern const sql_statement_t *const sql_auth_log_statements[];
extern const sql_statement_t *const sql_client_admin_statements[];
extern const sql_statement_t *const sql_session_admin_statements[];

static const sql_statement_t *const *const ALL[] = {
    sql_batch_statements,
    sql_audit_statements,
    sql_limit_statements,
    sql_store_statements,
    sql_entry_statements,
    sql_flow_statements,
    sql_challenge_statements,
    sql_proof_statements,
    sql_completion_statements,
    sql_completion_session_statements,
    sql_session_statements,
    sql_client_auth_statements,
    sql_code_statements,
    sql_refresh_statements,
    sql_access_statements,
    sql_key_statements,
    sql_client_statements,
    sql_outbox_statements,
    sql_wake_statements,
    sql_clean_statements,
    sql_organization_statements,
    sql_domain_statements,
    sql_domain_due_statements,
    sql_document_due_statements,
    sql_user_statements,
    sql_membership_statements,
    sql_invite_statements,
    sql_simulator_statements,
    sql_apply_statements,
    sql_connection_admin_statements,
    sql_connection_list_statements,
    sql_auth_log_statements,
    sql_client_admin_statements,
    sql_session_admin_statements,
    sql_completion_proof_statements,
    sql_completion_member_statements,
    sql_choice_statements,
    sql_invitation_statements,
    sql_connection_config_statements,
    sql_sso_statements,
    sql_next_statements,
};

const sql_statement_t *store_statements(size_t index) {
    for (size_t file = 0; file < sizeof ALL / sizeof ALL[0]; file++) {
        for (size_t i = 0; ALL[file][i]; i++) {
            if (index-- == 0) {
                return ALL[file][i];
            }
        }
    }
    return NULL;
}

Oid sql_type_oid(char type) {
    switch (type) {
    case 'o':
        return 16;
    case 'b':
        return 17;
    case 'i':
        return 20;
    case 't':
        return 25;
    case 'l':
        return 1009;
    case 'z':
        return 1184;
    default:
        assert(false && "a type letter of statement.h");
        return InvalidOid;
    }
}

// `value` NULL is SQL NULL. Nothing we store comes near INT_MAX octets.
static void arg_add(sql_args_t *args, char type, const void *value, size_t len) {
    assert(args->count < SQL_PARAMS_MAX && len < INT32_MAX);
    args->types[args->count] = type;
    args->values[args->count] = value;
    args->lengths[args->count] = (int)len;
    args->count++;
}

static void arg_add_word(sql_args_t *args, char type, int64_t value) {
    const uint64_t word = htobe64((uint64_t)value);
    uint8_t *place = args->words[args->count];
    memcpy(place, &word, sizeof word);
    arg_add(args, type, place, sizeof word);
}

void sql_arg_text(sql_args_t *args, str_t text) {
    args->has_bad_text |= !str_is_utf8(text);
    arg_add(args, 't', text.len ? text.ptr : "", text.len);
}

void sql_arg_text_or_null(sql_args_t *args, str_t text) {
    args->has_bad_text |= !str_is_utf8(text);
    arg_add(args, 't', text.len ? text.ptr : NULL, text.len);
}

void sql_arg_bytes(sql_args_t *args, bytes_t bytes) {
    arg_add(args, 'b', bytes.len ? bytes.ptr : NULL, bytes.len);
}

void sql_arg_int(sql_args_t *args, int64_t value) {
    arg_add_word(args, 'i', value);
}

void sql_arg_int_or_null(sql_args_t *args, bool has_value, int64_t value) {
    if (has_value) {
        sql_arg_int(args, value);
    } else {
        arg_add(args, 'i', NULL, 0);
    }
}

void sql_arg_bool(sql_args_t *args, bool value) {
    uint8_t *place = args->words[args->count];
    place[0] = value ? 1 : 0;
    arg_add(args, 'o', place, 1);
}

// A time may come from outside (the `exp` of an assertion), so it must not overflow here.
void sql_arg_time(sql_args_t *args, time_ms_t at) {
    at = at < 0 ? 0 : at > YEAR_9999_END ? YEAR_9999_END : at;
    arg_add_word(args, 'z', (at - YEAR_2000) * 1000);
}

static size_t put_word(uint8_t *out, size_t at, uint32_t value) {
    const uint32_t word = htobe32(value);
    memcpy(out + at, &word, sizeof word);
    return at + sizeof word;
}

// array_recv of PostgreSQL: dimensions, whether there are NULLs, element type; for each dimension
// its length and lower bound; for each element its length and octets. Empty: no dimension.
void sql_arg_list(sql_args_t *args, arena_t *arena, flow_list_t list) {
    size_t size = 20;
    for (size_t i = 0; i < list.count; i++) {
        args->has_bad_text |= !str_is_utf8(list.items[i]);
        size += 4 + list.items[i].len;
    }
    uint8_t *out = arena_alloc(arena, size);
    size_t at = put_word(out, 0, list.count ? 1 : 0);
    at = put_word(out, at, 0);
    at = put_word(out, at, sql_type_oid('t'));
    if (list.count) {
        at = put_word(out, at, (uint32_t)list.count);
        at = put_word(out, at, 1);
    }
    for (size_t i = 0; i < list.count; i++) {
        const str_t item = list.items[i];
        at = put_word(out, at, (uint32_t)item.len);
        if (item.len) {
            memcpy(out + at, item.ptr, item.len);
        }
        at += item.len;
    }
    arg_add(args, 'l', out, at);
}
