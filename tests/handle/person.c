#include "handle/person.h"
#include "handle/idp.h"
#include "remote/smtp_server.h"
#include "store/database.h"
#include <stdlib.h>

static smtp_server_t smtp;

void person_setup(void) {
    static const char *const OPTIONS[] = {NULL};
    setenv("GATEHOUSE_ALLOW_HTTP", "on", 1);
    setenv("GATEHOUSE_OUTBOUND_ALLOW", "127.0.0.0/8", 1);
    database_setup();
    sql_exec(
        "insert into applications (id, name, type, redirect_uris, enforces_pkce)"
        " values ('skc_1', 'App', 'web_app', '{" PERSON_CALLBACK "}', false)");
    smtp_server_start(&smtp, OPTIONS);
    world_open(smtp.port);
    world_browser_new(1);
    idp_start();
}

void person_teardown(void) {
    idp_stop();
    world_close();
    smtp_server_stop(&smtp);
    database_teardown();
}

world_answer_t person_get(const char *path, str_t query) {
    return world_send(&(world_request_t){.method = "GET", .path = path, .query = query});
}

world_answer_t person_post(const char *path, str_t body) {
    return world_send(&(world_request_t){.method = "POST", .path = path, .body = body});
}

world_answer_t person_follow(str_t location) {
    const size_t question = str_find(location, '?');
    const str_t path = arena_dup(world_arena, str_sub(location, 0, question));
    return person_get(path.ptr, str_sub(location, question + 1, location.len));
}

str_t person_begin(const char *more) {
    const world_answer_t begun =
        person_get("/oauth/authorize", arena_format(world_arena, "%s%s", PERSON_AUTHORIZE, more));
    cr_assert_eq(begun.status, 303, "%.*s", STR_ARG(begun.body));
    return begun.location;
}

str_t person_form(const char *path, str_t flow) {
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t token = world_field(person_get(path, query).body, "form_token");
    return arena_format(world_arena, "%.*s&form_token=%.*s", STR_ARG(query), STR_ARG(token));
}

str_t person_enter(str_t flow, const char *email) {
    const str_t form = person_form("/a/auth/login", flow);
    const world_answer_t answer = person_post(
        "/a/auth/login", arena_format(world_arena, "%.*s&email=%s", STR_ARG(form), email));
    cr_assert_eq(answer.status, 303, "%.*s", STR_ARG(answer.body));
    return answer.location;
}

str_t person_code(void) {
    outbox_round_t round = {0};
    str_t text;
    char code[7] = {0};
    assert_ok(world_mail(&round));
    SCOPED(json_t) message = smtp_server_message(&smtp);
    cr_assert(json_get_str(message, "plain", &text));
    for (size_t i = 0, digits = 0; i < text.len && digits < 6; i++) {
        const char c = text.ptr[i];
        if (c >= '0' && c <= '9') {
            code[digits++] = c;
        } else if (c != ' ') {
            digits = 0;
        }
    }
    return arena_dup(world_arena, str_from_c(code));
}

world_answer_t person_verify(str_t flow, str_t code) {
    const str_t form = person_form("/a/auth/code", flow);
    return person_post("/a/auth/code",
                       arena_format(world_arena, "%.*s&code=%.*s", STR_ARG(form), STR_ARG(code)));
}

person_sent_t person_go(str_t location) {
    const world_answer_t away = person_follow(location);
    const str_t to = arena_format(world_arena, "%s/authorize?", idp_issuer());
    cr_assert(str_starts(away.location, to), "%d %.*s %.*s", away.status, STR_ARG(away.location),
              STR_ARG(away.body));
    return (person_sent_t){.flow = world_param(location, "flow"),
                           .url = away.location,
                           .state = world_param(away.location, "state"),
                           .nonce = world_param(away.location, "nonce")};
}

world_answer_t person_return(const char *connection, const person_sent_t *sent) {
    const str_t path = arena_format(world_arena, "/sso/v1/oidc/%s/callback", connection);
    const str_t query =
        arena_format(world_arena, "code=c&state=%.*s&iss=%s", STR_ARG(sent->state), idp_issuer());
    return person_get(path.ptr, query);
}

world_answer_t person_sso(const char *email, const char *claims) {
    const str_t flow = world_param(person_begin(""), "flow");
    const person_sent_t sent = person_go(person_enter(flow, email));
    idp_says(claims, sent.nonce);
    return person_return("conn_mega", &sent);
}

bool person_has(str_t text, const char *part) {
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}
