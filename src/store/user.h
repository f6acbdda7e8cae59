// Users as the REST API shows and changes them. An absent one is a fact; a write that finds the
// user gone, or a name taken meanwhile, is CONFLICT and undone.
#pragma once
#include "store/page.h"

// Which user: exactly one of them, the others are empty.
typedef struct {
    str_t id, external_id, email;
} store_user_key_t;

// A user with all that hangs on it. The lists are JSON with the names and times of the REST API,
// but for a membership's `roles`, which are names only.
typedef struct {
    str_t id, email, external_id;
    bool is_proven;
    str_t name, given_name, family_name, picture, locale;
    str_t metadata; // JSON objects
    str_t profile;  // phone_number, preferred_username, gender, groups, metadata, custom_attributes
    time_ms_t created_at, updated_at, last_login_at;
    str_t memberships; // JSON list of commons.OrganizationMembership, the oldest first
    str_t identities;  // JSON list of commons.ExternalIdentity, the oldest first
} store_user_t;

typedef struct {
    bool is_present;
    store_user_t row;
    bool is_external_id_taken; // the wanted one, by somebody else
} store_user_found_t;
MUST_USE result_t store_user_read(store_t *store, const store_user_key_t *key,
                                  str_t wanted_external_id, store_user_found_t *out, err_t *err);

// Without an organization all users, by their age; else its members, by the age of their
// membership, those who are only invited among them.
typedef struct {
    str_t organization_id; // empty: all
    str_t query;           // part of an email address, an id or an external id; empty: all
    store_page_t page;
} store_users_in_t;
typedef struct {
    bool is_organization_present;
    const store_user_t *items;
    store_paged_t page;
} store_users_t;
MUST_USE result_t store_users_read(store_t *store, const store_users_in_t *in, store_users_t *out,
                                   err_t *err);

enum { STORE_PAIRS_MAX = 20 }; // of a map of a user or a membership, merged (api.md 5)

// A text that a change may set; not given: it stays.
typedef struct {
    bool is_given;
    str_t value;
} store_given_t;

// What may be said about a user. Objects are JSON; empty: not given. The maps are merged, and a
// null in them removes its key.
typedef struct {
    store_given_t name, given_name, family_name, picture, locale;
    store_given_t external_id;               // empty takes it away
    str_t metadata;                          // map
    str_t profile;                           // phone_number, preferred_username, gender, groups
    str_t profile_metadata, profile_customs; // maps
} store_user_words_t;
typedef struct {
    str_t user_id;
    const store_user_words_t *words;
} store_user_change_t;
MUST_USE result_t store_user_update(store_t *store, const store_user_change_t *in,
                                    const store_audit_t *audit, store_user_t *out, err_t *err);

// With sessions, grants, memberships, invitations and identities: every token is dead with it.
MUST_USE result_t store_user_delete(store_t *store, str_t user_id, const store_audit_t *audit,
                                    err_t *err);
