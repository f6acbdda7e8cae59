// The file of `gatehouse apply`: every problem is told with its place, and nothing passes silently.
#include "handle/apply_parse.h"
#include <criterion/criterion.h>

static arena_t *arena;
static apply_file_t file;

static void setup(void) {
    arena = arena_new(4 << 20);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(handle_apply_parse, .init = setup, .fini = teardown);

#define SECRET "0123456789abcdef0123456789abcdef"
#define WEB "\"id\":\"skc_1\",\"name\":\"Demo\",\"type\":\"WEB_APP\""
#define CALLBACK "\"redirect_uris\":[\"https://app.example/cb\"]"
#define SECRETS "\"secrets\":[\"" SECRET "\"]"

static str_t problems_of(const char *text) {
    const apply_rules_t rules = {0};
    buf_t problems = buf_new(arena, 64);
    apply_parse(arena, str_from_c(text), &rules, &file, &problems);
    return buf_str(&problems);
}

// One application with these members, written with ' for ".
static str_t problems_with(const char *members) {
    const str_t text = arena_format(arena, "{\"applications\":[{%s}]}", members);
    char *copy = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i] == '\'' ? '"' : text.ptr[i];
    }
    return problems_of(copy);
}

static void is_good(const char *members) {
    const str_t problems = problems_with(members);
    cr_assert_eq(problems.len, 0, "%s: %.*s", members, STR_ARG(problems));
    cr_assert_eq(file.count, 1);
}

static void is_told(const char *members, const char *want) {
    const str_t problems = problems_with(members);
    cr_assert(str_eq(problems, str_from_c(want)), "%s: %.*s", members, STR_ARG(problems));
}

// Says that there is a problem at `place`, whatever the words are.
static void is_told_at(const char *members, const char *place) {
    const str_t problems = problems_with(members);
    cr_assert(str_starts(problems, str_from_c(place)), "%s: %.*s", members, STR_ARG(problems));
    cr_assert_eq(str_find(problems, '\n'), problems.len - 1, "one problem, one line: %.*s",
                 STR_ARG(problems));
}

Test(handle_apply_parse, reads_every_field) {
    is_good(
        "'id':'prd_skc-1','name':'Büro','type':'NTV','redirect_uris':['com.example.app:/cb',"
        "'http://127.0.0.1/cb'],'post_logout_redirect_uris':['com.example.app:/out'],"
        "'initiate_login_uri':'https://app.example/login',"
        "'logo_url':'https://app.example/logo.svg?v=2','enforce_pkce':true,"
        "'token_alg':'ES256','access_token_lifetime':600,'active':false,'api_access':false");
    const flow_client_t *client = &file.items[0].row.client;
    cr_assert(client->is_present && !client->is_active && client->enforces_pkce);
    cr_assert_eq(client->type, FLOW_CLIENT_NATIVE);
    cr_assert(str_eq(client->id, STR("prd_skc-1")) && str_eq(client->name, STR("Büro")));
    cr_assert_eq(client->redirect_uris.count, 2);
    cr_assert(str_eq(client->redirect_uris.items[1], STR("http://127.0.0.1/cb")));
    cr_assert(str_eq(client->post_logout_uris.items[0], STR("com.example.app:/out")));
    cr_assert(str_eq(client->initiate_login_uri, STR("https://app.example/login")));
    cr_assert(str_eq(client->logo_url, STR("https://app.example/logo.svg?v=2")));
    cr_assert(str_eq(client->token_alg, STR("ES256")));
    cr_assert_eq(client->access_token_s, 600);
}

Test(handle_apply_parse, has_safe_defaults) {
    is_good(WEB "," CALLBACK "," SECRETS);
    const flow_client_t *client = &file.items[0].row.client;
    cr_assert(client->is_active && !client->enforces_pkce && !client->may_use_api);
    cr_assert(str_eq(client->token_alg, STR("RS256")));
    cr_assert_eq(client->access_token_s, 300);
    cr_assert_eq(file.items[0].secret_count, 1);
    is_good("'id':'skc_2','name':'Page','type':'SPA'," CALLBACK);
    cr_assert(file.items[0].row.client.enforces_pkce);
    is_good("'id':'skc_3','name':'Job','type':'M2M','scopes':['a:read','b:write']," SECRETS);
    cr_assert(str_eq(file.items[0].row.scopes, STR("a:read b:write")));
    cr_assert_eq(file.items[0].row.client.access_token_s, 24 * 3600);
}

Test(handle_apply_parse, takes_the_installation_s_token_lifetime_where_the_file_says_nothing) {
    const apply_rules_t rules = {.access_token_s = 900};
    buf_t problems = buf_new(arena, 64);
    apply_parse(arena, STR("{\"applications\":[{" WEB "," CALLBACK "," SECRETS "}]}"), &rules,
                &file, &problems);
    cr_assert_eq(problems.len, 0);
    cr_assert_eq(file.items[0].row.client.access_token_s, 900);
}

Test(handle_apply_parse, an_empty_list_is_good_and_changes_nothing) {
    cr_assert_eq(problems_of("{\"applications\":[]}").len, 0);
    cr_assert_eq(file.count, 0);
}

Test(handle_apply_parse, a_file_that_is_no_such_file_is_told) {
    static const char *const texts[] = {"",
                                        "[]",
                                        "{",
                                        "{}",
                                        "{\"applications\":{}}",
                                        "{\"applications\":[]} x",
                                        "{\"applications\":[],\"applications\":[]}",
                                        "{\"applications\":[1]}",
                                        "{\"applications\":[{\"id\":\"a\",\"id\":\"b\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_gt(problems_of(texts[i]).len, 0, "%s", texts[i]);
    }
}

Test(handle_apply_parse, a_typing_mistake_in_a_field_s_name_is_told) {
    is_told(WEB "," CALLBACK "," SECRETS ",'enforce_pcke':true",
            "applications[0].enforce_pcke: there is no such field\n");
    const str_t problems = problems_of("{\"applications\":[],\"application\":[]}");
    cr_assert(str_eq(problems, STR("application: there is no such field\n")));
}

Test(handle_apply_parse, p_inj_03_a_field_s_name_cannot_write_to_the_terminal) {
    is_told(WEB "," CALLBACK "," SECRETS ",'\\u001b[2J':true",
            "applications[0].(unprintable): there is no such field\n");
}

Test(handle_apply_parse, every_problem_is_told_not_only_the_first) {
    const str_t problems = problems_of(
        "{\"applications\":[{\"id\":\"a b\",\"name\":\"\",\"type\":\"WEB\"},"
        "{\"name\":7,\"typ\":\"SPA\"}]}");
    const str_t want =
        STR("applications[0].id: must be 1 to 100 letters, digits, '_' or '-'\n"
            "applications[0].name: must be 1 to 200 octets without control "
            "characters\n"
            "applications[0].type: must be WEB_APP, SPA, NTV or M2M\n"
            "applications[1].typ: there is no such field\n"
            "applications[1].id: is missing\n"
            "applications[1].name: must be a text\n"
            "applications[1].type: is missing\n");
    cr_assert(str_eq(problems, want), "%.*s", STR_ARG(problems));
}

Test(handle_apply_parse, an_id_stands_once) {
    const str_t problems = problems_of("{\"applications\":[{" WEB "," CALLBACK "," SECRETS "},{" WEB
                                       "," CALLBACK "," SECRETS "}]}");
    cr_assert(str_eq(problems, STR("applications[1].id: stands twice\n")));
}

Test(handle_apply_parse, p_op_02_a_redirect_uri_that_may_not_be_registered_is_told_with_its_place) {
    static const char *const uris[] = {
        "http://app.example/cb",   "https://app.example/cb?x=1", "https://app.example/cb#f",
        "https://*.app.example/",  "https://u@app.example/",     "javascript:alert(1)",
        "https://app.example/../", "https:\\\\\\\\app.example",  "",
    };
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        const str_t web = arena_format(
            arena, WEB "," SECRETS ",'redirect_uris':['https://app.example/cb','%s']", uris[i]);
        is_told_at(web.ptr, "applications[0].redirect_uris[1]: ");
        const str_t out = arena_format(
            arena, WEB "," SECRETS "," CALLBACK ",'post_logout_redirect_uris':['%s']", uris[i]);
        is_told_at(out.ptr, "applications[0].post_logout_redirect_uris[0]: ");
        const str_t init =
            arena_format(arena, WEB "," SECRETS "," CALLBACK ",'initiate_login_uri':'%s'", uris[i]);
        is_told_at(init.ptr, "applications[0].initiate_login_uri: ");
    }
}

Test(handle_apply_parse, a_scheme_of_its_own_is_for_native_applications) {
    is_told_at(WEB "," SECRETS ",'redirect_uris':['com.example.app:/cb']",
               "applications[0].redirect_uris[0]: ");
    is_good("'id':'a','name':'b','type':'NTV','redirect_uris':['com.example.app:/cb']");
}

Test(handle_apply_parse, wrong_types_are_told) {
    const char *good = WEB "," CALLBACK "," SECRETS;
    static const char *const members[][2] = {
        {"'active':'yes'", "applications[0].active: "},
        {"'active':null", "applications[0].active: "},
        {"'api_access':1", "applications[0].api_access: "},
        {"'enforce_pkce':'true'", "applications[0].enforce_pkce: "},
        {"'token_alg':'none'", "applications[0].token_alg: "},
        {"'token_alg':'HS256'", "applications[0].token_alg: "},
        {"'access_token_lifetime':59", "applications[0].access_token_lifetime: "},
        {"'access_token_lifetime':2592001", "applications[0].access_token_lifetime: "},
        {"'access_token_lifetime':300.0", "applications[0].access_token_lifetime: "},
        {"'access_token_lifetime':'300'", "applications[0].access_token_lifetime: "},
        {"'post_logout_redirect_uris':'https://a.example/'",
         "applications[0].post_logout_redirect_uris: "},
        {"'post_logout_redirect_uris':[1]", "applications[0].post_logout_redirect_uris[0]: "},
        {"'initiate_login_uri':[]", "applications[0].initiate_login_uri: "},
        {"'logo_url':'http://a.example/l.png'", "applications[0].logo_url: "},
        {"'logo_url':'https://a.example/\\\"onload=x'", "applications[0].logo_url: "},
        {"'logo_url':'data:image/png;base64,AA'", "applications[0].logo_url: "},
        {"'scopes':['a']", "applications[0].scopes: "},
        {"'secret_file':'s'", "applications[0].secret_file: "},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        is_told_at(arena_format(arena, "%s,%s", good, members[i][0]).ptr, members[i][1]);
    }
}

Test(handle_apply_parse, secrets_are_long_printable_and_at_most_two) {
    static const char *const bad[] = {
        "'secrets':['0123456789abcdef0123456789abcde']",
        "'secrets':['0123456789abcdef0123456789abcdeé']",
        "'secrets':['0123456789abcdef0123456789abcde\\n']",
        "'secrets':['" SECRET "','" SECRET "']",
        "'secrets':['" SECRET "','x" SECRET "','y" SECRET "']",
        "'secrets':'" SECRET "'",
        "'secrets':[]",
        "'secret_file':''",
        "'active':true",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const str_t members = arena_format(arena, WEB "," CALLBACK ",%s", bad[i]);
        is_told_at(members.ptr, "applications[0].secret");
    }
    is_good(WEB "," CALLBACK ",'secrets':['" SECRET "','x" SECRET "']");
    cr_assert_eq(file.items[0].secret_count, 2);
}

Test(handle_apply_parse, p_mem_04_no_secret_is_quoted_in_a_problem) {
    const str_t problems =
        problems_with(WEB "," CALLBACK ",'secrets':['short-but-secret','" SECRET "é']");
    cr_assert_gt(problems.len, 0);
    cr_assert_null(memmem(problems.ptr, problems.len, "short-but", 9));
    cr_assert_null(memmem(problems.ptr, problems.len, "01234567", 8));
}

Test(handle_apply_parse, public_applications_keep_no_secret_and_do_not_do_without_pkce) {
    const char *spa = "'id':'a','name':'b','type':'SPA'," CALLBACK;
    is_told_at(arena_format(arena, "%s," SECRETS, spa).ptr, "applications[0].secrets: ");
    is_told_at(arena_format(arena, "%s,'secret_file':'f'", spa).ptr,
               "applications[0].secret_file: ");
    is_told_at(arena_format(arena, "%s,'enforce_pkce':false", spa).ptr,
               "applications[0].enforce_pkce: ");
    is_told_at(arena_format(arena, "%s,'api_access':true", spa).ptr,
               "applications[0].api_access: ");
}

Test(handle_apply_parse, a_machine_signs_nobody_in_and_the_others_need_a_callback) {
    const char *machine = "'id':'a','name':'b','type':'M2M'," SECRETS;
    is_good(machine);
    is_told_at(arena_format(arena, "%s," CALLBACK, machine).ptr, "applications[0].redirect_uris: ");
    is_told_at(arena_format(arena, "%s,'scopes':['a b']", machine).ptr,
               "applications[0].scopes[0]: ");
    is_told_at(arena_format(arena, "%s,'scopes':['']", machine).ptr, "applications[0].scopes[0]: ");
    is_told_at(WEB "," SECRETS, "applications[0].redirect_uris: ");
    is_told_at("'id':'a','name':'b','type':'SPA'", "applications[0].redirect_uris: ");
}

Test(handle_apply_parse, p_ssrf_05_keys_are_public_and_can_be_used) {
    const char *web = WEB "," CALLBACK;
    is_good(arena_format(arena,
                         "%s,'jwks':{'keys':[{'kty':'EC','crv':'P-256','alg':'ES256','kid':'1',"
                         "'x':'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',"
                         "'y':'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'}]}",
                         web)
                .ptr);
    cr_assert_gt(file.items[0].row.jwks.len, 0);
    static const char *const bad[] = {
        "[]",
        "{}",
        "{'keys':[]}",
        "{'keys':[{'kty':'oct','k':'AAAA'}]}",
        "{'keys':[{'kty':'EC','crv':'P-256','d':'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',"
        "'x':'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',"
        "'y':'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        is_told_at(arena_format(arena, "%s,'jwks':%s", web, bad[i]).ptr, "applications[0].jwks: ");
    }
}
