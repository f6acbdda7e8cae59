#include "fault/world.h"
#include "base/form.h"
#include "fault/faults.h"
#include "handle/operate.h"
#include "store/database.h"
#include <stdlib.h>
#include <unistd.h>

enum { COOKIES_MAX = 4, ARENA_MAX = 4 * 1024 * 1024, WORLD_MAX = 256 * 1024 * 1024 };

arena_t *world_arena;

static settings_t settings;
static master_t *master;
static views_t *views;
static snapshot_t *snapshot;
static store_t *lane;
// Of the remote lane.
static store_pool_t *pool;
static http_client_t *http;
static gate_t *gate;
static size_t crowd[GATE_PLACES];
static size_t crowd_count;
static mailer_t *mailer;
static str_t cookies[COOKIES_MAX]; // "name=value"
static size_t cookie_count;
static str_t address;

static void lane_open(void) {
    store_close(&lane);
    assert_ok(store_open(database_conninfo(), &lane, &err));
    store_use(lane, world_arena, deadline_in(TEST_DEADLINE_MS));
    database_connect(lane);
}

static void settings_fill(int smtp_port) {
    char smtp[64];
    snprintf(smtp, sizeof(smtp), "smtp://127.0.0.1:%d", smtp_port);
    setenv("GATEHOUSE_ISSUER", "https://login.example.com", 1);
    setenv("GATEHOUSE_DATABASE_URL", database_conninfo(), 1);
    setenv("GATEHOUSE_MASTER_KEY_FILE", "unused", 1);
    setenv("GATEHOUSE_SMTP_URL", smtp, 1);
    setenv("GATEHOUSE_MAIL_FROM", "Gatehouse <login@example.com>", 1);
    setenv("GATEHOUSE_ORGANIZATION_SIGNUP", "off", 1); // most logins here have no organization
    unsetenv("GATEHOUSE_TEST_DATABASE_URL");
    unsetenv("GATEHOUSE_TEST_DATABASE_CONTROL");
    settings_problems_t problems = {0};
    const bool is_good = settings_load(world_arena, NULL, &settings, &problems);
    cr_assert(is_good, "%.*s", STR_ARG(problems.text[0]));
}

void world_open(int smtp_port) {
    static const uint8_t KEY[32] = "a master key for tests only.....";
    world_arena = arena_new(WORLD_MAX);
    settings_fill(smtp_port);
    assert_ok(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err));
    assert_ok(views_load(&settings, &views, &err));
    lane_open();
    const operate_t operate = {master, lane, world_arena, &settings};
    assert_ok(operate_keys_ensure(&operate, &err));
    assert_ok(operate_snapshot_read(&operate, &snapshot, &err));
    assert_ok(mailer_open(&settings, &mailer, &err));
    assert_ok(store_pool_open(database_conninfo(), 2, &pool, &err));
    assert_ok(http_client_open(&settings, &http, &err));
    gate = gate_new();
}

void world_close(void) {
    gate_free(&gate);
    http_client_close(&http);
    store_pool_close(&pool);
    mailer_close(&mailer);
    store_close(&lane);
    operate_snapshot_free(&snapshot);
    views_free(&views);
    master_free(&master);
    arena_free(&world_arena);
}

void world_organization_signup(bool is_on) {
    settings.is_organization_signup_on = is_on;
}

void world_browser_new(int n) {
    cookie_count = 0;
    address = arena_format(world_arena, "10.%d.%d.1", n / 250, n % 250);
}

static str_t cookie_header(arena_t *where) {
    buf_t header = buf_new(where, 256);
    for (size_t i = 0; i < cookie_count; i++) {
        buf_add_c(&header, i ? "; " : "");
        buf_add(&header, cookies[i]);
    }
    return buf_str(&header);
}

static void cookie_keep(str_t set_cookie) {
    const str_t pair = str_sub(set_cookie, 0, str_find(set_cookie, ';'));
    const str_t name = str_sub(pair, 0, str_find(pair, '=') + 1);
    for (size_t i = 0; i < cookie_count; i++) {
        if (str_starts(cookies[i], name)) {
            cookies[i] = arena_dup(world_arena, pair);
            return;
        }
    }
    cr_assert_lt(cookie_count, COOKIES_MAX);
    cookies[cookie_count++] = arena_dup(world_arena, pair);
}

// A {name} of a pattern stands for one segment.
static bool is_match(str_t pattern, str_t path, str_t *out_param) {
    const size_t open = str_find(pattern, '{');
    if (open == pattern.len) {
        return str_eq(pattern, path);
    }
    if (!str_starts(path, str_sub(pattern, 0, open))) {
        return false;
    }
    const str_t rest = str_sub(path, open, path.len);
    const str_t after = str_sub(pattern, str_find(pattern, '}') + 1, pattern.len);
    *out_param = str_sub(rest, 0, str_find(rest, '/'));
    return str_eq(str_sub(rest, out_param->len, rest.len), after);
}

static const route_t *route_of(request_t *request) {
    for (size_t i = 0; i < handle_routes_count; i++) {
        const route_t *route = &handle_routes[i];
        if (route->method == request->method &&
            is_match(str_from_c(route->path), request->path, &request->params[0])) {
            return route;
        }
    }
    cr_assert_fail("no route %.*s", STR_ARG(request->path));
    return NULL;
}

static world_answer_t answer_of(const response_t *response) {
    world_answer_t answer = {.status = response->status,
                             .body = arena_dup(world_arena, response->body)};
    for (size_t i = 0; i < response->header_count; i++) {
        const header_t *header = &response->headers[i];
        if (str_eq_nocase(header->name, STR("location"))) {
            answer.location = arena_dup(world_arena, header->value);
        } else if (str_eq_nocase(header->name, STR("set-cookie"))) {
            cookie_keep(header->value);
        }
    }
    return answer;
}

world_answer_t world_send(const world_request_t *in) {
    arena_t *arena_now = arena_new(ARENA_MAX);
    const bool is_post = strcmp(in->method, "POST") == 0;
    request_t request = {.method = is_post ? METHOD_POST : METHOD_GET,
                         .path = str_from_c(in->path),
                         .query = in->query,
                         .body = in->body,
                         .content_type = str_is_empty(in->content_type)
                                             ? STR("application/x-www-form-urlencoded")
                                             : in->content_type,
                         .authorization = in->authorization,
                         .cookie = cookie_header(arena_now),
                         .client_ip = address,
                         .is_https = true,
                         .id = STR("0123456789abcdef"),
                         .deadline = deadline_in(60000)};
    call_t call = {.settings = &settings,
                   .master = master,
                   .views = views,
                   .snapshot = snapshot,
                   .store = lane,
                   .arena = arena_now,
                   .request = &request};
    const route_t *route = route_of(&request);
    response_t response = {0};
    if (route->lane == LANE_REMOTE) {
        call.store = NULL;
        call.store_pool = pool;
        call.http = http;
        call.gate = gate;
    } else {
        store_use(lane, arena_now, request.deadline);
    }
    const result_t result = route->handle(&call, &response);
    if (route->lane == LANE_REMOTE) {
        call_store_release(&call);
        call_remote_leave(&call);
    }
    if (result != OK) {
        response = (response_t){0};
        handle_failure(&call, route, result, &response);
    }
    const world_answer_t answer = answer_of(&response);
    arena_free(&arena_now);
    if (response.status >= 500) {
        fault_disarm();
        lane_open(); // another thread of the lane, as it were
    }
    return answer;
}

void world_settle(void) {
    enum { OWN = 2 }; // of the lane and of `store`
    store_use(lane, world_arena, deadline_in(TEST_DEADLINE_MS));
    database_connect(lane);
    while (sql_number("select count(*) from pg_stat_activity where datname = current_database()"
                      " and application_name = 'gatehouse'") > OWN) {
        usleep(2000);
    }
}

void world_crowd(const char *connection) {
    while (gate_enter(gate, str_from_c(connection), &crowd[crowd_count])) {
        crowd_count++;
    }
}

void world_crowd_leave(void) {
    while (crowd_count) {
        gate_leave(gate, crowd[--crowd_count]);
    }
}

result_t world_mail(outbox_round_t *out) {
    arena_t *arena_now = arena_new(ARENA_MAX);
    err_t why = {0};
    store_use(lane, arena_now, deadline_in(60000));
    outbox_t outbox = {.settings = &settings,
                       .master = master,
                       .views = views,
                       .store = lane,
                       .mailer = mailer,
                       .arena = arena_now};
    const result_t result = outbox_run_round(&outbox, out, &why);
    arena_free(&arena_now);
    if (result != OK) {
        fault_disarm();
        lane_open();
    }
    return result;
}

str_t world_field(str_t html, const char *name) {
    const str_t mark = arena_format(world_arena, "name=\"%s\" value=\"", name);
    const char *found = memmem(html.ptr, html.len, mark.ptr, mark.len);
    cr_assert_not_null(found, "no field %s in: %.*s", name, STR_ARG(html));
    const size_t begin = (size_t)(found - html.ptr) + mark.len;
    const str_t rest = str_sub(html, begin, html.len);
    return str_sub(rest, 0, str_find(rest, '"'));
}

str_t world_param(str_t url, const char *name) {
    form_t form;
    str_t value;
    const size_t question = str_find(url, '?');
    assert_ok(form_parse(world_arena, str_sub(url, question + 1, url.len), &form, &err));
    cr_assert_eq(form_get(&form, str_from_c(name), &value), FORM_ONE, "no %s in %.*s", name,
                 STR_ARG(url));
    return value;
}
