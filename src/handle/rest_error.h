// How the REST API refuses: the error body of hosted-login.md 7.4, with all that is wrong with a
// request at once. Pure but for the arena; any thread.
#pragma once
#include "handle/handle.h"

// One field that is wrong. Texts live as long as the request.
typedef struct {
    str_t field;       // "metadata.plan", "features[1].name"
    str_t description; // a sentence for a person
    str_t constraint; // a stable word: "required", "type", "length", "characters", "enum", "range",
                      // "pattern", "count", "unique"
} rest_problem_t;

typedef struct {
    int status;
    const char *code; // stable, for programs; NULL: the status's own ("NOT_FOUND", ...)
    str_t message;    // for people
    const rest_problem_t *problems;
    size_t problem_count;
} rest_error_t;

// Fills `out` whole, the headers aside. Never fails: at worst the body lacks the details.
void rest_error_answer(call_t *call, const rest_error_t *error, response_t *out);
