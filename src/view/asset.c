#include "view/asset.h"
// next_in is then const, as it is in truth.
#define ZLIB_CONST
#include <zlib.h>

static const char FOLDER[] = "/assets/";
enum { FOLDER_LEN = sizeof(FOLDER) - 1, HASH_DIGITS = 16 };
enum { GZIP_WINDOW = 15 + 16 /* with a gzip header */, GZIP_MEMORY = 9, SAVED_MIN = 64 };

// FNV-1a, 64 bits. It tells two versions of our own files apart for caches; it protects nothing.
static uint64_t asset_hash(str_t text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static str_t asset_type(str_t name) {
    if (str_ends(name, STR(".css"))) {
        return STR("text/css; charset=utf-8");
    }
    return str_ends(name, STR(".js")) ? STR("text/javascript; charset=utf-8")
                                      : STR("image/svg+xml");
}

// RFC 1952. The header holds no time: the same text gives the same octets in every process.
static result_t asset_compress(arena_t *arena, str_t text, bytes_t *out, err_t *err) {
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return FAIL(err, INTERNAL, "internal", "deflateInit2: %s",
                    stream.msg ? stream.msg : "failed");
    }
    const uLong bound = deflateBound(&stream, (uLong)text.len);
    uint8_t *octets = arena_alloc(arena, bound);
    stream.next_in = (const Bytef *)text.ptr;
    stream.avail_in = (uInt)text.len;
    stream.next_out = octets;
    stream.avail_out = (uInt)bound;
    const int status = deflate(&stream, Z_FINISH);
    const size_t len = stream.total_out;
    deflateEnd(&stream);
    if (status != Z_STREAM_END) {
        return FAIL(err, INTERNAL, "internal", "deflate: status %d", status);
    }
    *out = len + SAVED_MIN <= text.len ? (bytes_t){octets, len} : (bytes_t){0};
    return OK;
}

result_t asset_make(arena_t *arena, str_t name, str_t text, asset_t *out, err_t *err) {
    asset_t asset = {.content = {.content_type = asset_type(name), .plain = str_bytes(text)}};
    asset.path = arena_format(arena, "%s%0*llx/%.*s", FOLDER, HASH_DIGITS,
                              (unsigned long long)asset_hash(text), STR_ARG(name));
    TRY(asset_compress(arena, text, &asset.content.gzip, err));
    *out = asset;
    return OK;
}

static bool is_hash(str_t text) {
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return text.len == HASH_DIGITS;
}

bool asset_has_name(const asset_t *asset, str_t path) {
    const size_t name_at = FOLDER_LEN + HASH_DIGITS;
    return str_starts(path, (str_t){FOLDER, FOLDER_LEN}) &&
           is_hash(str_sub(path, FOLDER_LEN, name_at)) &&
           str_eq(str_sub(path, name_at, path.len), str_sub(asset->path, name_at, asset->path.len));
}
