// Every combination of the facts at the entry, against a second reading of flow.md 2 and 6 that
// knows nothing of the first: it reads cases, not facts, and looks answers up.
#include "flow/entry.h"
#include "flow_case.h"
#include <criterion/criterion.h>

enum { S_NONE, S_INACTIVE, S_CODE, S_A, S_N, S_GOOGLE, S_GOOGLE_N, S_A_FOR_N, S_B, S_COUNT };
enum { AGE_ANY, AGE_JUST_RIGHT, AGE_OVER, AGE_ZERO, AGE_COUNT };
enum { PROVIDER_NONE, PROVIDER_BAD, PROVIDER_GOOGLE, PROVIDER_COUNT };
enum { CONN_NONE, CONN_BAD, CONN_A1, CONN_COUNT };
enum { ORG_NONE, ORG_UNKNOWN, ORG_A, ORG_A_TWO, ORG_N, ORG_B, ORG_COUNT };
enum { REALM_NONE, REALM_A, REALM_B_TWO, REALM_B_EXCLUSIVE, REALM_COUNT };
enum { HINT_ABSENT, HINT_NONE, HINT_A, HINT_B_TWO, HINT_COUNT };
enum { M_MANY, M_A, M_N, M_NONE, M_NONE_MAY_CREATE, M_OFF, M_OFF_A, M_JOIN_B, M_INVITED, M_COUNT };
enum { PROMPTS_COUNT = 16 };
enum { A, B, N, ORGANIZATIONS };

enum { NOW = 1000000000 };

// One digit a fact.
typedef struct {
    int prompts, age, session, provider, connection, organization, domain, hint, session_realm,
        members;
} case_t;
enum { DIGITS = 10 };

typedef struct {
    flow_step_t step;
    const char *error, *connection, *organization;
    flow_why_t why;
    flow_membership_step_t membership;
} answer_t;

static bool has_none(const case_t *c) {
    return c->prompts & 1;
}
static bool has_login(const case_t *c) {
    return c->prompts & 2;
}
static bool has_create(const case_t *c) {
    return c->prompts & 4;
}
static bool has_select(const case_t *c) {
    return c->prompts & 8;
}

// ---- the second reading -------------------------------------------------------------------------

static const char *const names[] = {[A] = "org_a", [B] = "org_b", [N] = "org_n"};
enum { ANY = ORGANIZATIONS, GOOGLE, IMPOSSIBLE };

// Through whom each session was made, and for which organization it works.
static const struct {
    int through, of;
} made[S_COUNT] = {[S_NONE] = {ANY, ANY},
                   [S_INACTIVE] = {A, A},
                   [S_CODE] = {ANY, ANY},
                   [S_A] = {A, A},
                   [S_N] = {ANY, N},
                   [S_GOOGLE] = {GOOGLE, ANY},
                   [S_GOOGLE_N] = {GOOGLE, N},
                   [S_A_FOR_N] = {A, N},
                   [S_B] = {B, B}};

// '+' active, '-' deactivated, '?' invited, '*' may join, ' ' nothing; in the order A, B, N.
static const char *const members[M_COUNT] = {
    [M_MANY] = "+?+",  [M_A] = "+  ",      [M_N] = "  +",
    [M_NONE] = "   ",  [M_OFF] = "---",    [M_NONE_MAY_CREATE] = "   ",
    [M_OFF_A] = "- +", [M_JOIN_B] = "+* ", [M_INVITED] = "  ?"};

// What the request forces, read off the order E4 to E8: the way, then the organization.
static int forced_way(const case_t *c) {
    static const int by_domain[] = {ANY, A, B, B};
    static const int by_organization[] = {
        [ORG_UNKNOWN] = IMPOSSIBLE, [ORG_A] = A, [ORG_A_TWO] = A, [ORG_B] = B};
    const bool is_a = c->organization == ORG_A || c->organization == ORG_A_TWO;
    if (c->provider != PROVIDER_NONE) {
        return c->provider == PROVIDER_GOOGLE ? GOOGLE : IMPOSSIBLE;
    }
    if (c->connection != CONN_NONE) {
        return c->connection == CONN_A1 && (is_a || c->organization == ORG_NONE) ? A : IMPOSSIBLE;
    }
    return c->organization == ORG_NONE || c->organization == ORG_N
               ? by_domain[c->domain]
               : by_organization[c->organization];
}

static int wanted_organization(const case_t *c) {
    static const int named[] = {ANY, ANY, A, A, N, B};
    const int way = forced_way(c);
    if (named[c->organization] != ANY) {
        return named[c->organization];
    }
    return way == A || way == B ? way : ANY;
}

static bool is_live(const case_t *c) {
    const bool is_fresh = c->age == AGE_ANY || c->age == AGE_JUST_RIGHT;
    return c->session != S_NONE && c->session != S_INACTIVE && !has_login(c) && is_fresh;
}

static bool is_switching(const case_t *c) {
    return has_select(c) && c->organization != ORG_NONE;
}

// "of the forced connection or organization if one is forced"
static bool is_usable(const case_t *c) {
    const int way = forced_way(c), wanted = wanted_organization(c);
    return is_live(c) && (way == ANY || made[c->session].through == way) &&
           (wanted == ANY || wanted == made[c->session].of || is_switching(c));
}

// Section 6 and the loop guard: the realm against what authenticated the session.
static bool is_allowed(const case_t *c, int organization) {
    static const int owner[] = {ANY, A, B, B};
    const int through = made[c->session].through;
    if (c->session_realm == REALM_NONE || through == owner[c->session_realm]) {
        return true;
    }
    return c->session_realm != REALM_B_EXCLUSIVE && through == A && organization == A;
}

// The loop guard for whom no realm claims: A's provider makes no session that goes on to N.
static bool is_bound(const case_t *c, int organization) {
    const int through = made[c->session].through;
    return c->session_realm == REALM_NONE && (through == A || through == B) &&
           organization != ANY && organization != through && organization != made[c->session].of;
}

static answer_t error_of(const char *error) {
    return (answer_t){FLOW_STEP_ERROR_REDIRECT, error, "", "", 0, 0};
}

static answer_t at(flow_step_t step, int organization, flow_membership_step_t membership) {
    return (answer_t){step, NULL,      "", organization == ANY ? "" : names[organization],
                      0,    membership};
}

static answer_t for_one(const case_t *c, int organization) {
    switch (members[c->members][organization]) {
    case '+':
        return at(FLOW_STEP_COMPLETE, organization, FLOW_MEMBERSHIP_KEEP);
    case '?':
        return at(FLOW_STEP_COMPLETE, organization, FLOW_MEMBERSHIP_ACCEPT);
    case '-':
        return at(FLOW_STEP_NOT_ACTIVE, organization, 0);
    default:
        return at(FLOW_STEP_NO_MEMBER, organization, 0);
    }
}

// Nothing is wanted: what these members have to choose from.
static answer_t for_any(const case_t *c) {
    static const int only[M_COUNT] = {[M_MANY] = -1, [M_A] = A,       [M_N] = N,
                                      [M_NONE] = -1, [M_OFF] = -1,    [M_NONE_MAY_CREATE] = -1,
                                      [M_OFF_A] = N, [M_JOIN_B] = -1, [M_INVITED] = -1};
    if (only[c->members] >= 0) {
        return at(FLOW_STEP_COMPLETE, only[c->members], FLOW_MEMBERSHIP_KEEP);
    }
    switch (c->members) {
    case M_NONE:
        return at(FLOW_STEP_COMPLETE, ANY, FLOW_MEMBERSHIP_NONE);
    case M_NONE_MAY_CREATE:
        return at(FLOW_STEP_CREATE_ORGANIZATION, ANY, 0);
    case M_OFF:
        return at(FLOW_STEP_NOT_ACTIVE, ANY, 0);
    default:
        return at(FLOW_STEP_CHOOSE_ORGANIZATION, ANY, 0);
    }
}

static answer_t with_session(const case_t *c) {
    const int wanted = wanted_organization(c), of = made[c->session].of;
    if (wanted != ANY) {
        return for_one(c, wanted);
    }
    const bool stays = of != ANY && members[c->members][of] == '+' && !has_select(c);
    return stays ? at(FLOW_STEP_COMPLETE, of, FLOW_MEMBERSHIP_KEEP) : for_any(c);
}

static int judged_for(const case_t *c, const answer_t *answer) {
    for (int i = 0; answer->step == FLOW_STEP_COMPLETE && i < ORGANIZATIONS; i++) {
        if (strcmp(answer->organization, names[i]) == 0) {
            return i;
        }
    }
    if (answer->step == FLOW_STEP_COMPLETE) {
        return ANY;
    }
    return wanted_organization(c) != ANY ? wanted_organization(c) : made[c->session].of;
}

// OIDC Core 3.1.2.6.
static answer_t without_page(answer_t answer) {
    switch ((int)answer.step) {
    case FLOW_STEP_COMPLETE:
        return answer;
    case FLOW_STEP_CHOOSE_ORGANIZATION:
        return error_of("account_selection_required");
    default:
        return error_of("interaction_required");
    }
}

static answer_t to(int organization, bool is_several, flow_why_t why) {
    static const char *const first[] = {[A] = "conn_a1", [B] = "conn_b1"};
    return is_several
               ? (answer_t){FLOW_STEP_PICK_CONNECTION, NULL, "", names[organization], why, 0}
               : (answer_t){FLOW_STEP_SSO, NULL, first[organization], names[organization], why, 0};
}

static answer_t by_rows_e4_to_e10(const case_t *c) {
    const flow_why_t why = is_switching(c) && is_live(c) ? FLOW_WHY_SWITCH : FLOW_WHY_NONE;
    if (c->provider != PROVIDER_NONE) {
        return c->provider == PROVIDER_BAD
                   ? error_of("invalid_connection_selector")
                   : (answer_t){FLOW_STEP_SOCIAL, NULL, "conn_google", "", 0, 0};
    }
    if (c->connection != CONN_NONE) {
        return forced_way(c) == A ? to(A, false, 0) : error_of("invalid_connection_id");
    }
    if (c->organization == ORG_UNKNOWN) {
        return error_of("invalid_organization_id");
    }
    if (c->organization == ORG_A || c->organization == ORG_A_TWO) {
        return to(A, c->organization == ORG_A_TWO, why);
    }
    if (c->organization == ORG_B) {
        return to(B, false, why);
    }
    if (c->domain != REALM_NONE) {
        return to(c->domain == REALM_A ? A : B, c->domain != REALM_A, 0);
    }
    if (c->hint == HINT_A || c->hint == HINT_B_TWO) {
        return to(c->hint == HINT_A ? A : B, c->hint == HINT_B_TWO, 0);
    }
    return at(FLOW_STEP_LOGIN_PAGE, c->organization == ORG_N ? N : ANY, 0);
}

static answer_t second_reading(const case_t *c) {
    static const int named[] = {ANY, ANY, A, A, N, B};
    if (has_none(c) && c->prompts != 1) {
        return error_of("invalid_request"); // E3
    }
    if (has_create(c)) {
        return at(FLOW_STEP_SIGNUP_PAGE, named[c->organization], 0);
    }
    if (!is_usable(c)) {
        return has_none(c) ? error_of("login_required") : by_rows_e4_to_e10(c);
    }
    const answer_t answer = with_session(c);
    const bool bound = is_bound(c, judged_for(c, &answer));
    if (!bound && is_allowed(c, judged_for(c, &answer))) {
        return has_none(c) ? without_page(answer) : answer;
    }
    if (has_none(c)) {
        return error_of("login_required");
    }
    // "reuse sends the person to SSO", unless the request forces a way itself.
    return forced_way(c) == ANY && !bound ? to(c->session_realm == REALM_A ? A : B,
                                               c->session_realm != REALM_A, FLOW_WHY_SESSION)
                                          : by_rows_e4_to_e10(c);
}

// ---- the facts of a case ------------------------------------------------------------------------

static const str_t conn_a[] = {{"conn_a1", 7}, {"conn_a2", 7}};
static const str_t conn_b[] = {{"conn_b1", 7}, {"conn_b2", 7}};
static const str_t conn_google[] = {{"conn_google", 11}};
static const str_t sso_a[] = {{"org_a", 5}};
static const str_t sso_b[] = {{"org_b", 5}};

static flow_hrd_t realm_of(int realm) {
    static const flow_hrd_t realms[] = {
        [REALM_NONE] = {FLOW_HRD_NONE, .domain = {"c.example", 9}},
        [REALM_A] = {FLOW_HRD_ONE, {"a.example", 9}, {"org_a", 5}, {conn_a, 1}, true},
        [REALM_B_TWO] = {FLOW_HRD_SEVERAL, {"b.example", 9}, {"org_b", 5}, {conn_b, 2}, false},
        [REALM_B_EXCLUSIVE] = {FLOW_HRD_SEVERAL, {"b.example", 9}, {"org_b", 5}, {conn_b, 2}, true},
    };
    return realms[realm];
}

static flow_session_t session_of(int session) {
    if (session == S_NONE) {
        return (flow_session_t){0};
    }
    const int of = made[session].of;
    flow_session_t facts = {
        .is_present = true,
        .is_user_active = session != S_INACTIVE,
        .id = STR("ses_1"),
        .user_id = STR("usr_1"),
        .email = STR("ann@a.example"),
        .auth_time = NOW - 60000,
        .organization_id = of == ANY ? STR_NONE : str_from_c(names[of]),
    };
    if (made[session].through == A) {
        facts.amr = facts.connection_ids = (flow_list_t){conn_a, 1};
        facts.sso_organization_ids = (flow_list_t){sso_a, 1};
    }
    if (made[session].through == B) {
        facts.amr = facts.connection_ids = (flow_list_t){conn_b, 1};
        facts.sso_organization_ids = (flow_list_t){sso_b, 1};
    }
    if (made[session].through == GOOGLE) {
        facts.amr = (flow_list_t){conn_google, 1};
    }
    return facts;
}

static flow_named_t organization_of(int organization) {
    static const flow_named_t organizations[] = {
        [ORG_UNKNOWN] = {.is_named = true, .id = {"org_x", 5}},
        [ORG_A] = {true, true, {"org_a", 5}, {"org_a", 5}, {conn_a, 1}},
        [ORG_A_TWO] = {true, true, {"org_a", 5}, {"org_a", 5}, {conn_a, 2}},
        [ORG_N] = {true, true, {"org_n", 5}, {"org_n", 5}, {NULL, 0}},
        [ORG_B] = {true, true, {"org_b", 5}, {"org_b", 5}, {conn_b, 1}},
    };
    return organizations[organization];
}

// In a buffer of the test's own, good until the next call.
static flow_memberships_t memberships_of(int kind) {
    static flow_membership_t items[ORGANIZATIONS];
    size_t count = 0;
    for (int i = 0; i < ORGANIZATIONS; i++) {
        const char *marks = "+-?*"; // in the order of flow_member_t
        const char *mark = strchr(marks, members[kind][i]);
        if (mark) {
            items[count++] = (flow_membership_t){.organization_id = str_from_c(names[i]),
                                                 .member = (flow_member_t)(mark - marks)};
        }
    }
    return (flow_memberships_t){items, count};
}

static flow_entry_t facts_of(const case_t *c) {
    static const flow_named_t connections[] = {
        [CONN_BAD] = {.is_named = true, .id = {"conn_a1", 7}, .organization_id = {"org_a", 5}},
        [CONN_A1] = {true, true, {"conn_a1", 7}, {"org_a", 5}, {NULL, 0}},
    };
    static const flow_named_t providers[] = {
        [PROVIDER_BAD] = {.is_named = true, .id = {"conn_google", 11}},
        [PROVIDER_GOOGLE] = {.is_named = true, .is_usable = true, .id = {"conn_google", 11}},
    };
    return (flow_entry_t){
        // A session that is as old as max_age allows, and one that is a millisecond older.
        .now = c->age == AGE_OVER ? NOW + 1 : NOW,
        .client = {.is_present = true, .is_active = true, .id = STR("skc_1")},
        .is_redirect_registered = true,
        .prompt = {has_none(c), has_login(c), has_create(c), has_select(c)},
        .has_max_age = c->age != AGE_ANY,
        .max_age_s = c->age == AGE_ZERO ? 0 : 60,
        .has_login_hint = c->hint != HINT_ABSENT,
        .provider = providers[c->provider],
        .connection = connections[c->connection],
        .organization = organization_of(c->organization),
        .hrd_domain = realm_of(c->domain),
        .hrd_hint = realm_of(c->hint == HINT_ABSENT ? REALM_NONE : c->hint - 1),
        .session = session_of(c->session),
        .memberships = memberships_of(c->members),
        .hrd_session = realm_of(c->session_realm),
        .is_organization_signup_open = c->members == M_NONE_MAY_CREATE,
    };
}

static bool is_same(const flow_decision_t *got, const answer_t *want) {
    const bool is_same_error = (!got->error && !want->error) ||
                               (got->error && want->error && strcmp(got->error, want->error) == 0);
    const size_t picked = want->step == FLOW_STEP_PICK_CONNECTION ? 2 : 0;
    return got->step == want->step && is_same_error && !got->is_new_session && !got->is_linking &&
           str_eq(got->connection_id, str_from_c(want->connection)) &&
           str_eq(got->organization_id, str_from_c(want->organization)) && got->why == want->why &&
           got->membership == want->membership && got->connection_ids.count == picked &&
           !str_is_empty(got->reason) && !str_has_control(got->reason);
}

// Walks all combinations below `sizes` and counts how often each step came up.
static size_t walk(const int *sizes, size_t *seen) {
    arena_t *arena = arena_new(1 << 20);
    int d[DIGITS] = {0};
    size_t count = 0;
    do {
        const case_t c = {d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9]};
        const flow_entry_t facts = facts_of(&c);
        const flow_decision_t got = flow_at_entry(arena, &facts);
        const answer_t want = second_reading(&c);
        if (!is_same(&got, &want)) {
            cr_assert_fail(
                "prompts %d age %d session %d provider %d connection %d organization %d "
                "domain %d hint %d session realm %d members %d: got %s %.*s %.*s %d (%.*s), "
                "want %s %s %s %d",
                c.prompts, c.age, c.session, c.provider, c.connection, c.organization, c.domain,
                c.hint, c.session_realm, c.members, flow_step_name(got.step),
                STR_ARG(got.connection_id), STR_ARG(got.organization_id), (int)got.why,
                STR_ARG(got.reason), flow_step_name(want.step), want.connection, want.organization,
                (int)want.why);
        }
        seen[got.step]++;
        count++;
        arena_reset(arena);
    } while (case_next(d, sizes, DIGITS));
    arena_free(&arena);
    return count;
}

static void came_up(const size_t *seen, const flow_step_t *steps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cr_assert_gt(seen[steps[i]], 0, "%s never came up", flow_step_name(steps[i]));
    }
}

Test(entry_table, agrees_with_a_second_reading_on_every_combination_of_selectors) {
    static const int sizes[DIGITS] = {PROMPTS_COUNT, AGE_COUNT, S_COUNT,           PROVIDER_COUNT,
                                      CONN_COUNT,    ORG_COUNT, REALM_B_EXCLUSIVE, HINT_COUNT,
                                      REALM_B_TWO,   1};
    static const flow_step_t steps[] = {FLOW_STEP_ERROR_REDIRECT,
                                        FLOW_STEP_LOGIN_PAGE,
                                        FLOW_STEP_SIGNUP_PAGE,
                                        FLOW_STEP_COMPLETE,
                                        FLOW_STEP_SSO,
                                        FLOW_STEP_SOCIAL,
                                        FLOW_STEP_PICK_CONNECTION,
                                        FLOW_STEP_CHOOSE_ORGANIZATION};
    size_t seen[FLOW_STEP_HINT_APPLICATION + 1] = {0};
    cr_assert_eq(walk(sizes, seen), 746496);
    came_up(seen, steps, sizeof steps / sizeof steps[0]);
}

Test(entry_table, agrees_with_a_second_reading_on_every_session_realm_and_membership) {
    static const int sizes[DIGITS] = {PROMPTS_COUNT, 1,         S_COUNT,           PROVIDER_COUNT,
                                      CONN_COUNT,    ORG_COUNT, REALM_B_EXCLUSIVE, 1,
                                      REALM_COUNT,   M_COUNT};
    static const flow_step_t steps[] = {
        FLOW_STEP_COMPLETE,  FLOW_STEP_CHOOSE_ORGANIZATION, FLOW_STEP_CREATE_ORGANIZATION,
        FLOW_STEP_NO_MEMBER, FLOW_STEP_NOT_ACTIVE,          FLOW_STEP_PICK_CONNECTION};
    size_t seen[FLOW_STEP_HINT_APPLICATION + 1] = {0};
    cr_assert_eq(walk(sizes, seen), 839808);
    came_up(seen, steps, sizeof steps / sizeof steps[0]);
}

// E1 and E2 come before all of the above, whatever it says.
Test(entry_table, refuses_an_unknown_application_or_address_or_a_defect_before_anything_else) {
    enum { CLIENT_ABSENT, CLIENT_INACTIVE, CLIENT_GOOD, CLIENT_COUNT };
    static const int small[] = {CLIENT_COUNT, 2, 2, 4, PROMPTS_COUNT, S_COUNT, CONN_COUNT};
    arena_t *arena = arena_new(1 << 20);
    int d[7] = {0};
    do {
        const case_t rest = {.prompts = d[4], .session = d[5], .connection = d[6]};
        flow_entry_t facts = facts_of(&rest);
        facts.client.is_present = d[0] != CLIENT_ABSENT;
        facts.client.is_active = d[0] != CLIENT_INACTIVE;
        facts.client.type = (flow_client_type_t)d[3];
        facts.is_redirect_registered = d[1];
        facts.defect = d[2] ? "unsupported_response_type" : NULL;
        facts.defect_text = STR("response_type is missing");
        const flow_decision_t got = flow_at_entry(arena, &facts);
        const bool is_page = d[0] != CLIENT_GOOD || !d[1];
        cr_assert_eq(got.step == FLOW_STEP_ERROR_PAGE, is_page);
        if (!is_page && (d[2] || d[3] == FLOW_CLIENT_M2M)) {
            cr_assert_eq(got.step, FLOW_STEP_ERROR_REDIRECT);
            cr_assert_str_eq(got.error, d[2] ? "unsupported_response_type" : "unauthorized_client");
        } else if (!is_page) {
            const answer_t want = second_reading(&rest);
            cr_assert(is_same(&got, &want));
        }
        arena_reset(arena);
    } while (case_next(d, small, 7));
    arena_free(&arena);
}
