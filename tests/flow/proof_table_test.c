// Every combination of the facts of a proof, against a list of sentences: the first that applies
// wins. The sentences are those of flow.md 3 (M3 to M5), 6 and 8.
#include "flow/proof.h"
#include "flow_case.h"
#include <criterion/criterion.h>

enum { C_ABSENT, C_ALIVE, C_CONSUMED, C_REPLACED, C_OLD, C_COUNT };
enum { REALM_NONE, REALM_OWN, REALM_OTHER, REALM_EXCLUSIVE, REALM_OTHER_TWO, REALM_COUNT };
enum { USER_ABSENT, USER_SAME, USER_OF_OTHER, USER_OF_EXCLUSIVE, USER_COUNT };
enum {
    W_NOTHING,
    W_SSO,
    W_SSO_OFF,
    W_SSO_CHANGED,
    W_SOCIAL,
    W_SOCIAL_OFF,
    W_SOCIAL_CHANGED,
    W_COUNT
};
enum { KIND_COUNT = FLOW_PROOF_CONTINUE + 1, STATUS_COUNT = FLOW_FAILED + 1 };
enum { NOW = 7000000 };

typedef struct {
    int kind, status, flow_old, own, enforced, challenge, trust, confirmed, tries, right, realm,
        user, waiting;
} case_t;
static const int tries_of[] = {4, 5, 6, 0, 1};
enum { DIGITS = 13 };

// ---- the sentences ------------------------------------------------------------------------------

static bool is_first_page(const case_t *c) {
    return c->kind == FLOW_PROOF_CODE || c->kind == FLOW_PROOF_CONTINUE;
}
static bool is_guess(const case_t *c) {
    return c->kind == FLOW_PROOF_CODE || c->kind == FLOW_PROOF_NUMBER;
}
static bool is_link(const case_t *c) {
    return c->kind == FLOW_PROOF_LINK || c->kind == FLOW_PROOF_LINK_VIEW;
}

static bool code_or_continue_elsewhere(const case_t *c) {
    return is_first_page(c) && !c->own;
}
static bool unknown_link(const case_t *c) {
    return !is_first_page(c) && c->challenge == C_ABSENT;
}
static bool flow_closed(const case_t *c) {
    return c->status != FLOW_OPEN || c->flow_old;
}
static bool nothing_sent(const case_t *c) {
    return c->challenge == C_ABSENT;
}
static bool challenge_over(const case_t *c) {
    return c->challenge != C_ALIVE;
}
// The sixth guess is not looked at; a link is dead with the fifth wrong one; a confirmation stands.
static bool tries_used_up(const case_t *c) {
    static const int dead_from[] = {[FLOW_PROOF_CODE] = 6,
                                    [FLOW_PROOF_NUMBER] = 6,
                                    [FLOW_PROOF_LINK] = 5,
                                    [FLOW_PROOF_LINK_VIEW] = 5,
                                    [FLOW_PROOF_CONTINUE] = 5};
    const bool stands = c->kind == FLOW_PROOF_CONTINUE && c->confirmed;
    return !stands && tries_of[c->tries] >= dead_from[c->kind];
}
static bool number_with_enforcement(const case_t *c) {
    return c->kind == FLOW_PROOF_NUMBER && c->enforced;
}
static bool link_token_wrong(const case_t *c) {
    return is_link(c) && !c->right;
}
static bool fifth_guess_wrong(const case_t *c) {
    return is_guess(c) && !c->right && tries_of[c->tries] == 5;
}
static bool guess_wrong(const case_t *c) {
    return is_guess(c) && !c->right;
}
static bool number_right(const case_t *c) {
    return c->kind == FLOW_PROOF_NUMBER;
}
static bool continue_too_early(const case_t *c) {
    return c->kind == FLOW_PROOF_CONTINUE && !c->confirmed;
}
static bool link_elsewhere_enforced(const case_t *c) {
    return is_link(c) && !c->own && c->enforced;
}
static bool link_elsewhere_confirmed(const case_t *c) {
    return is_link(c) && !c->own && c->confirmed;
}
static bool link_elsewhere(const case_t *c) {
    return is_link(c) && !c->own;
}
static bool link_looked_at(const case_t *c) {
    return c->kind == FLOW_PROOF_LINK_VIEW;
}
// The realm of the address, or of the user whose identity waits.
static bool one_connection_by_now(const case_t *c) {
    const bool is_user =
        c->realm == REALM_NONE && (c->user == USER_OF_OTHER || c->user == USER_OF_EXCLUSIVE);
    return !c->trust && (is_user || c->realm == REALM_OWN || c->realm == REALM_OTHER ||
                         c->realm == REALM_EXCLUSIVE);
}
static bool several_connections_by_now(const case_t *c) {
    return !c->trust && c->realm == REALM_OTHER_TWO;
}
static bool nothing_to_trust(const case_t *c) {
    return c->trust && c->waiting != W_SSO;
}
static bool social_changed(const case_t *c) {
    return !c->trust && c->waiting != W_NOTHING && c->waiting != W_SOCIAL;
}
static bool exclusive_elsewhere(const case_t *c) {
    return c->trust && (c->realm == REALM_EXCLUSIVE || c->user == USER_OF_EXCLUSIVE);
}
static bool always(const case_t *c) {
    (void)c;
    return true;
}

static const struct {
    bool (*when)(const case_t *);
    flow_step_t step;
} sentences[] = {
    {code_or_continue_elsewhere, FLOW_STEP_OTHER_BROWSER},
    {unknown_link, FLOW_STEP_CODE_EXPIRED},
    {flow_closed, FLOW_STEP_EXPIRED},
    {nothing_sent, FLOW_STEP_LOGIN_PAGE},
    {challenge_over, FLOW_STEP_CODE_EXPIRED},
    {tries_used_up, FLOW_STEP_CODE_DEAD},
    {number_with_enforcement, FLOW_STEP_SHOW_CODE},
    {link_token_wrong, FLOW_STEP_CODE_EXPIRED},
    {fifth_guess_wrong, FLOW_STEP_CODE_DEAD},
    {guess_wrong, FLOW_STEP_CODE_WRONG},
    {number_right, FLOW_STEP_CONFIRMED},
    {continue_too_early, FLOW_STEP_CONFIRM_NUMBER},
    {link_elsewhere_enforced, FLOW_STEP_SHOW_CODE},
    {link_elsewhere_confirmed, FLOW_STEP_CONFIRMED},
    {link_elsewhere, FLOW_STEP_CONFIRM_NUMBER},
    {link_looked_at, FLOW_STEP_COMPLETE},
    {one_connection_by_now, FLOW_STEP_SSO},
    {several_connections_by_now, FLOW_STEP_PICK_CONNECTION},
    {nothing_to_trust, FLOW_STEP_SSO_FAILED},
    {social_changed, FLOW_STEP_SSO_FAILED},
    {exclusive_elsewhere, FLOW_STEP_OTHER_REALM},
    {always, FLOW_STEP_COMPLETE},
};
enum { SENTENCES = sizeof sentences / sizeof sentences[0] };

// ---- the facts of a case ------------------------------------------------------------------------

static flow_hrd_t realm_of(int realm) {
    static const str_t own[] = {{"conn_own", 8}};
    static const str_t other[] = {{"conn_b1", 7}, {"conn_b2", 7}};
    static const flow_hrd_t realms[] = {
        [REALM_OWN] = {FLOW_HRD_ONE, {"x.example", 9}, {"org_own", 7}, {own, 1}, true},
        [REALM_OTHER] = {FLOW_HRD_ONE, {"x.example", 9}, {"org_b", 5}, {other, 1}, false},
        [REALM_EXCLUSIVE] = {FLOW_HRD_ONE, {"x.example", 9}, {"org_b", 5}, {other, 1}, true},
        [REALM_OTHER_TWO] = {FLOW_HRD_SEVERAL, {"x.example", 9}, {"org_b", 5}, {other, 2}, false},
    };
    return realms[realm];
}

static flow_connection_t waiting_of(int waiting) {
    const bool is_social = waiting >= W_SOCIAL;
    return (flow_connection_t){
        .is_present = waiting != W_NOTHING,
        .is_usable = waiting != W_NOTHING && waiting != W_SSO_OFF && waiting != W_SOCIAL_OFF,
        .is_social = is_social,
        .id = is_social ? STR("conn_google") : STR("conn_own"),
        .organization_id = is_social ? STR_NONE : STR("org_own"),
        .trust_epoch = waiting == W_SSO_CHANGED || waiting == W_SOCIAL_CHANGED ? 4 : 3,
    };
}

static flow_proof_t facts_of(const case_t *c) {
    return (flow_proof_t){
        .now = NOW,
        .kind = (flow_proof_kind_t)c->kind,
        .status = (flow_status_t)c->status,
        .flow_expires_at = c->flow_old ? NOW : NOW + 1,
        .is_own_browser = c->own,
        .is_same_browser_enforced = c->enforced,
        .challenge =
            {
                .is_present = c->challenge != C_ABSENT,
                .id = STR("chl_1"),
                .purpose = c->trust ? FLOW_PURPOSE_SSO_TRUST : FLOW_PURPOSE_LOGIN,
                .is_consumed = c->challenge == C_CONSUMED,
                .is_superseded = c->challenge == C_REPLACED,
                .is_confirmed = c->confirmed,
                .tries = tries_of[c->tries],
                .expires_at = c->challenge == C_OLD ? NOW : NOW + 1,
                .email = STR("ann@x.example"),
            },
        .is_secret_right = c->right,
        .hrd = realm_of(c->realm),
        .user = {.is_present = c->user != USER_ABSENT, .id = STR("usr_1"), .is_active = true},
        .hrd_user = realm_of(c->user == USER_OF_OTHER       ? REALM_OTHER
                             : c->user == USER_OF_EXCLUSIVE ? REALM_EXCLUSIVE
                                                            : REALM_NONE),
        .connection = waiting_of(c->waiting),
        .asserted_epoch = 3,
    };
}

// What no order of sentences may break (P-LINK-10): a session is made only in the flow's own
// browser, by a living challenge whose secret was shown there or confirmed.
static bool is_proven(const case_t *c) {
    const bool is_shown = c->kind == FLOW_PROOF_CONTINUE ? c->confirmed : c->right;
    return c->own && c->status == FLOW_OPEN && !c->flow_old && c->challenge == C_ALIVE &&
           is_shown && c->kind != FLOW_PROOF_NUMBER;
}

static void check_details(const case_t *c, const flow_decision_t *got) {
    const bool is_final = got->step == FLOW_STEP_COMPLETE && c->kind != FLOW_PROOF_LINK_VIEW;
    const bool is_telling = is_final || got->step == FLOW_STEP_SSO_FAILED ||
                            got->step == FLOW_STEP_OTHER_REALM || got->step == FLOW_STEP_SSO ||
                            got->step == FLOW_STEP_PICK_CONNECTION;
    const bool is_sso = got->step == FLOW_STEP_SSO || got->step == FLOW_STEP_PICK_CONNECTION;
    cr_assert(!is_telling || is_proven(c));
    cr_assert_eq(got->is_new_session, is_final);
    // The one way in which anything is ever linked.
    cr_assert_eq(got->is_linking, is_final && c->waiting == (c->trust ? W_SSO : W_SOCIAL));
    cr_assert_eq(got->tries_left, got->step == FLOW_STEP_CODE_WRONG ? 5 - tries_of[c->tries] : 0);
    cr_assert_eq(got->why, is_sso ? FLOW_WHY_POLICY : FLOW_WHY_NONE);
    cr_assert_eq(got->connection_ids.count, got->step == FLOW_STEP_PICK_CONNECTION ? 2 : 0);
    if (got->step == FLOW_STEP_SSO) {
        const bool is_own = c->realm == REALM_OWN;
        cr_assert(str_eq(got->connection_id, is_own ? STR("conn_own") : STR("conn_b1")));
    }
    if (is_final) { // M5: for the connection's organization and no other
        cr_assert(str_eq(got->organization_id, c->trust ? STR("org_own") : STR_NONE));
    }
    cr_assert_null(got->error);
    cr_assert(!str_is_empty(got->reason) && !str_has_control(got->reason));
}

static size_t walk(const int *sizes, size_t *applied) {
    arena_t *arena = arena_new(1 << 20);
    int d[DIGITS] = {0};
    size_t count = 0;
    do {
        const case_t c = {d[0], d[1], d[2], d[3],  d[4],  d[5], d[6],
                          d[7], d[8], d[9], d[10], d[11], d[12]};
        const flow_proof_t facts = facts_of(&c);
        const flow_decision_t got = flow_after_proof(arena, &facts);
        size_t i = 0;
        while (!sentences[i].when(&c)) {
            i++;
        }
        applied[i]++;
        if (got.step != sentences[i].step) {
            cr_assert_fail(
                "kind %d own %d enforced %d challenge %d trust %d confirmed %d tries %d "
                "right %d realm %d user %d waiting %d: got %s (%.*s), want %s by sentence %zu",
                c.kind, c.own, c.enforced, c.challenge, c.trust, c.confirmed, tries_of[c.tries],
                c.right, c.realm, c.user, c.waiting, flow_step_name(got.step), STR_ARG(got.reason),
                flow_step_name(sentences[i].step), i);
        }
        check_details(&c, &got);
        count++;
        arena_reset(arena);
    } while (case_next(d, sizes, DIGITS));
    arena_free(&arena);
    return count;
}

// Two walks: what may stop a proof with what waits for it, and every count of tries.
Test(proof_table, agrees_with_the_sentences_on_every_combination_of_facts) {
    static const int all[DIGITS] = {KIND_COUNT,  STATUS_COUNT, 2,      2, 2, C_COUNT, 2, 2, 1, 2,
                                    REALM_COUNT, USER_COUNT,   W_COUNT};
    static const int tries[DIGITS] = {KIND_COUNT, STATUS_COUNT, 2, 2, 2, C_COUNT, 2, 2, 5, 2, 2, 1,
                                      2};
    size_t applied[SENTENCES] = {0};
    cr_assert_eq(walk(all, applied), 672000);
    cr_assert_eq(walk(tries, applied), 96000);
    for (size_t i = 0; i < SENTENCES; i++) {
        cr_assert_gt(applied[i], 0, "sentence %zu never applied", i);
    }
}
