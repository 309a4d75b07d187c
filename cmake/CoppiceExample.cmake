# coppice_example(<name>
#     [SOURCES <source>...]      by default <name>.cpp
#     [LIBS <target>...]         besides coppice::coppice
#     [EXPECTED <file>]          CTest runs the program and compares its standard output
#     [ARGS <argument>...]       for that run
#     [TIMEOUT <seconds>])       for that run, by default 30
#
# Makes the program <name> and, with EXPECTED, the test examples.<name>.
function(coppice_example name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPECTED;TIMEOUT" "SOURCES;LIBS;ARGS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "coppice_example(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_SOURCES)
        set(arg_SOURCES ${name}.cpp)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 30)
    endif()

    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE coppice::coppice ${arg_LIBS})
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
    coppice_warnings(${name})
    if(TARGET tested_in_release)
        add_dependencies(tested_in_release ${name})
    endif()

    if(arg_EXPECTED AND COPPICE_BUILD_TESTS)
        math(EXPR timeout "${arg_TIMEOUT} * ${COPPICE_TIMEOUT_FACTOR}")
        add_test(
            NAME examples.${name}
            COMMAND
                ${CMAKE_COMMAND} -D EXPECTED=${CMAKE_CURRENT_SOURCE_DIR}/${arg_EXPECTED}
                -D ACTUAL=${CMAKE_CURRENT_BINARY_DIR}/${name}.actual
                -P ${PROJECT_SOURCE_DIR}/cmake/compare_output.cmake -- $<TARGET_FILE:${name}>
                ${arg_ARGS})
        set_tests_properties(examples.${name} PROPERTIES LABELS examples TIMEOUT ${timeout})
    endif()
endfunction()
