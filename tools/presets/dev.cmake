# ASan and UBSan, tests on: what tools/test builds.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g" CACHE STRING "")
set(GATEHOUSE_SANITIZE address,undefined CACHE STRING "")
