// Organizations and connections by `gatehouse apply`: what is written, what is told, and that
// nothing is kept when anything is wrong.
#include "handle/connection_secret.h"
#include "handle/operate.h"
#include "store/apply.h"
#include "store/connection_admin.h"
#include "store/database.h"

static master_t *master;

static void setup(void) {
    static const uint8_t key[32] = {1, 2, 3};
    database_setup();
    assert_ok(master_from_bytes((bytes_t){key, sizeof key}, &master, &err));
}
static void teardown(void) {
    master_free(&master);
    database_teardown();
}
TestSuite(handle_apply_organization, .init = setup, .fini = teardown, .timeout = 120);

// Texts are written with ' for ".
static str_t quoted(const char *text) {
    char *copy = arena_alloc(arena, strlen(text) + 1);
    for (size_t i = 0; text[i]; i++) {
        copy[i] = text[i] == '\'' ? '"' : text[i];
    }
    return str_from_c(copy);
}

static result_t apply_with(const char *text, bool is_dry_run, str_t *out) {
    const apply_t apply = {.master = master,
                           .store = store,
                           .arena = arena,
                           .file_text = quoted(text),
                           .is_dry_run = is_dry_run};
    *out = STR_NONE;
    err = (err_t){0};
    return operate_apply(&apply, out, &err);
}

static void applies(const char *text, const char *want) {
    str_t out;
    const result_t result = apply_with(text, false, &out);
    cr_assert_eq(result, OK, "%s: %.*s", err.text, STR_ARG(out));
    assert_text(out, want);
}

static void is_refused(const char *text, const char *want) {
    str_t out;
    assert_result(apply_with(text, false, &out), BAD_REQUEST);
    assert_text(out, want);
}

#define CONNECTION                                                                                 \
    "{'key':'idp','provider':'OKTA','issuer':'https://idp.acme.example','client_id':'c',"          \
    "'client_secret':'s3cret'"
#define ACME                                                                                       \
    "{'organizations':[{'external_id':'acme','display_name':'Acme','features':{'sso':true},"       \
    "'domains':[{'domain':'Acme.Example'},{'domain':'acme.example','type':'ALLOWED_EMAIL_DOMAIN'}" \
    "],"                                                                                           \
    "'connections':[" CONNECTION                                                                   \
    ",'domains':['acme.example']}],"                                                               \
    "'members':[{'email':'Ann@acme.example','roles':['admin']}]}]}"

Test(handle_apply_organization, creates_all_of_it_then_finds_nothing_to_change) {
    applies(ACME,
            "organization acme: created\n"
            "organization acme: features.sso changed\n"
            "organization acme: domain acme.example added\n"
            "organization acme: domain acme.example added\n"
            "organization acme: connection idp: created\n"
            "organization acme: member ann@acme.example added\n");
    cr_assert_eq(sql_number("select count(*) from connections k join organizations o"
                            " on o.id = k.organization_id where o.is_sso_on and k.is_enabled and"
                            " k.status = 'COMPLETED' and k.domains = '{acme.example}'"
                            " and k.type = 'oidc' and k.provider_key = 'idp'"),
                 1);
    cr_assert_eq(sql_number("select count(*) from organization_domains where status = 'verified'"
                            " and verified_at is not null"),
                 2);
    cr_assert_eq(sql_number("select count(*) from memberships where roles = '{admin}'"
                            " and status = 'ACTIVE'"),
                 1);
    cr_assert_gt(sql_number("select count(*) from audit_events where event like 'apply.%%'"), 4);
    applies(ACME, "no changes\n");
}

Test(handle_apply_organization, a_dry_run_tells_the_same_and_writes_nothing) {
    str_t out;
    assert_ok(apply_with(ACME, true, &out));
    cr_assert(str_starts(out, STR("organization acme: created\n")));
    cr_assert(str_ends(out, STR("dry run: nothing was changed\n")));
    cr_assert_eq(sql_number("select count(*) from organizations"), 0);
}

#define FULL(words)                                                                                \
    "{'organizations':[{'id':'org_1','display_name':'A','connections':[{'key':'k',"                \
    "'provider':'CUSTOM',"                                                                         \
    "'client_id':'c'," words "}]}]}"
#define TENANT "0a1b2c3d-0000-4000-8000-00000000000"
#define BEFORE                                                                                     \
    "'name':'a','issuer':'https://a.example','discovery_endpoint':'https://a.example/d',"          \
    "'authorize_uri':'https://a.example/a','token_uri':'https://a.example/t',"                     \
    "'user_info_uri':'https://a.example/u','jwks_uri':'https://a.example/j','client_secret':'a',"  \
    "'scopes':['openid'],'token_auth_type':'URL_PARAMS','response_mode':'query','prompt':'login'," \
    "'pkce_enabled':true,'algs':'RS256','attribute_mapping':{'email':'upn'},'jit':'on',"           \
    "'idp_initiated':'convert','sync_user_profile_on_login':true,'tenants':['" TENANT              \
    "1'],"                                                                                         \
    "'enabled':true"
#define AFTER                                                                                      \
    "'name':'b','issuer':'https://b.example','discovery_endpoint':'https://b.example/d',"          \
    "'authorize_uri':'https://b.example/a','token_uri':'https://b.example/t',"                     \
    "'user_info_uri':'https://b.example/u','jwks_uri':'https://b.example/j','client_secret':'b',"  \
    "'scopes':['openid','email'],'token_auth_type':'BASIC_AUTH','response_mode':'form_post',"      \
    "'prompt':'consent','pkce_enabled':false,'algs':'ES256','attribute_mapping':{'email':'m'},"    \
    "'jit':'off','idp_initiated':'off','sync_user_profile_on_login':false,'tenants':['" TENANT     \
    "2'],"                                                                                         \
    "'enabled':false"

// A line for every field: one that the comparison forgets would never be written.
Test(handle_apply_organization, notices_a_change_in_any_field_of_a_connection) {
    static const char *const names[] = {"name",
                                        "issuer",
                                        "discovery_endpoint",
                                        "authorize_uri",
                                        "token_uri",
                                        "user_info_uri",
                                        "jwks_uri",
                                        "client_secret",
                                        "scopes",
                                        "token_auth_type",
                                        "response_mode",
                                        "prompt",
                                        "pkce_enabled",
                                        "algs",
                                        "attribute_mapping",
                                        "jit",
                                        "idp_initiated",
                                        "tenants",
                                        "enabled",
                                        "sync_user_profile_on_login"};
    str_t out;
    applies(FULL(BEFORE),
            "organization org_1: created\norganization org_1: connection k: created\n");
    applies(FULL(BEFORE), "no changes\n");
    assert_ok(apply_with(FULL(AFTER), false, &out));
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.ptr[i] == '\n';
    }
    cr_assert_eq(lines, sizeof names / sizeof names[0], "%.*s", STR_ARG(out));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const str_t line = arena_format(arena, "connection k: %s changed\n", names[i]);
        cr_assert_not_null(strstr(out.ptr, line.ptr), "%s: %.*s", names[i], STR_ARG(out));
    }
    applies(FULL(AFTER), "no changes\n");
}

// flow.md 4.2: what was verified through the old issuer or keys is not believed under the new.
Test(handle_apply_organization, p_link_another_issuer_lapses_trust_and_another_name_does_not) {
    applies(FULL(BEFORE),
            "organization org_1: created\norganization org_1: connection k: created\n");
    cr_assert_eq(sql_number("select trust_epoch from connections"), 1);
    str_t out;
    assert_ok(apply_with(FULL("'issuer':'https://a.example','client_secret':'a'"), false, &out));
    cr_assert_eq(sql_number("select trust_epoch from connections"), 2, "jwks_uri was taken away");
    assert_ok(apply_with(FULL("'issuer':'https://a.example','client_secret':'b','name':'n'"), false,
                         &out));
    cr_assert_eq(sql_number("select trust_epoch from connections"), 2);
    assert_ok(apply_with(FULL("'issuer':'https://b.example','client_secret':'b','name':'n'"), false,
                         &out));
    cr_assert_eq(sql_number("select trust_epoch from connections"), 3);
}

// What REST lapses, apply lapses: whoever answers at one of these says who people are.
Test(handle_apply_organization, p_link_another_token_or_userinfo_endpoint_lapses_trust) {
#define PLAIN "'issuer':'https://a.example','client_secret':'a'"
    static const char *const files[] = {
        FULL(PLAIN), FULL(PLAIN ",'token_uri':'https://a.example/t'"),
        FULL(PLAIN ",'token_uri':'https://a.example/t','user_info_uri':'https://a.example/u'")};
    str_t out;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_ok(apply_with(files[i], false, &out));
        cr_assert_eq(sql_number("select trust_epoch from connections"), (int64_t)i + 1, "%s",
                     files[i]);
    }
}

Test(handle_apply_organization, a_secret_is_kept_sealed_and_for_its_row_alone) {
    applies(FULL(BEFORE),
            "organization org_1: created\norganization org_1: connection k: created\n");
    cr_assert_eq(sql_number("select count(*) from connections where"
                            " position('a'::bytea in client_secret) = 1"),
                 0);
    const store_apply_connection_t named = {STR("org_1"), STR("k")};
    store_connection_key_t key = {.organization_id = STR("org_1")};
    store_connection_found_t found;
    secret_t secret;
    assert_ok(store_apply_connection_find(store, &named, &key.id, &err));
    assert_ok(store_connection_find(store, &key, &found, &err));
    const connection_slot_t own = {master, key.id}, other = {master, STR("conn_other")};
    const bytes_t sealed = found.row.config.client_secret;
    assert_ok(connection_secret_open(arena, &own, sealed, &secret, &err));
    assert_text(secret_reveal(secret), "a");
    cr_assert_neq(connection_secret_open(arena, &other, sealed, &secret, &err), OK);
}

Test(handle_apply_organization,
     p_hrd_a_domain_of_another_organization_is_refused_and_nothing_kept) {
    str_t out;
    assert_ok(apply_with(ACME, false, &out));
    is_refused(
        "{'organizations':[{'id':'org_2','display_name':'B','domains':["
        "{'domain':'b.example'},{'domain':'acme.example'}]}]}",
        "organizations[0].domains[1].domain: another organization has verified it\n");
    cr_assert_eq(sql_number("select count(*) from organizations"), 1);
    cr_assert_eq(sql_number("select count(*) from organization_domains"), 2);
}

Test(handle_apply_organization, a_connection_takes_no_domain_that_its_organization_lacks) {
    is_refused("{'organizations':[{'id':'org_2','display_name':'B','connections':[" CONNECTION
               ",'domains':['b.example']}]}]}",
               "organizations[0].connections[0].domains: one is not of the organization\n");
    cr_assert_eq(sql_number("select count(*) from organizations"), 0);
}

Test(handle_apply_organization, names_what_nobody_can_own_and_what_is_no_address) {
    is_refused(
        "{'organizations':[{'id':'org_2','display_name':'B','domains':["
        "{'domain':'gmail.com'},{'domain':'co.uk'},{'domain':'x'}],"
        "'members':[{'email':'nobody'}]}]}",
        "organizations[0].domains[0].domain: is a public mail provider's\n"
        "organizations[0].domains[1].domain: is a public suffix, which nobody can own\n"
        "organizations[0].domains[2].domain: must be a domain name\n"
        "organizations[0].members[0].email: must be an email address\n");
}

Test(handle_apply_organization, what_the_file_does_not_name_stays) {
    str_t out;
    assert_ok(apply_with(ACME, false, &out));
    applies("{'organizations':[{'external_id':'acme','display_name':'Acme'}]}", "no changes\n");
    cr_assert_eq(sql_number("select count(*) from organization_domains"), 2);
    cr_assert_eq(sql_number("select count(*) from connections where is_enabled"), 1);
    cr_assert_eq(sql_number("select count(*) from memberships"), 1);
}

Test(handle_apply_organization, changes_roles_and_the_rule_that_only_single_sign_on_counts) {
    str_t out;
    assert_ok(apply_with(ACME, false, &out));
    applies(
        "{'organizations':[{'external_id':'acme','display_name':'Acme Inc',"
        "'features':{'sso_exclusive':true},"
        "'members':[{'email':'ann@acme.example','roles':['member','admin']}]}]}",
        "organization acme: display_name changed\norganization acme: features.sso_exclusive "
        "changed\n"
        "organization acme: member ann@acme.example roles changed\n");
    cr_assert_eq(sql_number("select count(*) from organizations where is_sso_exclusive"), 1);
    cr_assert_eq(sql_number("select count(*) from memberships where cardinality(roles) = 2"), 1);
}

Test(handle_apply_organization, everybodys_connection_is_known_by_its_provider) {
    static const char text[] =
        "{'connections':[{'provider':'google','client_id':'c',"
        "'client_secret':'s','email_trust':true}]}";
    applies(text, "connection GOOGLE: created\n");
    applies(text, "no changes\n");
    cr_assert_eq(sql_number("select count(*) from connections where type = 'social' and is_enabled"
                            " and provider = 'GOOGLE' and is_email_trusted"),
                 1);
}

Test(handle_apply_organization, one_application_is_the_default) {
#define APPLICATION(id, more)                                                                      \
    "{'id':'" id "','name':'a','type':'SPA','redirect_uris':['https://a.example/']" more "}"
    applies("{'applications':[" APPLICATION("a", ",'default':true") "]}",
            "application a: created\napplication a: default changed\n");
    applies("{'applications':[" APPLICATION("a", "") "," APPLICATION("b", ",'default':true") "]}",
            "application b: created\napplication b: default changed\n");
    cr_assert_eq(sql_number("select count(*) from applications where is_default and id = 'b'"), 1);
    cr_assert_eq(sql_number("select count(*) from applications where is_default"), 1);
    is_refused("{'applications':[" APPLICATION("a", ",'default':true") "," APPLICATION(
                   "b", ",'default':true") "]}",
               "applications[1].default: only one may be\n");
}

// ---- problems with their places -----------------------------------------------------------------

static void connection_is_told(const char *words, const char *want) {
    const str_t file = arena_format(
        arena, "{'organizations':[{'id':'o','display_name':'A','connections':[{%s}]}]}", words);
    is_refused(file.ptr, want);
}
#define AT "organizations[0].connections[0]."

Test(handle_apply_organization, tells_what_a_connection_lacks) {
    connection_is_told("", AT "provider: is missing\n" AT "key: is missing\n" AT
                              "client_id: is missing\n" AT "client_secret: is missing\n");
    connection_is_told("'key':'k','provider':'OKTA','client_id':'c','client_secret':'s'",
                       AT "issuer: is missing\n");
    connection_is_told(
        "'key':'k','provider':'OKTA','client_id':'c','client_secret':'s',"
        "'issuer':'http://plain.example'",
        AT "issuer: must be an https URL without a query (OIDC Core 2)\n");
    connection_is_told("'key':'k','provider':'MYSPACE','client_id':'c','client_secret':'s'",
                       AT "provider: there is no such provider\n");
}

Test(handle_apply_organization, p_rp_05_p_rp_07_an_algorithm_without_a_key_of_its_own_is_refused) {
    connection_is_told(
        "'key':'k','provider':'OKTA','client_id':'c','client_secret':'s',"
        "'issuer':'https://a.example','algs':'RS256 HS256'",
        AT "algs: must be of: RS256 PS256 ES256 EdDSA ES384 RS384 RS512\n");
    connection_is_told(
        "'key':'k','provider':'OKTA','client_id':'c','client_secret':'s',"
        "'issuer':'https://a.example','algs':'none'",
        AT "algs: must be of: RS256 PS256 ES256 EdDSA ES384 RS384 RS512\n");
}

// The same rules as the REST API's (connection_rule.h).
Test(handle_apply_organization, p_rest_05_what_the_api_refuses_the_file_does_not_bring_in) {
#define OKTA                                                                                       \
    "'key':'k','provider':'OKTA','client_id':'c','client_secret':'s','issuer':'https://a.example'"
    connection_is_told("'key':'k','provider':'GITHUB','client_id':'c','client_secret':'s'",
                       AT "provider: is for connections of the environment only\n");
    connection_is_told(OKTA ",'scopes':['openid','a b']",
                       AT "scopes[1]: must be a scope (RFC 6749 3.3)\n");
    connection_is_told(OKTA ",'scopes':['email']", AT "scopes: must hold openid\n");
    connection_is_told(OKTA ",'tenants':['0A1B2C3D-0000-4000-8000-000000000001']",
                       AT "tenants[0]: must be a tenant id (a GUID in lower case)\n");
    connection_is_told(OKTA ",'prompt':'loginn'",
                       AT "prompt: must be of: none login consent select_account create\n");
    connection_is_told(OKTA ",'attribute_mapping':{'email':''}",
                       AT "attribute_mapping: must be an object of at most 30 short texts\n");
    connection_is_told(OKTA ",'algs':' '", AT "algs: must name one at least\n");
    connection_is_told(
        "'key':'k','provider':'OKTA','client_id':'\xc3\xa9','client_secret':'\xc3\xa9',"
        "'issuer':'https://a.example?x'",
        AT "issuer: must be an https URL without a query (OIDC Core 2)\n" AT
           "client_id: must be printable ASCII, at most 512 characters\n" AT
           "client_secret: must be printable ASCII, at most 4096 characters\n");
}

Test(handle_apply_organization, an_organizations_connection_never_vouches_for_addresses) {
    connection_is_told(
        "'key':'k','provider':'OKTA','client_id':'c','client_secret':'s',"
        "'issuer':'https://a.example','email_trust':true",
        AT "email_trust: only a connection for everybody may have it\n");
}

Test(handle_apply_organization, a_misspelt_name_is_told_wherever_it_stands) {
    is_refused("{'organisations':[]}", "organisations: there is no such field\n");
    is_refused(
        "{'organizations':[{'id':'o','display_name':'A','feature':{},"
        "'features':{'SSO':true},'domains':[{'domain':'a.example','typ':''}],"
        "'members':[{'email':'a@a.example','role':[]}]}]}",
        "organizations[0].feature: there is no such field\n"
        "organizations[0].features.SSO: there is no such field\n"
        "organizations[0].domains[0].typ: there is no such field\n"
        "organizations[0].members[0].role: there is no such field\n");
}

Test(handle_apply_organization, what_stands_twice_is_told) {
    is_refused(
        "{'organizations':[{'id':'o','display_name':'A','domains':[{'domain':'a.example'},"
        "{'domain':'A.example'}],'connections':[" CONNECTION "}," CONNECTION
        "}]},{'id':'o','display_name':'A'}]}",
        "organizations[0].connections[1]: has the key of another one\n"
        "organizations[0].domains[1]: stands twice\norganizations[1]: stands twice\n");
}
