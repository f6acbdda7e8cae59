// Every combination of the facts of an arrival, against a list of sentences: the first that applies
// wins. The sentences are those of flow.md 3 (M6 to M9, M12 to M15, the loop guard), 4 and 7.
#include "flow/arrival.h"
#include "flow_case.h"
#include <criterion/criterion.h>

enum { F_OPEN, F_COMPLETED, F_FAILED, F_OLD, F_COUNT };
enum { CONN_ABSENT, CONN_OFF, CONN_ON, CONN_COUNT };
enum { SAID_NOTHING, SAID_NOBODY, SAID_NO_EMAIL, SAID_EMAIL, SAID_COUNT };
enum { ASSIGNED_NONE, ASSIGNED_THIS, ASSIGNED_OTHER, ASSIGNED_COUNT };
enum { I_UNKNOWN, I_NEVER_PROVEN, I_PROVEN, I_OTHER_ADDRESS, I_LAPSED, I_COUNT };
enum { REALM_NONE, REALM_OWN, REALM_OTHER, REALM_EXCLUSIVE, REALM_OTHER_TWO, REALM_COUNT };
enum { USER_REALMS = REALM_OTHER_TWO };
enum { NOW = 7000000 };

typedef struct {
    int own, flow, connection, social, cancelled, defect, said, verified, domain, assigned,
        identity, realm, user_realm;
} case_t;
static const int sizes[] = {2,       F_COUNT,     CONN_COUNT, 2, 2,
                            2,       SAID_COUNT,  2,          2, ASSIGNED_COUNT,
                            I_COUNT, REALM_COUNT, USER_REALMS};
enum { DIGITS = sizeof sizes / sizeof sizes[0] };

// ---- the sentences ------------------------------------------------------------------------------

static bool elsewhere(const case_t *c) {
    return !c->own;
}
static bool closed(const case_t *c) {
    return c->flow != F_OPEN;
}
static bool switched_off(const case_t *c) {
    return c->connection != CONN_ON;
}
static bool cancelled(const case_t *c) {
    return c->cancelled;
}
static bool does_not_hold(const case_t *c) {
    return c->defect;
}
static bool names_nobody(const case_t *c) {
    return c->said == SAID_NOTHING || c->said == SAID_NOBODY;
}
static bool social_without_email(const case_t *c) { // M6
    return c->social && c->said == SAID_NO_EMAIL;
}
static bool sso_without_email(const case_t *c) { // M13
    return c->said == SAID_NO_EMAIL;
}
static bool social_of_several(const case_t *c) { // M7, M8
    return c->social && c->realm == REALM_OTHER_TWO;
}
static bool social_of_company(const case_t *c) { // M7, M8
    return c->social && c->realm != REALM_NONE;
}
static bool social_of_company_s_user(const case_t *c) { // section 5: a known identity is its user
    return c->social && c->user_realm != REALM_NONE;
}
static bool social_verified(const case_t *c) { // M9
    return c->social && c->verified;
}
static bool social_proven_before(const case_t *c) { // 4.3 with the channel of this very identity
    return c->social && c->identity == I_PROVEN;
}
static bool social_unverified(const case_t *c) { // M7
    return c->social;
}
static bool of_exclusive_other(const case_t *c) { // the loop guard
    return c->realm == REALM_EXCLUSIVE;
}
static bool user_of_exclusive_other(const case_t *c) {
    return c->user_realm == REALM_EXCLUSIVE;
}
// A known subject, of a user with another address, whom neither a domain nor a code vouches for.
static bool of_nobody_vouched_for(const case_t *c) {
    return !c->social && c->user_realm != REALM_NONE && c->user_realm != REALM_OWN &&
           (c->identity == I_NEVER_PROVEN || c->identity == I_LAPSED);
}
static bool trusted_by_domain(const case_t *c) { // 4.1
    return c->domain && c->assigned != ASSIGNED_OTHER;
}
static bool trusted_by_channel(const case_t *c) { // 4.2
    return c->identity == I_PROVEN;
}
static bool always(const case_t *c) { // 4.4, M15
    (void)c;
    return true;
}

static const struct {
    bool (*when)(const case_t *);
    flow_step_t step;
} sentences[] = {
    {elsewhere, FLOW_STEP_OTHER_BROWSER},
    {closed, FLOW_STEP_EXPIRED},
    {switched_off, FLOW_STEP_SSO_FAILED},
    {cancelled, FLOW_STEP_SSO_FAILED},
    {does_not_hold, FLOW_STEP_SSO_FAILED},
    {names_nobody, FLOW_STEP_SSO_FAILED},
    {social_without_email, FLOW_STEP_ASK_EMAIL},
    {sso_without_email, FLOW_STEP_ERROR_REDIRECT},
    {social_of_several, FLOW_STEP_PICK_CONNECTION},
    {social_of_company, FLOW_STEP_SSO},
    {social_of_company_s_user, FLOW_STEP_SSO},
    {social_verified, FLOW_STEP_COMPLETE},
    {social_proven_before, FLOW_STEP_COMPLETE},
    {social_unverified, FLOW_STEP_SEND_CODE},
    {of_exclusive_other, FLOW_STEP_OTHER_REALM},
    {user_of_exclusive_other, FLOW_STEP_OTHER_REALM},
    {of_nobody_vouched_for, FLOW_STEP_NO_MEMBER},
    {trusted_by_domain, FLOW_STEP_COMPLETE},
    {trusted_by_channel, FLOW_STEP_COMPLETE},
    {always, FLOW_STEP_SEND_CODE},
};
enum { SENTENCES = sizeof sentences / sizeof sentences[0] };

// ---- the facts of a case ------------------------------------------------------------------------

static flow_hrd_t realm_of(int realm) {
    static const str_t own[] = {{"conn_own", 8}};
    static const str_t other[] = {{"conn_b1", 7}, {"conn_b2", 7}};
    static const flow_hrd_t realms[] = {
        // Its own organization may be exclusive: this is its sign-in.
        [REALM_OWN] = {FLOW_HRD_ONE, {"x.example", 9}, {"org_own", 7}, {own, 1}, true},
        [REALM_OTHER] = {FLOW_HRD_ONE, {"b.example", 9}, {"org_b", 5}, {other, 1}, false},
        [REALM_EXCLUSIVE] = {FLOW_HRD_ONE, {"b.example", 9}, {"org_b", 5}, {other, 1}, true},
        [REALM_OTHER_TWO] = {FLOW_HRD_SEVERAL, {"b.example", 9}, {"org_b", 5}, {other, 2}, false},
    };
    return realms[realm];
}

static flow_connection_t connection_of(const case_t *c) {
    static const str_t domains[] = {{"x.example", 9}, {"other.example", 13}};
    static const flow_list_t assigned[] = {
        [ASSIGNED_THIS] = {domains, 2}, [ASSIGNED_OTHER] = {domains + 1, 1}};
    return (flow_connection_t){
        .is_present = c->connection != CONN_ABSENT,
        .is_usable = c->connection != CONN_OFF, // an absent one is refused for itself
        .is_social = c->social,
        .id = c->social ? STR("conn_google") : STR("conn_own"),
        .organization_id = c->social ? STR_NONE : STR("org_own"),
        .domains = assigned[c->assigned],
        .trust_epoch = 5,
    };
}

static flow_identity_t identity_of(int identity) {
    return (flow_identity_t){
        .is_present = identity != I_UNKNOWN,
        .user_id = STR("usr_1"),
        .channel_email = identity == I_NEVER_PROVEN    ? STR_NONE
                         : identity == I_OTHER_ADDRESS ? STR("bob@x.example")
                                                       : STR("ann@x.example"),
        .channel_epoch = identity == I_LAPSED ? 4 : 5,
    };
}

static flow_arrival_t facts_of(const case_t *c) {
    static const flow_status_t status[] = {FLOW_OPEN, FLOW_COMPLETED, FLOW_FAILED, FLOW_OPEN};
    const bool has_email = c->said == SAID_EMAIL;
    return (flow_arrival_t){
        .now = NOW,
        .status = status[c->flow],
        .flow_expires_at = c->flow == F_OLD ? NOW : NOW + 1,
        .is_own_browser = c->own,
        .connection = connection_of(c),
        .defect = c->defect ? "invalid_id_token" : NULL,
        .defect_text = c->defect ? STR("the nonce is another one") : STR_NONE,
        .is_refused_by_person = c->cancelled,
        .assertion = {.is_present = c->said != SAID_NOTHING,
                      .subject = c->said == SAID_NOBODY ? STR_NONE : STR("sub-1"),
                      .email = has_email ? STR("ann@x.example") : STR_NONE,
                      .email_domain = has_email ? STR("x.example") : STR_NONE,
                      .is_email_verified = c->verified},
        .identity = identity_of(c->identity),
        .user = {.is_present = c->identity != I_UNKNOWN,
                 .id = STR("usr_1"),
                 .email = c->user_realm == REALM_NONE ? STR("ann@x.example") : STR("ann@y.example"),
                 .is_active = true},
        .hrd = realm_of(c->realm),
        .hrd_user = realm_of(c->user_realm),
        .is_organization_domain = c->domain,
    };
}

static void check_details(const case_t *c, const flow_decision_t *got) {
    const bool is_final = got->step == FLOW_STEP_COMPLETE;
    const bool is_sso = got->step == FLOW_STEP_SSO || got->step == FLOW_STEP_PICK_CONNECTION;
    cr_assert_eq(got->is_linking, is_final); // M8: nothing is linked on the way to a company
    cr_assert_eq(got->is_new_session, is_final);
    cr_assert_eq(got->why, is_sso ? FLOW_WHY_POLICY : FLOW_WHY_NONE);
    if (is_final || got->step == FLOW_STEP_SEND_CODE) {
        cr_assert(str_eq(got->connection_id, c->social ? STR("conn_google") : STR("conn_own")));
        cr_assert(str_eq(got->organization_id, c->social ? STR_NONE : STR("org_own")));
    }
    cr_assert_eq(got->purpose, got->step == FLOW_STEP_SEND_CODE && !c->social
                                   ? FLOW_PURPOSE_SSO_TRUST
                                   : FLOW_PURPOSE_LOGIN);
    const bool is_error = got->step == FLOW_STEP_ERROR_REDIRECT;
    cr_assert(is_error ? strcmp(got->error, "mandatory_attribute_missing") == 0 : !got->error);
    cr_assert(!str_is_empty(got->reason) && !str_has_control(got->reason));
}

Test(arrival_table, agrees_with_the_sentences_on_every_combination_of_facts) {
    arena_t *arena = arena_new(1 << 20);
    int d[DIGITS] = {0};
    size_t applied[SENTENCES] = {0}, count = 0;
    do {
        const case_t c = {d[0], d[1], d[2], d[3],  d[4],  d[5], d[6],
                          d[7], d[8], d[9], d[10], d[11], d[12]};
        const flow_arrival_t facts = facts_of(&c);
        const flow_decision_t got = flow_after_arrival(arena, &facts);
        size_t i = 0;
        while (!sentences[i].when(&c)) {
            i++;
        }
        applied[i]++;
        if (got.step != sentences[i].step) {
            cr_assert_fail(
                "own %d flow %d connection %d social %d cancelled %d defect %d said %d "
                "verified %d domain %d assigned %d identity %d realm %d %d: got %s "
                "(%.*s), want %s by sentence %zu",
                c.own, c.flow, c.connection, c.social, c.cancelled, c.defect, c.said, c.verified,
                c.domain, c.assigned, c.identity, c.realm, c.user_realm, flow_step_name(got.step),
                STR_ARG(got.reason), flow_step_name(sentences[i].step), i);
        }
        check_details(&c, &got);
        count++;
        arena_reset(arena);
    } while (case_next(d, sizes, DIGITS));
    cr_assert_eq(count, 921600);
    for (size_t i = 0; i < SENTENCES; i++) {
        cr_assert_gt(applied[i], 0, "sentence %zu never applied", i);
    }
    arena_free(&arena);
}

// Whose person it is, in words: at home here, and at home nowhere else.
Test(arrival_table, a_realm_is_one_s_own_only_if_no_other_claims_the_person) {
    static const int three[] = {CONN_COUNT, 2, REALM_COUNT, REALM_COUNT};
    int d[4] = {0};
    size_t own = 0;
    do {
        const case_t c = {.connection = d[0], .social = d[1]};
        const flow_connection_t connection = connection_of(&c);
        const flow_hrd_t hrd = realm_of(d[2]), user = realm_of(d[3]);
        const int here = (d[2] == REALM_OWN) + (d[3] == REALM_OWN);
        const int none = (d[2] == REALM_NONE) + (d[3] == REALM_NONE);
        const bool want = d[0] != CONN_ABSENT && !d[1] && here > 0 && here + none == 2;
        cr_assert_eq(flow_is_own_realm(&connection, &hrd, &user), want);
        own += want;
    } while (case_next(d, three, 4));
    cr_assert_eq(own, 6);
}

// Section 7.
Test(arrival_table, an_unsolicited_login_becomes_a_hint_or_a_request_or_nothing) {
    static const int small[] = {CONN_COUNT, 2, FLOW_IDP_OFF + 1, 2, 2};
    arena_t *arena = arena_new(1 << 16);
    int d[5] = {0};
    size_t seen[FLOW_STEP_HINT_APPLICATION + 1] = {0};
    do {
        const case_t c = {.connection = d[0], .social = d[1]};
        flow_unsolicited_t facts = {.connection = connection_of(&c),
                                    .has_default_application = d[3],
                                    .has_initiate_login = d[4]};
        facts.connection.idp_initiated = (flow_idp_initiated_t)d[2];
        const bool may = d[0] == CONN_ON && !d[1] && d[2] != FLOW_IDP_OFF && d[3];
        const flow_step_t want = !may   ? FLOW_STEP_SSO_FAILED
                                 : d[4] ? FLOW_STEP_HINT_APPLICATION
                                        : FLOW_STEP_SSO;
        const flow_decision_t got = flow_after_unsolicited(arena, &facts);
        cr_assert_eq(got.step, want);
        cr_assert(!may || str_eq(got.connection_id, STR("conn_own")));
        cr_assert(!may || str_eq(got.organization_id, STR("org_own")));
        cr_assert(!str_is_empty(got.reason) && !got.error && !got.is_linking);
        seen[got.step]++;
    } while (case_next(d, small, 5));
    cr_assert_eq(seen[FLOW_STEP_HINT_APPLICATION], 2);
    cr_assert_eq(seen[FLOW_STEP_SSO], 2);
    arena_free(&arena);
}
