// Every combination of the facts of a completion, against a second reading of flow.md 6 that looks
// marks up in strings.
#include "flow/complete.h"
#include "flow_case.h"
#include <criterion/criterion.h>

enum { USER_ABSENT, USER_INACTIVE, USER_ACTIVE, USER_COUNT };
enum { THROUGH_NOTHING, THROUGH_A, THROUGH_SOCIAL, THROUGH_COUNT };
enum { CHOSEN_NONE, CHOSEN_A, CHOSEN_B, CHOSEN_STRANGE, CHOSEN_COUNT };
enum { BY_REQUEST, BY_PERSON, BY_SESSION, BY_COUNT };

// In the order of flow_member_t: active, deactivated, invited, may join; then nothing at all.
static const char marks[] = "+-?* ";
enum { MARKS = sizeof marks - 1, LAST_MARKS = 2 };

typedef struct {
    int user, through, jit, trusted, own_realm, chosen, by, choice, signup, create, a, b, third;
} case_t;
static const int sizes[] = {USER_COUNT,
                            THROUGH_COUNT,
                            FLOW_JIT_ORGANIZATION_DOMAINS + 1,
                            2,
                            2,
                            CHOSEN_COUNT,
                            BY_COUNT,
                            2,
                            2,
                            2,
                            MARKS,
                            MARKS,
                            LAST_MARKS};
enum { DIGITS = sizeof sizes / sizeof sizes[0] };

typedef struct {
    flow_step_t step;
    flow_membership_step_t membership;
    const char *organization;
} answer_t;

// ---- the second reading -------------------------------------------------------------------------

static const char *const names[] = {
    [CHOSEN_NONE] = "", [CHOSEN_A] = "org_a", [CHOSEN_B] = "org_b", [CHOSEN_STRANGE] = "org_x"};

static char mark_of(const case_t *c, int organization) {
    switch (organization) {
    case CHOSEN_A:
        return marks[c->a];
    case CHOSEN_B:
        return marks[c->b];
    default:
        return ' ';
    }
}

// "that, if a member"; an invitation is accepted, and joining is the person's own choice.
static answer_t only(const case_t *c, int organization) {
    const char *name = names[organization];
    switch (mark_of(c, organization)) {
    case '+':
        return (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_KEEP, name};
    case '?':
        return (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_ACCEPT, name};
    case '-':
        return (answer_t){FLOW_STEP_NOT_ACTIVE, 0, name};
    case '*':
        if (c->by == BY_PERSON) {
            return (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_JOIN, name};
        }
        break;
    default:
        break;
    }
    return (answer_t){FLOW_STEP_NO_MEMBER, 0, name};
}

// "one membership -> that; several, or pending invitations, or joinable -> chooser; none -> ..."
static answer_t best(const case_t *c) {
    const char all[] = {marks[c->a], marks[c->b], c->third ? '+' : ' ', '\0'};
    const char *const *name = names + 1; // A, B, then the third one
    static const char *const third = "org_third";
    if (strchr(all, '?') || strchr(all, '*')) {
        return (answer_t){FLOW_STEP_CHOOSE_ORGANIZATION, 0, ""};
    }
    const char *first = strchr(all, '+');
    if (first && strchr(first + 1, '+')) {
        return (answer_t){FLOW_STEP_CHOOSE_ORGANIZATION, 0, ""};
    }
    if (first) {
        return (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_KEEP,
                          first - all == 2 ? third : name[first - all]};
    }
    if (strchr(all, '-')) { // "a deactivated membership never completes"
        return (answer_t){FLOW_STEP_NOT_ACTIVE, 0, ""};
    }
    return c->create ? (answer_t){FLOW_STEP_CREATE_ORGANIZATION, 0, ""}
                     : (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_NONE, ""};
}

static answer_t through_a(const case_t *c) {
    if (c->chosen == CHOSEN_B || c->chosen == CHOSEN_STRANGE) { // the loop guard
        return c->own_realm ? only(c, c->chosen)
                            : (answer_t){FLOW_STEP_NO_MEMBER, 0, names[c->chosen]};
    }
    const bool is_new = strchr("* ", marks[c->a]) != NULL;
    const bool makes =
        c->jit == FLOW_JIT_ON || (c->jit == FLOW_JIT_ORGANIZATION_DOMAINS && c->trusted);
    return is_new && makes ? (answer_t){FLOW_STEP_COMPLETE, FLOW_MEMBERSHIP_JIT, "org_a"}
                           : only(c, CHOSEN_A);
}

static answer_t second_reading(const case_t *c) {
    if (c->user == USER_INACTIVE) {
        return (answer_t){FLOW_STEP_NOT_ACTIVE, 0, ""};
    }
    if (c->through == THROUGH_A) {
        return through_a(c);
    }
    if (c->user == USER_ABSENT && !c->signup) {
        return (answer_t){FLOW_STEP_NO_ACCOUNT, 0, ""};
    }
    if (c->chosen == CHOSEN_NONE) {
        return best(c);
    }
    if (c->by != BY_SESSION) {
        return only(c, c->chosen);
    }
    return mark_of(c, c->chosen) == '+' && !c->choice ? only(c, c->chosen) : best(c);
}

// ---- the facts of a case ------------------------------------------------------------------------

static size_t add(flow_membership_t *items, size_t count, const char *name, int mark) {
    if (marks[mark] == ' ') {
        return count;
    }
    items[count] =
        (flow_membership_t){.organization_id = str_from_c(name), .member = (flow_member_t)mark};
    return count + 1;
}

static flow_completing_t facts_of(const case_t *c, flow_membership_t *items) {
    size_t count = add(items, 0, "org_a", c->a);
    count = add(items, count, "org_b", c->b);
    if (c->third) {
        count = add(items, count, "org_third", FLOW_MEMBER_ACTIVE);
    }
    return (flow_completing_t){
        .user = {.is_present = c->user != USER_ABSENT,
                 .id = STR("usr_1"),
                 .is_active = c->user == USER_ACTIVE},
        .memberships = {items, count},
        .connection = {.is_present = c->through != THROUGH_NOTHING,
                       .is_usable = true,
                       .is_social = c->through == THROUGH_SOCIAL,
                       .id = STR("conn_1"),
                       .organization_id = c->through == THROUGH_A ? STR("org_a") : STR_NONE,
                       .jit = (flow_jit_t)c->jit},
        .is_domain_trusted = c->trusted,
        .is_own_realm = c->own_realm,
        .chosen_organization_id = str_from_c(names[c->chosen]),
        .is_chosen_by_person = c->by == BY_PERSON,
        .is_session_organization = c->by == BY_SESSION,
        .is_choice_wanted = c->choice,
        .is_signup_open = c->signup,
        .is_organization_signup_open = c->create,
    };
}

static bool is_same(const flow_decision_t *got, const answer_t *want) {
    return got->step == want->step && got->membership == want->membership &&
           str_eq(got->organization_id, str_from_c(want->organization)) && !got->error &&
           got->is_new_session == (want->step == FLOW_STEP_COMPLETE) && !got->is_linking &&
           !str_is_empty(got->reason) && !str_has_control(got->reason);
}

Test(complete_table, agrees_with_a_second_reading_on_every_combination_of_facts) {
    arena_t *arena = arena_new(1 << 20);
    int d[DIGITS] = {0};
    size_t seen[FLOW_STEP_HINT_APPLICATION + 1] = {0}, how[FLOW_MEMBERSHIP_JOIN + 1] = {0};
    size_t count = 0;
    do {
        const case_t c = {d[0], d[1], d[2], d[3],  d[4],  d[5], d[6],
                          d[7], d[8], d[9], d[10], d[11], d[12]};
        flow_membership_t items[3];
        const flow_completing_t facts = facts_of(&c, items);
        const flow_decision_t got = flow_complete(arena, &facts);
        const answer_t want = second_reading(&c);
        if (!is_same(&got, &want)) {
            cr_assert_fail(
                "user %d through %d jit %d trusted %d own %d chosen %d by %d choice %d "
                "signup %d create %d a '%c' b '%c' third %d: got %s %d %.*s (%.*s), "
                "want %s %d %s",
                c.user, c.through, c.jit, c.trusted, c.own_realm, c.chosen, c.by, c.choice,
                c.signup, c.create, marks[c.a], marks[c.b], c.third, flow_step_name(got.step),
                (int)got.membership, STR_ARG(got.organization_id), STR_ARG(got.reason),
                flow_step_name(want.step), (int)want.membership, want.organization);
        }
        seen[got.step]++;
        how[got.membership]++;
        count++;
        arena_reset(arena);
    } while (case_next(d, sizes, DIGITS));
    cr_assert_eq(count, 518400);
    static const flow_step_t steps[] = {
        FLOW_STEP_COMPLETE,   FLOW_STEP_CHOOSE_ORGANIZATION, FLOW_STEP_CREATE_ORGANIZATION,
        FLOW_STEP_NO_ACCOUNT, FLOW_STEP_NOT_ACTIVE,          FLOW_STEP_NO_MEMBER};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cr_assert_gt(seen[steps[i]], 0, "%s never came up", flow_step_name(steps[i]));
    }
    for (size_t i = 0; i <= FLOW_MEMBERSHIP_JOIN; i++) {
        cr_assert_gt(how[i], 0, "membership %zu never came up", i);
    }
    arena_free(&arena);
}
