# cmake -D EXPECTED=<file> -D ACTUAL=<file> -P compare_output.cmake -- <program> [<argument>...]
#
# Runs the program and fails unless it ends with 0 and its standard output is the expected file,
# byte for byte. Its standard error passes through: that is where the log goes.
set(command "")
set(after_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(after_dashes)
        list(APPEND command "${CMAKE_ARGV${i}}")
    elseif(CMAKE_ARGV${i} STREQUAL "--")
        set(after_dashes TRUE)
    endif()
endforeach()

execute_process(COMMAND ${command} OUTPUT_FILE ${ACTUAL} RESULT_VARIABLE code)
if(NOT code STREQUAL "0")
    message(SEND_ERROR "the program ended with: ${code}")
endif()

execute_process(
    COMMAND ${CMAKE_COMMAND} -E compare_files ${EXPECTED} ${ACTUAL}
    RESULT_VARIABLE differs
    ERROR_QUIET)
if(differs)
    execute_process(COMMAND diff -u ${EXPECTED} ${ACTUAL})
    message(SEND_ERROR "the output is not the expected one (see the lines above)")
endif()
