#include "handle/domain_check.h"
#include "remote/dns.h"

enum {
    LOOKUP_MS = 6000,
    WRITE_MS = 2000, // kept of the time for what comes after the lookup
};

// The whole record, octet for octet; what we have not made up matches nothing. It stands in public
// DNS, so no care is taken with the time that comparing takes.
static bool has_text(const dns_texts_t *texts, str_t wanted) {
    for (size_t i = 0; i < texts->count; i++) {
        if (!str_is_empty(wanted) && str_eq(texts->items[i], wanted)) {
            return true;
        }
    }
    return false;
}

// hosted-login.md 8.2: a TXT record at the domain itself. Whatever is no answer proves nothing, in
// neither direction.
static result_t ask(call_t *call, const store_domain_due_t *row, flow_txt_t *out) {
    const int64_t left_ms = deadline_left_ms(call->request->deadline) - WRITE_MS;
    const dns_question_t question = {
        .name = row->domain,
        .deadline =
            deadline_shrink(call->request->deadline, left_ms < LOOKUP_MS ? left_ms : LOOKUP_MS)};
    dns_texts_t texts;
    err_t why = {0};
    const result_t result = dns_txt_lookup(call->arena, call->settings, &question, &texts, &why);
    if (result == INTERNAL) {
        call->err = why;
        return INTERNAL;
    }
    if (result != OK) {
        *out = FLOW_TXT_NO_ANSWER;
        return OK;
    }
    *out = has_text(&texts, row->txt_secret) ? FLOW_TXT_FOUND : FLOW_TXT_ABSENT;
    return OK;
}

// Nobody's wait for DNS holds a database connection, or keeps the threads from other customers.
static result_t ask_released(call_t *call, const store_domain_due_t *row, flow_txt_t *out) {
    call_store_release(call);
    if (!call_remote_enter(call, row->organization_id)) {
        return FAIL(&call->err, UNAVAILABLE, "busy", "too many lookups of this organization");
    }
    const result_t result = ask(call, row, out);
    call_remote_leave(call);
    TRY(result);
    return call_store_acquire(call);
}

static store_audit_t audit_of(call_t *call, const domain_check_t *check,
                              const flow_domain_decision_t *decision) {
    const store_domain_due_t *row = check->row;
    store_audit_t audit = check->audit;
    audit.decision = flow_domain_status_names[decision->status];
    audit.reason = arena_format(call->arena, "domain %.*s %.*s: %s", STR_ARG(row->id),
                                STR_ARG(row->domain), decision->reason);
    audit.organization_id = row->organization_id;
    return audit;
}

// What is no name of ours is at least nothing verified.
static flow_domain_status_t status_of(str_t name) {
    if (str_eq(name, str_from_c(flow_domain_status_names[FLOW_DOMAIN_VERIFIED]))) {
        return FLOW_DOMAIN_VERIFIED;
    }
    return str_eq(name, str_from_c(flow_domain_status_names[FLOW_DOMAIN_FAILED]))
               ? FLOW_DOMAIN_FAILED
               : FLOW_DOMAIN_PENDING;
}

result_t domain_check(call_t *call, const domain_check_t *check, flow_domain_status_t *out_status) {
    flow_domain_facts_t facts = {.status = status_of(check->row->status),
                                 .failures = check->row->failures,
                                 .is_taken = check->row->is_taken,
                                 .is_requested = check->is_requested};
    TRY(ask_released(call, check->row, &facts.txt));
    const flow_domain_decision_t decision = flow_domain_after_check(&facts);
    const store_audit_t audit = audit_of(call, check, &decision);
    const store_domain_checked_t row = {flow_domain_status_names[decision.status],
                                        decision.failures, decision.due_in_s};
    TRY(store_domain_checked(call->store, check->row, &row, decision.is_told ? &audit : NULL,
                             &call->err));
    *out_status = decision.status;
    return OK;
}
