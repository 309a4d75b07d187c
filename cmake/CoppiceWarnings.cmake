# coppice_warnings(<target>): the warnings that our own code must be free of.
#
# They are errors only where we work on Coppice, with its tests. A newer compiler that warns more must
# break neither the build of a project that includes this one nor an installation.
function(coppice_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic)
    if(PROJECT_IS_TOP_LEVEL AND COPPICE_BUILD_TESTS)
        target_compile_options(${target} PRIVATE -Werror)
        # GCC 12 takes the + of std::string at -O3 for a mistake: its bug 105329.
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS_RELEASE MATCHES "-O3")
            target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Wno-error=restrict>)
        endif()
    endif()
endfunction()
