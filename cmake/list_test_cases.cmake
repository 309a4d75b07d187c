# cmake -D NAME= -D PROGRAM= -D LIST= -D TIMEOUT= -D LABELS= -D EMULATOR= -P list_test_cases.cmake
#
# Asks a Boost.Test program for its cases and writes them to LIST as CTest tests. EMULATOR is the command
# that runs programs for another processor, or nothing.
#
# The program prints a tree, four spaces a level, a star after each enabled entry. A leaf is a case.
# The rows of a data-driven case are called _0, _1 and so on; they stay together as one test.
execute_process(
    COMMAND ${EMULATOR} ${PROGRAM} --list_content=HRF
    RESULT_VARIABLE code
    OUTPUT_VARIABLE output
    ERROR_VARIABLE tree)
if(NOT code STREQUAL "0")
    message(FATAL_ERROR "${PROGRAM} cannot list its cases: ${code}\n${output}${tree}")
endif()

string(REPLACE ";" "," tree "${tree}")
string(REGEX MATCHALL "[^\n]+" lines "${tree}")
list(REMOVE_ITEM LABELS "")
set(command "")
foreach(word IN LISTS EMULATOR ITEMS "${PROGRAM}")
    string(APPEND command " [==[${word}]==]")
endforeach()
set(tests "")
set(path "")
set(previous_path "")
set(previous_depth -1)

# Writes the entry read before this one, if nothing below it was found: then it was a case.
macro(finish_previous depth)
    if(previous_path AND NOT ${depth} GREATER previous_depth)
        string(JOIN "/" filter ${previous_path})
        string(APPEND tests "add_test([==[${NAME}/${filter}]==]${command}"
               " [==[--run_test=${filter}]==] --catch_system_errors=no --color_output=no)\n"
               "set_tests_properties([==[${NAME}/${filter}]==] PROPERTIES TIMEOUT ${TIMEOUT}"
               " LABELS [==[${LABELS}]==])\n")
    endif()
endmacro()

foreach(line IN LISTS lines)
    if(NOT line MATCHES "^( *)([^:*]+)")
        continue()
    endif()
    set(indent "${CMAKE_MATCH_1}")
    set(entry "${CMAKE_MATCH_2}")
    if(entry MATCHES "^_[0-9]+$")
        continue()
    endif()
    string(LENGTH "${indent}" spaces)
    math(EXPR depth "${spaces} / 4")
    finish_previous(${depth})
    list(SUBLIST path 0 ${depth} path)
    list(APPEND path "${entry}")
    set(previous_path ${path})
    set(previous_depth ${depth})
endforeach()
finish_previous(-1)

file(WRITE ${LIST} "${tests}")
