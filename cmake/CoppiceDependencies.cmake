# The libraries that Coppice stands on.
#
# Boost.System is never listed: it has been header-only for years, and its component is gone from
# Boost 1.89 on.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS fiber context log
             OPTIONAL_COMPONENTS stacktrace_backtrace)
find_package(fmt REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

if(COPPICE_BUILD_EXAMPLES OR COPPICE_BUILD_TESTS)
    find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS program_options json)
endif()

if(COPPICE_BUILD_TESTS)
    find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS unit_test_framework)

    # Debian's package of rapidcheck has no CMake files.
    find_path(RAPIDCHECK_INCLUDE_DIR rapidcheck.h REQUIRED)
    find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
    mark_as_advanced(RAPIDCHECK_INCLUDE_DIR RAPIDCHECK_LIBRARY)
    add_library(rapidcheck::rapidcheck UNKNOWN IMPORTED)
    set_target_properties(
        rapidcheck::rapidcheck
        PROPERTIES IMPORTED_LOCATION ${RAPIDCHECK_LIBRARY}
                   INTERFACE_INCLUDE_DIRECTORIES ${RAPIDCHECK_INCLUDE_DIR})
endif()
