// Making and confirming challenges. All writes of a login lock in one order, so that they wait for
// one another and do not deadlock: flow, rate counters by key, challenge, organization, connection,
// domain, user, sessions, grants.
#include "store/audit.h"
#include "store/facts.h"
#include "store/flow_write.h"
#include "store/limit.h"

// Also the lock of the flow: two challenges at once are made one after the other.
static const sql_statement_t FLOW_ADDRESS = {
    "flow_address", "ttt", "t",
    "update flows set email = $2, email_display = $3"
    " where id = $1 and status = 'open' and expires_at > now() returning id"};

// P-OTP-03: a new code kills the old one of this flow, and only of this flow (flow.md 8).
static const sql_statement_t CHALLENGE_SUPERSEDE = {
    "challenge_supersede", "t", "",
    "update challenges set superseded_at = now() where flow_id = $1 and superseded_at is null"};

// What the proof will link belongs to this flow, and what it says of an address is this address:
// an identity that asserted one mailbox is not linked by the proof of another (P-LINK-11).
static const sql_statement_t CHALLENGE_INSERT = {
    "challenge_insert", "tttttbbbtit", "",
    "insert into challenges (id, flow_id, purpose, email, email_display, code_hash, link_hash,"
    " code_sealed, confirm_number, expires_at, assertion_id)"
    " select $1, $2, $3::text, $4, $5, $6, $7, $8, $9, now() + $10::int8 * interval '1 second', $11"
    " where $11 = '' or gatehouse_require(exists (select from assertions n"
    " where n.id = $11 and n.flow_id = $2 and n.email in ('', $4)))"};

// The mail is of use for as long as its code.
static const sql_statement_t OUTBOX_INSERT = {
    "outbox_insert", "tbi", "",
    "insert into outbox (id, sealed, expires_at)"
    " values ($1, $2, now() + $3::int8 * interval '1 second')"};

static void challenge_append(sql_batch_t *batch, const store_challenge_new_t *challenge) {
    if (challenge->assertion) {
        assertion_append(batch, challenge->flow_id, challenge->assertion);
    }
    sql_arg_text(sql_add(batch, &CHALLENGE_SUPERSEDE), challenge->flow_id);
    sql_args_t *args = sql_add(batch, &CHALLENGE_INSERT);
    sql_arg_text(args, challenge->challenge_id);
    sql_arg_text(args, challenge->flow_id);
    sql_arg_text(args, str_from_c(purpose_name(challenge->purpose)));
    sql_arg_text(args, challenge->email);
    sql_arg_text(args, challenge->email_display);
    sql_arg_bytes(args, challenge->code_hash);
    sql_arg_bytes(args, challenge->link_hash);
    sql_arg_bytes(args, challenge->code_sealed);
    sql_arg_text(args, challenge->confirm_number);
    sql_arg_int(args, challenge->lifetime_s);
    sql_arg_text(args, challenge->assertion ? challenge->assertion->id : challenge->assertion_id);
    args = sql_add(batch, &OUTBOX_INSERT);
    sql_arg_text(args, challenge->outbox_id);
    sql_arg_bytes(args, challenge->mail_sealed);
    sql_arg_int(args, challenge->lifetime_s);
}

// Nothing stays but the row that says so: no mail was sent, whatever was decided before counting.
static result_t challenge_refuse(store_t *store, const store_audit_t *audit, err_t *err) {
    store_audit_t refusal = *audit;
    refusal.decision = "limited";
    refusal.reason = STR("too many mails to this mailbox, or from this network -> none is sent");
    sql_rollback(store);
    return store_audit_add(store, &refusal, err);
}

// Two round trips, because the counters decide whether there is a second part.
static result_t challenge_create_once(store_t *store, const store_challenge_new_t *challenge,
                                      const store_audit_t *audit, store_limited_t *out,
                                      err_t *err) {
    SQL_BATCH(counting, store);
    sql_add(&counting, &SQL_BEGIN);
    sql_args_t *args = sql_add(&counting, &FLOW_ADDRESS);
    sql_arg_text(args, challenge->flow_id);
    sql_arg_text(args, challenge->email);
    sql_arg_text(args, challenge->email_display);
    limits_append(&counting, &challenge->limits);
    TRY(sql_run(&counting, err));
    if (sql_row_count(&counting, 1) == 0) {
        sql_rollback(store);
        return FAIL(err, CONFLICT, "store_flow", "the flow is no longer open");
    }
    const store_limited_t limited = limits_judge(&counting, 2, challenge->limits.count);
    if (limited.is_limited) {
        TRY(challenge_refuse(store, audit, err));
        *out = limited;
        return OK;
    }
    SQL_BATCH(writing, store);
    challenge_append(&writing, challenge);
    audit_append(&writing, audit);
    sql_add(&writing, &SQL_COMMIT);
    TRY(sql_continue(&writing, err));
    *out = limited;
    return OK;
}

result_t store_challenge_create(store_t *store, const store_challenge_new_t *challenge,
                                const store_audit_t *audit, store_limited_t *out, err_t *err) {
    result_t result;
    int attempts = 0;
    do {
        result = challenge_create_once(store, challenge, audit, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

static const sql_statement_t CHALLENGE_CONFIRM = {
    "challenge_confirm", "t", "o",
    "with confirmed as (update challenges set confirmed_at = coalesce(confirmed_at, now())"
    " where id = $1 and consumed_at is null and superseded_at is null and expires_at > now()"
    " returning id) select gatehouse_require(exists (select from confirmed))"};

result_t store_challenge_confirm(store_t *store, str_t challenge_id, const store_audit_t *audit,
                                 err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CHALLENGE_CONFIRM), challenge_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_challenge_statements[] = {&FLOW_ADDRESS,      &CHALLENGE_SUPERSEDE,
                                                           &CHALLENGE_INSERT,  &OUTBOX_INSERT,
                                                           &CHALLENGE_CONFIRM, NULL};
