// What a typed code, a link or a confirmed number is judged by, in one statement, so that all facts
// are of one moment. An evaluation is counted before the facts are given out (P-OTP-02).
#include "store/facts.h"
#include "store/limit.h"

// What every proof is judged by.
#define PLAIN_TYPES FLOW_TYPES "bb" USER_TYPES MEMBERSHIP_TYPES REALM_TYPES
#define PLAIN_COLUMNS                                                                              \
    FLOW_COLUMNS ", c.code_hash, c.code_sealed, " USER_COLUMNS ", " MEMBERSHIP_COLUMNS             \
                 ", " REALM_COLUMNS
// And that of an identity that waits for it, or in a browser that shows a session.
#define PROOF_TYPES                                                                                \
    PLAIN_TYPES CONNECTION_TYPES "o" IDENTITY_TYPES ASSERTION_TYPES SESSION_TYPES REALM_TYPES
#define PROOF_COLUMNS                                                                              \
    PLAIN_COLUMNS ", " CONNECTION_COLUMNS                                                          \
                  ", " IS_ORGANIZATION_DOMAIN(DOMAIN_OF("c.email")) ", " IDENTITY_COLUMNS          \
                                                                    ", " ASSERTION_COLUMNS         \
                                                                    ", " SESSION_COLUMNS           \
                                                                    ", " REALM_COLUMNS_AS("ru")
#define PROOF_JOIN                                                                                 \
    " left join assertions n on n.id = c.assertion_id and n.flow_id = f.id" CONNECTION_JOIN(       \
        "k.id = n.connection_id") IDENTITY_JOIN("n.connection_id", "n.subject")                    \
        USER_JOIN("c.email") MEMBERSHIP_JOIN("u.id", DOMAIN_OF("c.email"),                         \
                                             "array[f.organization_id, k.organization_id]")        \
            SESSION_JOIN("x.token_hash = $2") REALM_JOIN(DOMAIN_OF("c.email"))                     \
                USER_REALM_JOIN("c.email")

static const sql_statement_t PROOF_OF_FLOW = {"proof_of_flow", "tb", PROOF_TYPES,
                                              "select " PROOF_COLUMNS FLOW_JOIN PROOF_JOIN
                                              " where f.id = $1"};

// Most who sign in show no session, and nothing waits for their code. The other tables would find
// nothing for them at twice the cost of this statement. No row where an identity does wait.
static const sql_statement_t PROOF_OF_FLOW_PLAIN = {
    "proof_of_flow_plain", "t", PLAIN_TYPES,
    "select " PLAIN_COLUMNS FLOW_JOIN " left join users u on u.email = c.email" MEMBERSHIP_JOIN(
        "u.id", DOMAIN_OF("c.email"), "array[f.organization_id]")
        REALM_JOIN(DOMAIN_OF("c.email")) " where f.id = $1 and coalesce(c.assertion_id, '') = ''"};

static const sql_statement_t PROOF_OF_LINK = {
    "proof_of_link", "bb", PROOF_TYPES,
    "select " PROOF_COLUMNS
    " from challenges c join flows f on f.id = c.flow_id"
    " join applications a on a.id = f.client_id" PROOF_JOIN " where c.link_hash = $1"};

static void waiting_from_row(sql_row_t *row, store_proof_t *out) {
    out->connection = connection_from_row(row);
    out->is_organization_domain = sql_bool(row);
    out->identity = identity_from_row(row);
    out->assertion = assertion_from_row(row);
    out->session = session_from_row(row);
    out->hrd_user = realm_from_row(row);
}

// No row: no such flow or link.
static store_proof_t proof_at(const sql_batch_t *batch, size_t position) {
    store_proof_t proof = {0};
    if (sql_row_count(batch, position) == 0) {
        return proof;
    }
    sql_row_t row = sql_row(batch, position, 0);
    proof.flow = flow_from_row(&row);
    proof.code_hash = sql_bytes(&row);
    proof.code_sealed = sql_bytes(&row);
    proof.confirm_number = proof.flow.confirm_number;
    proof.user = user_from_row(&row);
    proof.memberships = memberships_from_row(&row);
    proof.hrd = realm_from_row(&row);
    if (batch->statements[position] != &PROOF_OF_FLOW_PLAIN) {
        waiting_from_row(&row, &proof);
    }
    return proof;
}

// Counts on past the maximum. The row's lock makes parallel guesses stand in line, so each reads
// its own number.
static const sql_statement_t TRY_OF_FLOW = {
    "try_of_flow", "t", "",
    "update challenges set tries = tries + 1 where flow_id = $1 and superseded_at is null"};

static const sql_statement_t TRY_OF_LINK = {
    "try_of_link", "b", "", "update challenges set tries = tries + 1 where link_hash = $1"};

// Does this browser know the address, and does an identity wait for its proof?
static const sql_statement_t TRY_FACTS = {
    "try_facts", "tb", "oo",
    "select b.email is not null, c.assertion_id <> '' from (values (1)) as one"
    " left join challenges c on c.flow_id = $1 and c.superseded_at is null"
    " left join known_browsers b on b.email = c.email and b.browser_hash = $2"};

static result_t proof_read(store_t *store, str_t flow_id, bytes_t session_hash, store_proof_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &PROOF_OF_FLOW);
    sql_arg_text(args, flow_id);
    sql_arg_bytes(args, session_hash);
    TRY(sql_run(&batch, err));
    *out = proof_at(&batch, 0);
    return OK;
}

// A try that the network's counter refuses is not counted on the challenge: who floods from one
// network does not use up the tries of the flow's own browser.
static result_t try_limited(store_t *store, const store_try_t *in, store_limited_t limited,
                            store_proof_t *out, err_t *err) {
    sql_rollback(store);
    TRY(proof_read(store, in->flow_id, in->session_hash, out, err));
    out->is_limited = true;
    out->retry_after_s = limited.retry_after_s;
    return OK;
}

static void try_proof_append(sql_batch_t *batch, const store_try_t *in, bool is_plain) {
    sql_args_t *args = sql_add(batch, is_plain ? &PROOF_OF_FLOW_PLAIN : &PROOF_OF_FLOW);
    sql_arg_text(args, in->flow_id);
    if (!is_plain) {
        sql_arg_bytes(args, in->session_hash);
    }
}

// Second round trip, in the transaction that counted.
static result_t try_read(store_t *store, const store_try_t *in, bool is_plain, store_proof_t *out,
                         err_t *err) {
    SQL_BATCH(trying, store);
    sql_arg_text(sql_add(&trying, &TRY_OF_FLOW), in->flow_id);
    try_proof_append(&trying, in, is_plain);
    sql_add(&trying, &SQL_COMMIT);
    TRY(sql_continue(&trying, err));
    if (is_plain && sql_row_count(&trying, 1) == 0) {
        // A mail for an identity has replaced the code meanwhile.
        return proof_read(store, in->flow_id, in->session_hash, out, err);
    }
    *out = proof_at(&trying, 1);
    return OK;
}

static result_t challenge_try_once(store_t *store, const store_try_t *in, store_proof_t *out,
                                   err_t *err) {
    SQL_BATCH(counting, store);
    sql_add(&counting, &SQL_BEGIN);
    sql_args_t *args = sql_add(&counting, &TRY_FACTS);
    sql_arg_text(args, in->flow_id);
    sql_arg_bytes(args, in->browser_hash);
    limits_append(&counting, &in->limits);
    TRY(sql_run(&counting, err));
    sql_row_t row = sql_row(&counting, 1, 0);
    const bool is_known_browser = sql_bool(&row);
    const bool is_waited_for = sql_bool(&row);
    const store_limited_t limited = limits_judge(&counting, 2, in->limits.count);
    if (limited.is_limited && !is_known_browser) {
        return try_limited(store, in, limited, out, err);
    }
    return try_read(store, in, in->session_hash.len == 0 && !is_waited_for, out, err);
}

result_t store_challenge_try(store_t *store, const store_try_t *in, store_proof_t *out,
                             err_t *err) {
    result_t result;
    int attempts = 0;
    do {
        result = challenge_try_once(store, in, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

result_t store_link_read(store_t *store, const store_link_in_t *in, store_proof_t *out,
                         err_t *err) {
    SQL_BATCH(batch, store);
    if (in->is_try) {
        sql_arg_bytes(sql_add(&batch, &TRY_OF_LINK), in->link_hash);
    }
    sql_args_t *args = sql_add(&batch, &PROOF_OF_LINK);
    sql_arg_bytes(args, in->link_hash);
    sql_arg_bytes(args, in->session_hash);
    TRY(sql_run(&batch, err));
    *out = proof_at(&batch, batch.count - 1);
    return OK;
}

result_t store_confirmed_read(store_t *store, const store_confirmed_in_t *in, store_proof_t *out,
                              err_t *err) {
    return proof_read(store, in->flow_id, in->session_hash, out, err);
}

const sql_statement_t *const sql_proof_statements[] = {&PROOF_OF_FLOW,
                                                       &PROOF_OF_FLOW_PLAIN,
                                                       &PROOF_OF_LINK,
                                                       &TRY_OF_FLOW,
                                                       &TRY_OF_LINK,
                                                       &TRY_FACTS,
                                                       NULL};
