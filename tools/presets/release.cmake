# The hardened binary that is meant to run in production.
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1" CACHE STRING "")
set(GATEHOUSE_HARDEN ON CACHE BOOL "")
set(GATEHOUSE_TESTS OFF CACHE BOOL "")
