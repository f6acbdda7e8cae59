# gatehouse_embed(<library folder> <symbol> <root> <glob>): puts every file below root that matches
# into the library as `const embed_file_t <symbol>[]` and `const size_t <symbol>_count`, sorted by
# name (src/base/embed.h). The bytes go in by .incbin, so a large asset costs no compile time.
function(gatehouse_embed folder symbol root glob)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/${glob})
    list(FILTER files EXCLUDE REGEX "(^|/)README\\.md$")
    list(SORT files)
    set(assembly "    .section .rodata\n")
    set(declarations "")
    set(rows "")
    set(index 0)
    set(paths "")
    foreach(file IN LISTS files)
        set(label "${symbol}_${index}")
        string(APPEND assembly
            "    .global ${label}\n    .global ${label}_end\n    .balign 16\n"
            "${label}:\n    .incbin \"${root}/${file}\"\n${label}_end:\n    .byte 0\n")
        string(APPEND declarations "extern const unsigned char ${label}[], ${label}_end[];\n")
        string(APPEND rows "    {{\"${file}\", sizeof(\"${file}\") - 1}, ${label}, ${label}_end},\n")
        list(APPEND paths ${root}/${file})
        math(EXPR index "${index} + 1")
    endforeach()
    string(APPEND assembly "    .section .note.GNU-stack,\"\",@progbits\n")
    set(out ${CMAKE_BINARY_DIR}/generated/${symbol})
    file(CONFIGURE OUTPUT ${out}.S CONTENT "${assembly}" @ONLY)
    file(CONFIGURE OUTPUT ${out}.c CONTENT
        "#include \"base/embed.h\"\n${declarations}const embed_file_t ${symbol}[] = {\n${rows}    {{0, 0}, 0, 0},\n};\nconst size_t ${symbol}_count = ${index};\n" @ONLY)
    set_source_files_properties(${out}.S PROPERTIES OBJECT_DEPENDS "${paths}")
    set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS -Wno-error)
    target_sources(gh_${folder} PRIVATE ${out}.S ${out}.c)
endfunction()
