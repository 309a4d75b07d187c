# The libraries that Coppice stands on, and what only its examples and tests need.
include(CoppiceRequirements)

set(own_components "")
if(COPPICE_BUILD_EXAMPLES OR COPPICE_BUILD_TESTS)
    list(APPEND own_components program_options)
endif()
if(COPPICE_BUILD_TESTS)
    list(APPEND own_components unit_test_framework)
endif()
coppice_find_requirements(${own_components})

# Headers that are compiled into our library: programs that use the installed package need none of it.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h)
mark_as_advanced(TOMLPLUSPLUS_INCLUDE_DIR)
if(NOT TOMLPLUSPLUS_INCLUDE_DIR)
    if(NOT coppice_missing)
        set(coppice_missing "Coppice needs what is not installed here:")
    endif()
    string(APPEND coppice_missing "\n  toml++ 3, to be built (Debian 12: libtomlplusplus-dev)")
endif()

if(COPPICE_BUILD_TESTS)
    # Debian's package of rapidcheck has no CMake files.
    find_path(RAPIDCHECK_INCLUDE_DIR rapidcheck.h)
    find_library(RAPIDCHECK_LIBRARY rapidcheck)
    mark_as_advanced(RAPIDCHECK_INCLUDE_DIR RAPIDCHECK_LIBRARY)
    if(RAPIDCHECK_INCLUDE_DIR AND RAPIDCHECK_LIBRARY)
        add_library(rapidcheck::rapidcheck UNKNOWN IMPORTED)
        set_target_properties(
            rapidcheck::rapidcheck
            PROPERTIES IMPORTED_LOCATION ${RAPIDCHECK_LIBRARY}
                       INTERFACE_INCLUDE_DIRECTORIES ${RAPIDCHECK_INCLUDE_DIR})
    else()
        string(APPEND coppice_missing "\n  rapidcheck, for the tests (Debian 12: librapidcheck-dev)")
    endif()
endif()

if(coppice_missing)
    if(own_components)
        string(APPEND coppice_missing "\nscripts/setup installs all of it. The libraries alone need less:"
               " configure with -D COPPICE_BUILD_TESTS=OFF -D COPPICE_BUILD_EXAMPLES=OFF.")
    endif()
    message(FATAL_ERROR "${coppice_missing}")
endif()
