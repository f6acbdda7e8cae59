# gcov instrumentation, no sanitizers.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(GATEHOUSE_COVERAGE ON CACHE BOOL "")
