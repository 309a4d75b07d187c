# coppice_warnings(<target>): the warnings that our own code must be free of.
#
# They are errors only in our own build. A newer compiler that warns more must not break the build
# of a project that merely includes this one.
function(coppice_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic)
    if(PROJECT_IS_TOP_LEVEL)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()
