// Every combination of the facts at the entry, against a second reading of flow.md 2 and 6 that
// knows nothing of the first: it reads cases, not facts, and looks answers up.
#include "flow/entry.h"
#include "flow_case.h"
#include <criterion/criterion.h>

enum { S_NONE, S_INACTIVE, S_CODE, S_A, S_N, S_GOOGLE, S_A_FOR_N, S_COUNT };
enum { AGE_ANY, AGE_JUST_RIGHT, AGE_OVER, AGE_ZERO, AGE_COUNT };
enum { PROVIDER_NONE, PROVIDER_BAD, PROVIDER_GOOGLE, PROVIDER_COUNT };
enum { CONN_NONE, CONN_BAD, CONN_A1, CONN_COUNT };
enum { ORG_NONE, ORG_UNKNOWN, ORG_A, ORG_A_TWO, ORG_N, ORG_B, ORG_COUNT };
enum { REALM_NONE, REALM_A, REALM_B_TWO, REALM_COUNT };
enum { HINT_ABSENT, HINT_NONE, HINT_A, HINT_B_TWO, HINT_COUNT };
enum { PROMPTS_COUNT = 16 };

enum { NOW = 1000000000 };

// One digit a fact.
typedef struct {
    int prompts, age, session, provider, connection, organization, domain, hint, session_realm;
} case_t;
static const int sizes[] = {PROMPTS_COUNT, AGE_COUNT,   S_COUNT,    PROVIDER_COUNT, CONN_COUNT,
                            ORG_COUNT,     REALM_COUNT, HINT_COUNT, REALM_COUNT};

typedef struct {
    flow_step_t step;
    const char *error, *connection, *organization;
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

// What the request forces, read off the order E4, E5, E6, E7, E8.
enum { T_ANY, T_GOOGLE, T_A, T_B, T_N, T_IMPOSSIBLE, T_COUNT };

static int target_of(const case_t *c) {
    if (c->provider != PROVIDER_NONE) {
        return c->provider == PROVIDER_GOOGLE ? T_GOOGLE : T_IMPOSSIBLE;
    }
    if (c->connection != CONN_NONE) {
        const bool fits =
            c->organization == ORG_NONE || c->organization == ORG_A || c->organization == ORG_A_TWO;
        return c->connection == CONN_A1 && fits ? T_A : T_IMPOSSIBLE;
    }
    static const int by_domain[] = {T_ANY, T_A, T_B};
    switch (c->organization) {
    case ORG_NONE:
        return by_domain[c->domain];
    case ORG_A:
    case ORG_A_TWO:
        return T_A;
    case ORG_B:
        return T_B;
    case ORG_N: // and a domain of somebody else: no session is both
        return c->domain == REALM_NONE ? T_N : T_IMPOSSIBLE;
    default:
        return T_IMPOSSIBLE;
    }
}

// "of the forced connection or organization if one is forced"
static const bool comes_from[S_COUNT][T_COUNT] = {
    [S_CODE] = {[T_ANY] = true},
    [S_A] = {[T_ANY] = true, [T_A] = true},
    [S_N] = {[T_ANY] = true, [T_N] = true},
    [S_GOOGLE] = {[T_ANY] = true, [T_GOOGLE] = true},
    [S_A_FOR_N] = {[T_ANY] = true, [T_N] = true},
};

// Section 6: the email's realm against what authenticated the session.
static const bool allows[S_COUNT][REALM_COUNT] = {
    [S_CODE] = {[REALM_NONE] = true},
    [S_A] = {[REALM_NONE] = true, [REALM_A] = true},
    [S_N] = {[REALM_NONE] = true},
    [S_GOOGLE] = {[REALM_NONE] = true},
    [S_A_FOR_N] = {[REALM_NONE] = true, [REALM_A] = true},
};
static const char *const session_organization[S_COUNT] = {
    [S_CODE] = "", [S_A] = "org_a", [S_N] = "org_n", [S_GOOGLE] = "", [S_A_FOR_N] = "org_n"};

static const answer_t to_a = {FLOW_STEP_SSO, NULL, "conn_a1", "org_a"};
static const answer_t pick_a = {FLOW_STEP_PICK_CONNECTION, NULL, "", "org_a"};
static const answer_t to_b = {FLOW_STEP_SSO, NULL, "conn_b1", "org_b"};
static const answer_t pick_b = {FLOW_STEP_PICK_CONNECTION, NULL, "", "org_b"};

static answer_t error_of(const char *error) {
    return (answer_t){FLOW_STEP_ERROR_REDIRECT, error, "", ""};
}

static answer_t by_rows_e4_to_e10(const case_t *c) {
    if (c->provider != PROVIDER_NONE) {
        return c->provider == PROVIDER_BAD ? error_of("invalid_connection_selector")
                                           : (answer_t){FLOW_STEP_SOCIAL, NULL, "conn_google", ""};
    }
    if (c->connection != CONN_NONE) {
        return target_of(c) == T_A ? to_a : error_of("invalid_connection_id");
    }
    switch (c->organization) {
    case ORG_UNKNOWN:
        return error_of("invalid_organization_id");
    case ORG_A:
        return to_a;
    case ORG_A_TWO:
        return pick_a;
    case ORG_B:
        return to_b;
    default:
        break;
    }
    if (c->domain != REALM_NONE) {
        return c->domain == REALM_A ? to_a : pick_b;
    }
    if (c->hint == HINT_A || c->hint == HINT_B_TWO) {
        return c->hint == HINT_A ? to_a : pick_b;
    }
    return (answer_t){FLOW_STEP_LOGIN_PAGE, NULL, "", c->organization == ORG_N ? "org_n" : ""};
}

static answer_t second_reading(const case_t *c) {
    static const char *const named[] = {"", "", "org_a", "org_a", "org_n", "org_b"};
    if (has_none(c) && c->prompts != 1) {
        return error_of("invalid_request"); // E3
    }
    if (has_create(c)) {
        return (answer_t){FLOW_STEP_SIGNUP_PAGE, NULL, "", named[c->organization]};
    }
    const bool is_fresh = c->age == AGE_ANY || c->age == AGE_JUST_RIGHT;
    const bool is_usable = !has_login(c) && is_fresh && comes_from[c->session][target_of(c)];
    const bool is_good = is_usable && allows[c->session][c->session_realm];
    const bool has_choice = c->session == S_A || c->session == S_GOOGLE;
    if (is_good && has_select(c) && has_choice && c->organization == ORG_NONE) {
        return (answer_t){FLOW_STEP_CHOOSE_ORGANIZATION, NULL, "",
                          session_organization[c->session]};
    }
    if (is_good) {
        return (answer_t){FLOW_STEP_COMPLETE, NULL, "", session_organization[c->session]};
    }
    if (has_none(c)) {
        return error_of("login_required");
    }
    if (is_usable && target_of(c) == T_ANY) {
        return c->session_realm == REALM_A ? to_a : pick_b; // "reuse sends the person to SSO"
    }
    return by_rows_e4_to_e10(c);
}

// ---- the facts of a case ------------------------------------------------------------------------

static const str_t conn_a[] = {{"conn_a1", 7}, {"conn_a2", 7}};
static const str_t conn_b[] = {{"conn_b1", 7}, {"conn_b2", 7}};
static const str_t conn_google[] = {{"conn_google", 11}};

static flow_hrd_t realm_of(int realm) {
    static const flow_hrd_t realms[] = {
        [REALM_NONE] = {FLOW_HRD_NONE, .domain = {"c.example", 9}},
        [REALM_A] = {FLOW_HRD_ONE, {"a.example", 9}, {"org_a", 5}, {conn_a, 1}, false},
        [REALM_B_TWO] = {FLOW_HRD_SEVERAL, {"b.example", 9}, {"org_b", 5}, {conn_b, 2}, false},
    };
    return realms[realm];
}

static flow_session_t session_of(int session) {
    if (session == S_NONE) {
        return (flow_session_t){0};
    }
    flow_session_t facts = {
        .is_present = true,
        .is_user_active = session != S_INACTIVE,
        .id = STR("ses_1"),
        .user_id = STR("usr_1"),
        .email = STR("ann@a.example"),
        .auth_time = NOW - 60000,
        .organization_id = str_from_c(session_organization[session]),
    };
    if (session == S_A || session == S_A_FOR_N || session == S_INACTIVE) {
        facts.amr = facts.connection_ids = (flow_list_t){conn_a, 1};
    }
    if (session == S_GOOGLE) {
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

static flow_entry_t facts_of(const case_t *c) {
    static const flow_named_t connections[] = {
        [CONN_BAD] = {.is_named = true, .id = {"conn_a1", 7}, .organization_id = {"org_a", 5}},
        [CONN_A1] = {true, true, {"conn_a1", 7}, {"org_a", 5}, {NULL, 0}},
    };
    static const flow_named_t providers[] = {
        [PROVIDER_BAD] = {.is_named = true},
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
        .has_organization_choice = c->session == S_A || c->session == S_GOOGLE,
        .hrd_session = realm_of(c->session_realm),
    };
}

static bool is_same(const flow_decision_t *got, const answer_t *want) {
    const bool is_same_error = (!got->error && !want->error) ||
                               (got->error && want->error && strcmp(got->error, want->error) == 0);
    return got->step == want->step && is_same_error && !got->is_new_session &&
           str_eq(got->connection_id, str_from_c(want->connection)) &&
           str_eq(got->organization_id, str_from_c(want->organization)) &&
           !str_is_empty(got->reason) && !str_has_control(got->reason);
}

Test(entry_table, agrees_with_a_second_reading_on_every_combination_of_facts) {
    arena_t *arena = arena_new(1 << 20);
    int digits[sizeof sizes / sizeof sizes[0]] = {0};
    size_t seen[FLOW_STEP_NOT_ACTIVE + 1] = {0}, count = 0;
    do {
        const case_t c = {digits[0], digits[1], digits[2], digits[3], digits[4],
                          digits[5], digits[6], digits[7], digits[8]};
        const flow_entry_t facts = facts_of(&c);
        const flow_decision_t got = flow_at_entry(arena, &facts);
        const answer_t want = second_reading(&c);
        if (!is_same(&got, &want)) {
            cr_assert_fail(
                "prompts %d age %d session %d provider %d connection %d organization %d "
                "domain %d hint %d session realm %d: got %s %.*s %.*s (%.*s), want %s",
                c.prompts, c.age, c.session, c.provider, c.connection, c.organization, c.domain,
                c.hint, c.session_realm, flow_step_name(got.step), STR_ARG(got.connection_id),
                STR_ARG(got.organization_id), STR_ARG(got.reason), flow_step_name(want.step));
        }
        seen[got.step]++;
        count++;
        arena_reset(arena);
    } while (case_next(digits, sizes, sizeof sizes / sizeof sizes[0]));
    cr_assert_eq(count, 870912);
    static const flow_step_t all[] = {
        FLOW_STEP_ERROR_REDIRECT,
        FLOW_STEP_LOGIN_PAGE,
        FLOW_STEP_SIGNUP_PAGE,
        FLOW_STEP_COMPLETE,
        FLOW_STEP_SSO,
        FLOW_STEP_SOCIAL,
        FLOW_STEP_PICK_CONNECTION,
        FLOW_STEP_CHOOSE_ORGANIZATION,
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        cr_assert_gt(seen[all[i]], 0, "%s never came up", flow_step_name(all[i]));
    }
    arena_free(&arena);
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
        facts.client.is_active = d[0] == CLIENT_GOOD;
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
