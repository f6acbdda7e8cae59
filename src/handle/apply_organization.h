// Organizations and connections in the file of `gatehouse apply`: what is read of them. Internal to
// apply*.c. Pure; results in the arena.
#pragma once
#include "base/email.h"
#include "handle/apply_field.h"
#include "store/connection_admin.h"
#include "store/organization.h"

typedef struct apply_file apply_file_t;

typedef struct {
    const char *place; // "organizations[0].connections[1].", for problems that the database shows
    str_t key;         // of an organization's: the file's own name for it
    store_connection_row_t row; // without ids, version, secret and domains
    secret_t secret;            // empty: in secret_file, or none is needed
    str_t secret_file;
    flow_list_t domains; // normalised; none: all of the organization
} apply_connection_t;

typedef struct {
    const char *place;
    str_t domain; // normalised
    str_t type;
} apply_domain_t;

typedef struct {
    const char *place;
    email_t email;
    flow_list_t roles;
} apply_member_t;

typedef struct {
    const char *place;
    str_t id, external_id; // one of them at least
    str_t name;
    store_features_t features; // without id
    apply_domain_t *domains;
    size_t domain_count;
    apply_connection_t *connections;
    size_t connection_count;
    apply_member_t *members;
    size_t member_count;
} apply_organization_t;

// The members `organizations` and `connections` of the file.
void apply_organizations_parse(const apply_object_t *file, apply_file_t *out);

// One connection (apply_connection.c). `is_social`: everybody's, known by its provider.
void apply_connection_parse(const apply_object_t *object, bool is_social, apply_connection_t *out);

bool apply_is_id(str_t id); // 1 to 100 letters, digits, '_' or '-'
// Good for people: 1 to 200 octets that are not only white space, without control characters.
bool apply_is_name(str_t name);
