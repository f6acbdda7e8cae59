// The command line, the process's own hardening, and an orderly start and stop.
#include "handle/operate.h"
#include "server/check.h"
#include "server/server.h"
#include "server/upkeep.h"
#include "store/migrate.h"
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXIT_WRONG = 1,
    EXIT_USAGE = 2,
    ARENA_MAX = 4 * 1024 * 1024,
    FILE_MAX = 1024 * 1024,
    COMMAND_MS = 60000,
    DATABASE_WAIT_MS = 30000, // for a database that starts beside us
    DATABASE_PAUSE_MS = 500,
    STOP_MS = 30000,
    MALLOC_ARENAS = 2, // more would keep a free list for every thread
};

typedef struct {
    const char *command;
    const char *argument; // of `apply`, `keys` and `why`
    const char *env_file;
    bool is_dry_run;
} options_t;

// What every command but `version` works with.
typedef struct {
    options_t options;
    settings_t settings;
    arena_t *arena;
    master_t *master;
    store_t *store;
    const char *conninfo;
} app_t;

static const char USAGE[] =
    "usage: gatehouse COMMAND [--env FILE]\n"
    "\n"
    "  serve                    serve logins; brings the database up to date first\n"
    "  migrate                  bring the database up to date\n"
    "  apply FILE [--dry-run]   declare applications from a JSON file\n"
    "  keys list | rotate       show the signing keys, or make new ones\n"
    "  why FLOW_ID              tell the decisions of one sign-in\n"
    "  check                    say all that is wrong with this installation\n"
    "  version                  print the version\n"
    "\n"
    "Settings are environment variables GATEHOUSE_..., or lines of the same form in FILE.\n";

static int complain(const char *what, const err_t *err) {
    fprintf(stderr, "gatehouse: %s: %s\n", what, err->text[0] ? err->text : err->code);
    return EXIT_WRONG;
}

// ---- the process -------------------------------------------------------------------------------

// Keys and tokens are in this memory: no core file, no attaching by processes of the same user
// (P-MEM-04), and what we create is nobody else's to read.
static void harden_process(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ // LeakSanitizer attaches to its own process
    prctl(PR_SET_DUMPABLE, 0);
#endif
    umask(077);
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
}

static void raise_file_limit(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static sigset_t stop_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

// ---- what the commands share -------------------------------------------------------------------

static bool load_settings(app_t *app) {
    settings_problems_t problems = {0};
    if (settings_load(app->arena, app->options.env_file, &app->settings, &problems)) {
        log_configure(app->settings.log_level, app->settings.is_log_json);
        app->conninfo = arena_c(app->arena, app->settings.database_url);
        return true;
    }
    for (size_t i = 0; i < problems.count; i++) {
        fprintf(stderr, "WRONG  settings: %.*s\n", STR_ARG(problems.text[i]));
    }
    return false;
}

static result_t open_master(app_t *app, err_t *err) {
    return master_load(arena_c(app->arena, app->settings.master_key_file), &app->master, err);
}

static result_t open_store(app_t *app, err_t *err) {
    TRY(store_open(app->conninfo, &app->store, err));
    store_use(app->store, app->arena, deadline_in(COMMAND_MS));
    return OK;
}

static operate_t operate_of(const app_t *app) {
    return (operate_t){.master = app->master,
                       .store = app->store,
                       .arena = app->arena,
                       .settings = &app->settings};
}

// Commands that change data leave the schema alone: only `serve` and `migrate` bring it up to date.
static result_t open_all(app_t *app, err_t *err) {
    store_schema_t schema = {0};
    TRY(open_master(app, err));
    TRY(store_schema_read(app->conninfo, &schema, err));
    if (schema.version < schema.expected) {
        return FAIL(err, CONFLICT, "schema",
                    "the database's schema is out of date: run `gatehouse migrate`");
    }
    return open_store(app, err);
}

static result_t read_file(arena_t *arena, const char *path, str_t *out, err_t *err) {
    FILE *file = fopen(path, "re");
    if (!file) {
        return FAIL(err, BAD_REQUEST, "file", "%s: %s", path, strerror(errno));
    }
    char *text = arena_alloc(arena, FILE_MAX + 1);
    const size_t len = fread(text, 1, FILE_MAX + 1, file);
    const bool is_broken = ferror(file) != 0;
    fclose(file);
    if (is_broken || len > FILE_MAX) {
        return FAIL(err, BAD_REQUEST, "file", "%s: %s", path,
                    is_broken ? "cannot be read" : "longer than 1 MiB");
    }
    *out = (str_t){text, len};
    return OK;
}

// ---- serve -------------------------------------------------------------------------------------

typedef struct {
    app_t *app;
    views_t *views;
    snapshots_t *snapshots;
    health_t *health;
    upkeep_t *upkeep;
    server_t *server;
} service_t;

// A database that is still starting gets half a minute; whatever else is wrong ends the start.
static result_t migrate_patiently(const app_t *app, err_t *err) {
    const deadline_t deadline = deadline_in(DATABASE_WAIT_MS);
    for (;;) {
        store_schema_t schema = {0};
        *err = (err_t){0};
        const result_t result = store_migrate(app->conninfo, &schema, err);
        if (result == OK && schema.applied) {
            LOG(LOG_LEVEL_INFO, "migrated", LOG_N("version", schema.version));
        }
        if (result != UNAVAILABLE || deadline_left_ms(deadline) == 0) {
            return result;
        }
        LOG(LOG_LEVEL_WARN, "waiting_for_database", LOG_S("why", str_from_c(err->text)));
        poll(NULL, 0, DATABASE_PAUSE_MS);
    }
}

static upkeep_config_t upkeep_of(const service_t *service) {
    return (upkeep_config_t){.settings = &service->app->settings,
                             .master = service->app->master,
                             .views = service->views,
                             .snapshots = service->snapshots,
                             .health = service->health};
}

static result_t prepare(service_t *service, err_t *err) {
    app_t *app = service->app;
    TRY(views_load(&app->settings, &service->views, err));
    TRY(open_master(app, err));
    TRY(migrate_patiently(app, err));
    TRY(open_store(app, err));
    const operate_t operate = operate_of(app);
    TRY(operate_keys_ensure(&operate, err));
    TRY(operate_simulator_ensure(&operate, err));
    const upkeep_config_t upkeep = upkeep_of(service);
    TRY(upkeep_refresh(&upkeep, app->store, app->arena, err));
    store_close(&app->store);
    health_database_set(service->health, true);
    return OK;
}

static result_t start(service_t *service, err_t *err) {
    const app_t *app = service->app;
    const upkeep_config_t upkeep = upkeep_of(service);
    TRY(upkeep_start(&upkeep, &service->upkeep, err));
    const server_config_t server = {
        .settings = &app->settings,
        .master = app->master,
        .views = service->views,
        .routes = handle_routes,
        .routes_count = handle_routes_count,
        .store = {.on_open = store_open, .on_use = store_use, .on_close = store_close},
        .snapshots = service->snapshots,
        .health = service->health,
        .upkeep = service->upkeep,
    };
    return server_start(&server, &service->server, err);
}

// True if nothing was cut off.
static bool stop(service_t *service) {
    const deadline_t deadline = deadline_in(STOP_MS);
    bool is_clean = true;
    if (service->server) {
        is_clean = server_stop(&service->server, STOP_MS);
    }
    // After the last request: what it has promised to mail may still go out at once.
    if (service->upkeep) {
        is_clean = upkeep_stop(&service->upkeep, deadline) && is_clean;
    }
    return is_clean;
}

static int run(service_t *service) {
    const sigset_t signals = stop_signals();
    err_t err = {0};
    if (prepare(service, &err) != OK || start(service, &err) != OK) {
        return complain("cannot start", &err);
    }
    LOG(LOG_LEVEL_INFO, "ready", LOG_S("address", server_address(service->server)));
    int signal_number = 0;
    while (sigwait(&signals, &signal_number) != 0) {
    }
    LOG(LOG_LEVEL_INFO, "stopping", LOG_N("signal", signal_number));
    return EXIT_SUCCESS;
}

static int command_serve(app_t *app) {
    service_t service = {
        .app = app, .snapshots = snapshots_new(operate_snapshot_free), .health = health_new()};
    const sigset_t signals = stop_signals();
    raise_file_limit();
    sigprocmask(SIG_BLOCK, &signals, NULL);
    const int code = run(&service);
    if (!stop(&service)) {
        // A thread is still at work with what would be freed now.
        LOG(LOG_LEVEL_ERROR, "stopped", LOG_S("code", STR("cut_off")));
        _exit(EXIT_WRONG);
    }
    snapshots_free(&service.snapshots);
    health_free(&service.health);
    views_free(&service.views);
    if (code == EXIT_SUCCESS) {
        LOG(LOG_LEVEL_INFO, "stopped", LOG_S("code", STR("ok")));
    }
    return code;
}

// ---- the other commands ------------------------------------------------------------------------

static int command_migrate(app_t *app) {
    store_schema_t schema = {0};
    err_t err = {0};
    if (store_migrate(app->conninfo, &schema, &err) != OK) {
        return complain("migrate", &err);
    }
    printf("schema version %lld, %zu migrations applied\n", (long long)schema.version,
           schema.applied);
    return EXIT_SUCCESS;
}

static int command_apply(app_t *app) {
    err_t err = {0};
    str_t text = STR_NONE;
    apply_t apply = {.is_dry_run = app->options.is_dry_run};
    result_t result = read_file(app->arena, app->options.argument, &apply.file_text, &err);
    result = result == OK ? open_all(app, &err) : result;
    if (result == OK) {
        apply.is_http_allowed = app->settings.is_http_allowed;
        apply.access_token_s = app->settings.access_token_lifetime_s;
        apply.master = app->master;
        apply.store = app->store;
        apply.arena = app->arena;
        result = operate_apply(&apply, &text, &err);
    }
    fprintf(result == OK ? stdout : stderr, "%.*s", STR_ARG(text));
    return result == OK ? EXIT_SUCCESS : complain("apply", &err);
}

static int command_keys(app_t *app) {
    err_t err = {0};
    str_t text = STR_NONE;
    const bool is_list = strcmp(app->options.argument, "list") == 0;
    result_t result = open_all(app, &err);
    if (result == OK) {
        const operate_t operate = operate_of(app);
        result = is_list ? operate_keys_list(&operate, &text, &err)
                         : operate_keys_rotate(&operate, &text, &err);
    }
    printf("%.*s", STR_ARG(text));
    return result == OK ? EXIT_SUCCESS : complain("keys", &err);
}

static int command_why(app_t *app) {
    err_t err = {0};
    str_t text = STR_NONE;
    result_t result = open_all(app, &err);
    if (result == OK) {
        const operate_t operate = operate_of(app);
        result = operate_why(&operate, str_from_c(app->options.argument), &text, &err);
    }
    printf("%.*s", STR_ARG(text));
    return result == OK ? EXIT_SUCCESS : complain("why", &err);
}

static int command_check(app_t *app) {
    return check_run(&app->settings, stdout) ? EXIT_WRONG : EXIT_SUCCESS;
}

// ---- options -----------------------------------------------------------------------------------

static const struct {
    const char *name;
    int (*run)(app_t *app);
    const char *arguments; // the ones allowed, between bars; "" any; NULL none
} COMMANDS[] = {
    {"serve", command_serve, NULL}, {"migrate", command_migrate, NULL},
    {"apply", command_apply, ""},   {"keys", command_keys, "|list|rotate|"},
    {"check", command_check, NULL}, {"why", command_why, ""},
};
enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

static bool take_option(char **argv, int *i, options_t *out) {
    const char *word = argv[*i];
    if (strcmp(word, "--env") == 0) {
        out->env_file = argv[++*i];
        return out->env_file != NULL;
    }
    if (strcmp(word, "--dry-run") == 0) {
        out->is_dry_run = true;
        return true;
    }
    const char **place = out->command ? &out->argument : &out->command;
    if (word[0] == '-' || *place) {
        return false;
    }
    *place = word;
    return true;
}

static bool parse_options(int argc, char **argv, options_t *out) {
    *out = (options_t){0};
    for (int i = 1; i < argc; i++) {
        if (!take_option(argv, &i, out)) {
            return false;
        }
    }
    return out->command != NULL;
}

static bool is_argument_right(const char *allowed, const char *argument) {
    char bars[32];
    if (!allowed || !argument) {
        return !allowed && !argument;
    }
    const int len = snprintf(bars, sizeof(bars), "|%s|", argument);
    return allowed[0] == '\0' || (len < (int)sizeof(bars) && strstr(allowed, bars));
}

static int find_command(const options_t *options) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(options->command, COMMANDS[i].name) == 0) {
            const bool is_right = is_argument_right(COMMANDS[i].arguments, options->argument) &&
                                  (!options->is_dry_run || COMMANDS[i].run == command_apply);
            return is_right ? i : -1;
        }
    }
    return -1;
}

static int run_command(int command, const options_t *options) {
    app_t app = {.options = *options, .arena = arena_new(ARENA_MAX)};
    const int code = load_settings(&app) ? COMMANDS[command].run(&app) : EXIT_WRONG;
    store_close(&app.store);
    master_free(&app.master);
    arena_free(&app.arena);
    return code;
}

int main(int argc, char **argv) {
    options_t options;
    harden_process();
    if (!parse_options(argc, argv, &options)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(options.command, "version") == 0) {
        puts("gatehouse " GATEHOUSE_VERSION);
        return EXIT_SUCCESS;
    }
    const int command = find_command(&options);
    if (command < 0) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    return run_command(command, &options);
}
