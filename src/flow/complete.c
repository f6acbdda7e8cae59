#include "flow/complete.h"
#include "flow/step.h"

static const flow_membership_t *find(const flow_memberships_t *memberships, str_t organization_id) {
    for (size_t i = 0; i < memberships->count; i++) {
        if (str_eq(memberships->items[i].organization_id, organization_id)) {
            return &memberships->items[i];
        }
    }
    return NULL;
}

static bool is_member(const flow_memberships_t *memberships, str_t organization_id,
                      flow_member_t member) {
    const flow_membership_t *found = find(memberships, organization_id);
    return found && found->member == member;
}

static size_t count(const flow_memberships_t *memberships, flow_member_t member) {
    size_t found = 0;
    for (size_t i = 0; i < memberships->count; i++) {
        found += memberships->items[i].member == member;
    }
    return found;
}

static str_t first_active(const flow_memberships_t *memberships) {
    for (size_t i = 0; i < memberships->count; i++) {
        if (memberships->items[i].member == FLOW_MEMBER_ACTIVE) {
            return memberships->items[i].organization_id;
        }
    }
    return STR_NONE;
}

static flow_decision_t finish(arena_t *arena, str_t organization_id, flow_membership_step_t step) {
    static const char *const HOW[] = {
        [FLOW_MEMBERSHIP_NONE] = "the user has no organization",
        [FLOW_MEMBERSHIP_KEEP] = "the user is an active member of ",
        [FLOW_MEMBERSHIP_JIT] = "the connection makes the user a member of ",
        [FLOW_MEMBERSHIP_ACCEPT] = "the user accepts the invitation to ",
        [FLOW_MEMBERSHIP_JOIN] = "the user joins, by an allowed email domain, ",
    };
    return (flow_decision_t){
        .step = FLOW_STEP_COMPLETE,
        .organization_id = organization_id,
        .membership = step,
        .is_new_session = true,
        .reason = arena_format(arena, "%s%.*s -> complete", HOW[step], STR_ARG(organization_id)),
    };
}

static flow_decision_t refuse(arena_t *arena, flow_step_t step, str_t organization_id,
                              const char *why) {
    flow_decision_t refusal = flow_decide(
        step, arena_format(arena, "organization %.*s: %s", STR_ARG(organization_id), why));
    refusal.organization_id = organization_id;
    return refusal;
}

// One organization and no other.
static flow_decision_t complete_for(arena_t *arena, const flow_completing_t *facts,
                                    str_t organization_id) {
    const flow_membership_t *own = find(&facts->memberships, organization_id);
    if (!own) {
        return refuse(arena, FLOW_STEP_NO_MEMBER, organization_id, "the user is not a member");
    }
    switch (own->member) {
    case FLOW_MEMBER_ACTIVE:
        return finish(arena, organization_id, FLOW_MEMBERSHIP_KEEP);
    case FLOW_MEMBER_INVITED:
        return finish(arena, organization_id, FLOW_MEMBERSHIP_ACCEPT);
    case FLOW_MEMBER_INACTIVE:
        return refuse(arena, FLOW_STEP_NOT_ACTIVE, organization_id,
                      "the user's membership is deactivated");
    case FLOW_MEMBER_JOINABLE:
        break;
    }
    // Nobody becomes a member without having asked for it.
    return facts->is_chosen_by_person ? finish(arena, organization_id, FLOW_MEMBERSHIP_JOIN)
                                      : refuse(arena, FLOW_STEP_NO_MEMBER, organization_id,
                                               "the user may join, but has not chosen to");
}

static bool is_jit(const flow_completing_t *facts) {
    const flow_jit_t jit = facts->connection.jit;
    return jit == FLOW_JIT_ON || (jit == FLOW_JIT_ORGANIZATION_DOMAINS && facts->is_domain_trusted);
}

// Through an organization's connection: its organization, and by the loop guard no other, unless
// the person is at home there.
static flow_decision_t complete_sso(arena_t *arena, const flow_completing_t *facts) {
    const str_t organization_id = facts->connection.organization_id;
    const str_t chosen = facts->chosen_organization_id;
    if (!str_is_empty(chosen) && !str_eq(chosen, organization_id)) {
        return facts->is_own_realm
                   ? complete_for(arena, facts, chosen)
                   : refuse(arena, FLOW_STEP_NO_MEMBER, chosen,
                            "a login through another organization's connection is not for it");
    }
    const flow_membership_t *own = find(&facts->memberships, organization_id);
    const bool is_stranger = !own || own->member == FLOW_MEMBER_JOINABLE;
    return is_stranger && is_jit(facts) ? finish(arena, organization_id, FLOW_MEMBERSHIP_JIT)
                                        : complete_for(arena, facts, organization_id);
}

// No organization in particular.
static flow_decision_t complete_any(arena_t *arena, const flow_completing_t *facts) {
    const flow_memberships_t *all = &facts->memberships;
    const size_t active = count(all, FLOW_MEMBER_ACTIVE);
    const size_t offers = count(all, FLOW_MEMBER_INVITED) + count(all, FLOW_MEMBER_JOINABLE);
    if (active == 1 && offers == 0) {
        return finish(arena, first_active(all), FLOW_MEMBERSHIP_KEEP);
    }
    if (active + offers > 0) {
        return flow_decide(FLOW_STEP_CHOOSE_ORGANIZATION,
                           arena_format(arena,
                                        "%zu organizations, %zu invitations or organizations to "
                                        "join -> the person chooses",
                                        active, offers));
    }
    if (count(all, FLOW_MEMBER_INACTIVE) > 0) {
        return flow_decide(FLOW_STEP_NOT_ACTIVE,
                           STR("every membership of the user is deactivated"));
    }
    if (facts->is_organization_signup_open) {
        return flow_decide(FLOW_STEP_CREATE_ORGANIZATION,
                           STR("the user has no organization -> make one"));
    }
    return finish(arena, STR_NONE, FLOW_MEMBERSHIP_NONE);
}

flow_decision_t flow_complete(arena_t *arena, const flow_completing_t *facts) {
    const str_t chosen = facts->chosen_organization_id;
    if (facts->user.is_present && !facts->user.is_active) {
        return flow_decide(FLOW_STEP_NOT_ACTIVE, arena_format(arena, "user %.*s is deactivated",
                                                              STR_ARG(facts->user.id)));
    }
    if (facts->connection.is_present && !facts->connection.is_social) {
        return complete_sso(arena, facts);
    }
    if (!facts->user.is_present && !facts->is_signup_open) {
        return flow_decide(FLOW_STEP_NO_ACCOUNT,
                           STR("the address is proven, has no user, and sign-up is off"));
    }
    if (str_is_empty(chosen)) {
        return complete_any(arena, facts);
    }
    if (!facts->is_session_organization) {
        return complete_for(arena, facts, chosen);
    }
    const bool is_kept = is_member(&facts->memberships, chosen, FLOW_MEMBER_ACTIVE);
    return is_kept && !facts->is_choice_wanted ? finish(arena, chosen, FLOW_MEMBERSHIP_KEEP)
                                               : complete_any(arena, facts);
}
