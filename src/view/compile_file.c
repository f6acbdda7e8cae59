#include "base/buffer.h"
#include "view/compile.h"

// A file that is being read.
typedef struct {
    compiler_t *compiler;
    const source_t *source;
    size_t at;
    int line;
    int depth;       // of partials
    size_t sections; // open where the file began: they must be open where it ends
} reader_t;

// One {{tag}}: `sigil` is '#', '^', '/', '>', '!' or ' ' for a name.
typedef struct {
    char sigil;
    str_t text;
    size_t begin, end; // in the source, braces included
    int line;
} tag_t;

static result_t compile_file_at(compiler_t *compiler, place_t place, str_t name, int depth);

static place_t reader_place(const reader_t *reader, int line) {
    return (place_t){reader->source->origin, line};
}

static size_t find_text(str_t text, size_t from, const char *wanted) {
    const str_t needle = str_from_c(wanted);
    for (size_t i = from; i + needle.len <= text.len; i++) {
        if (str_starts(str_sub(text, i, text.len), needle)) {
            return i;
        }
    }
    return text.len;
}

static int lines_in(str_t text, size_t begin, size_t end) {
    int lines = 0;
    for (size_t i = begin; i < end; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

// Literal text: checked, and in HTML without the indentation that only people need.
static result_t read_literal(reader_t *reader, size_t end) {
    compiler_t *compiler = reader->compiler;
    const str_t text = str_sub(reader->source->text, reader->at, end);
    const template_mode_t mode = compiler->unit->mode;
    const bool is_html = mode == TEMPLATE_PAGE || mode == TEMPLATE_MAIL;
    size_t offset = 0;
    const char *reason = is_html ? html_feed(&compiler->html, text, &offset) : NULL;
    if (reason) {
        const int line = reader->line + lines_in(text, 0, offset);
        return compile_fail(compiler, reader_place(reader, line), "%s", reason);
    }
    buf_t out = buf_new(compiler->world->arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        const bool is_indent = is_html && (text.ptr[i] == ' ' || text.ptr[i] == '\n') && out.len &&
                               out.ptr[out.len - 1] == '\n';
        if (!is_indent) {
            buf_add_char(&out, text.ptr[i]);
        }
    }
    reader->line += lines_in(text, 0, text.len);
    return out.len ? compile_op(compiler, reader_place(reader, reader->line),
                                (op_t){.kind = OP_LITERAL, .literal = buf_str(&out)})
                   : OK;
}

static bool char_is_in_tag(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':' ||
           c == '{' || c == '}';
}

static bool tag_text_is_valid(const tag_t *tag) {
    if (tag->sigil == '!') {
        return true;
    }
    for (size_t i = 0; i < tag->text.len; i++) {
        if (!char_is_in_tag(tag->text.ptr[i])) {
            return false;
        }
    }
    return tag->text.len > 0 && tag->text.len <= COMPILE_NAME_MAX;
}

// Reads the tag at `begin`. {{{, {{& and {{= of full Mustache (raw output, other delimiters) fail
// here as names with wrong characters.
static result_t read_tag(reader_t *reader, size_t begin, tag_t *out) {
    const str_t source = reader->source->text;
    size_t close = find_text(source, begin + 2, "}}");
    // {{msg:a.{b}}} ends with the last two braces.
    if (close + 2 < source.len && source.ptr[close + 2] == '}') {
        close++;
    }
    tag_t tag = {.sigil = ' ', .begin = begin, .end = close + 2, .line = reader->line};
    str_t inside = str_sub(source, begin + 2, close);
    if (inside.len && strchr("#^/>!", inside.ptr[0])) {
        tag.sigil = inside.ptr[0];
        inside = str_sub(inside, 1, inside.len);
    }
    tag.text = inside;
    if (close == source.len || (lines_in(inside, 0, inside.len) && tag.sigil != '!')) {
        return compile_fail(reader->compiler, reader_place(reader, reader->line),
                            "a '{{' without '}}' in its line");
    }
    if (!tag_text_is_valid(&tag) || (inside.len && inside.ptr[0] == '{')) {
        return compile_fail(reader->compiler, reader_place(reader, reader->line),
                            "'%.*s' is not a tag of this template language", STR_ARG(inside));
    }
    *out = tag;
    return OK;
}

// A section tag or comment that is alone in its line takes the line with it (mustache(5)).
static void tag_widen(const reader_t *reader, tag_t *tag) {
    const str_t source = reader->source->text;
    size_t begin = tag->begin;
    size_t end = tag->end;
    while (begin > reader->at && source.ptr[begin - 1] == ' ') {
        begin--;
    }
    while (end < source.len && source.ptr[end] == ' ') {
        end++;
    }
    const bool is_begin = begin == 0 || source.ptr[begin - 1] == '\n';
    const bool is_end = end == source.len || source.ptr[end] == '\n';
    if (is_begin && is_end && tag->sigil != ' ' && tag->sigil != '>') {
        tag->begin = begin;
        tag->end = end == source.len ? end : end + 1;
    }
}

static result_t guard_of(reader_t *reader, const tag_t *tag, op_t *out) {
    compiler_t *compiler = reader->compiler;
    const place_t place = reader_place(reader, tag->line);
    const bool is_inverted = tag->sigil == '^';
    const size_t dot = str_find(tag->text, '.');
    named_t named;
    TRY(compile_name(compiler, place, str_sub(tag->text, 0, dot), &named));
    *out =
        (op_t){.kind = is_inverted ? OP_UNLESS : OP_IF, .part = named.part, .field = named.field};
    if (dot == tag->text.len) {
        return OK;
    }
    const str_t choice = str_sub(tag->text, dot + 1, tag->text.len);
    for (size_t i = 0; named.field->kind == FIELD_CHOICE && i < named.field->choices_count; i++) {
        if (named.field->choices[i] && str_eq(choice, str_from_c(named.field->choices[i]))) {
            out->kind = is_inverted ? OP_UNLESS_CHOICE : OP_IF_CHOICE;
            out->wanted = (int)i;
            return OK;
        }
    }
    return compile_fail(compiler, place, "'%s' has no choice '%.*s'", named.field->name,
                        STR_ARG(choice));
}

static result_t section_open(reader_t *reader, const tag_t *tag) {
    compiler_t *compiler = reader->compiler;
    const place_t place = reader_place(reader, tag->line);
    if (compiler->sections_count == COMPILE_SECTIONS_MAX) {
        return compile_fail(compiler, place, "too many sections in sections");
    }
    section_t *section = &compiler->sections[compiler->sections_count];
    *section = (section_t){.name = tag->text, .html = compiler->html, .line = tag->line};
    op_t op;
    TRY(guard_of(reader, tag, &op));
    const bool is_list = op.kind == OP_IF && op.field->kind == FIELD_LIST;
    TRY(is_list ? compile_list(compiler, place, op, &section->op)
                : compile_guard(compiler, place, op, &section->op));
    compiler->sections_count++;
    return OK;
}

static result_t section_close(reader_t *reader, const tag_t *tag) {
    compiler_t *compiler = reader->compiler;
    const place_t place = reader_place(reader, tag->line);
    if (compiler->sections_count == reader->sections) {
        return compile_fail(compiler, place, "'%.*s' was not opened", STR_ARG(tag->text));
    }
    const section_t *section = &compiler->sections[--compiler->sections_count];
    if (!str_eq(section->name, tag->text)) {
        return compile_fail(compiler, place, "'%.*s' ends where '%.*s' of line %d is open",
                            STR_ARG(tag->text), STR_ARG(section->name), section->line);
    }
    if (!html_is_same_place(&section->html, &compiler->html)) {
        return compile_fail(compiler, place,
                            "the section of line %d ends in another place of the HTML",
                            section->line);
    }
    if (compiler->ops[section->op].kind == OP_EACH) {
        return compile_list_end(compiler, place, section->op);
    }
    compile_guard_end(compiler, section->op);
    return OK;
}

static result_t read_partial(reader_t *reader, const tag_t *tag) {
    compiler_t *compiler = reader->compiler;
    const place_t place = reader_place(reader, tag->line);
    const template_unit_t *unit = compiler->unit;
    if (str_eq(tag->text, STR("body")) && unit->body) {
        return compile_file_at(compiler, place, str_from_c(unit->body), reader->depth + 1);
    }
    if (str_eq(tag->text, STR("title")) && unit->title) {
        return compile_file_at(compiler, place, str_from_c(unit->title), reader->depth + 1);
    }
    const char *extension = unit->mode == TEMPLATE_PLAIN ? "txt" : "html";
    const str_t file =
        arena_format(compiler->world->arena, "%.*s.%s", STR_ARG(tag->text), extension);
    return compile_file_at(compiler, place, file, reader->depth + 1);
}

static result_t read_name(reader_t *reader, const tag_t *tag) {
    compiler_t *compiler = reader->compiler;
    const place_t place = reader_place(reader, tag->line);
    const str_t prefix = STR("msg:");
    if (str_starts(tag->text, prefix)) {
        return compile_message(compiler, place, str_sub(tag->text, prefix.len, tag->text.len));
    }
    named_t named;
    TRY(compile_name(compiler, place, tag->text, &named));
    return compile_value(compiler, place, &named);
}

static result_t read_on(reader_t *reader, const tag_t *tag) {
    switch (tag->sigil) {
    case '#':
    case '^':
        return section_open(reader, tag);
    case '/':
        return section_close(reader, tag);
    case '>':
        return read_partial(reader, tag);
    case '!':
        return OK;
    default:
        return read_name(reader, tag);
    }
}

static result_t read_next(reader_t *reader) {
    const str_t source = reader->source->text;
    const size_t begin = find_text(source, reader->at, "{{");
    if (begin == source.len) {
        TRY(read_literal(reader, begin));
        reader->at = begin;
        return OK;
    }
    const int line = reader->line;
    reader->line += lines_in(source, reader->at, begin);
    tag_t tag = {0};
    TRY(read_tag(reader, begin, &tag));
    reader->line = line;
    tag_widen(reader, &tag);
    TRY(read_literal(reader, tag.begin));
    TRY(read_on(reader, &tag));
    reader->line += lines_in(source, tag.begin, tag.end);
    reader->at = tag.end;
    return OK;
}

static result_t compile_file_at(compiler_t *compiler, place_t place, str_t name, int depth) {
    const source_t *source = sources_use(compiler->world->sources, name);
    if (!source) {
        return compile_fail(compiler, place, "there is no file '%.*s'", STR_ARG(name));
    }
    if (depth > COMPILE_PARTIALS_MAX || ++compiler->files_count > COMPILE_FILES_MAX) {
        return compile_fail(compiler, place, "too many partials, or they include themselves");
    }
    reader_t reader = {.compiler = compiler,
                       .source = source,
                       .line = 1,
                       .depth = depth,
                       .sections = compiler->sections_count};
    while (reader.at < source->text.len) {
        TRY(read_next(&reader));
    }
    if (compiler->sections_count != reader.sections) {
        const section_t *section = &compiler->sections[compiler->sections_count - 1];
        return compile_fail(compiler, reader_place(&reader, section->line), "'%.*s' is not closed",
                            STR_ARG(section->name));
    }
    return OK;
}

result_t compile_file(compiler_t *compiler, place_t place, str_t name) {
    return compile_file_at(compiler, place, name, 0);
}
