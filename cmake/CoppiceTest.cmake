# coppice_test(<name>
#     SOURCES <source>...
#     [MODULE framework|behaviours|supervisors]   links it and sees its private headers
#     [LIBS <target>...]                          anything else
#     [LABELS <label>...]                         besides the module and "unit"
#     [TIMEOUT <seconds>]                         for one case, by default 60
#     [NOT_UNDER_VALGRIND <suite or case>...])    each with a reason, where the test is listed
#
# Makes one Boost.Test program out of many sources. Each case becomes a CTest test of its own,
# <name>/<suite>/<case>: it runs in a fresh process, so a case that hangs or crashes is named and
# takes no other with it. A source includes <boost/test/unit_test.hpp> and defines no main().
#
# Under memcheck a program runs whole, because each start of valgrind takes a second:
# valgrind/<name>, which only `ctest -C valgrind` runs.

# The one main() of all test programs, compiled once.
add_library(coppice_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/test_main.cpp)
target_link_libraries(coppice_test_main PUBLIC Boost::unit_test_framework)
target_compile_definitions(coppice_test_main PUBLIC BOOST_TEST_DYN_LINK)
target_compile_features(coppice_test_main PUBLIC cxx_std_20)
set_target_properties(coppice_test_main PROPERTIES CXX_EXTENSIONS OFF)
coppice_warnings(coppice_test_main)

find_program(COPPICE_VALGRIND valgrind)
mark_as_advanced(COPPICE_VALGRIND)

function(coppice_test name)
    cmake_parse_arguments(
        PARSE_ARGV 1 arg "" "MODULE;TIMEOUT" "SOURCES;LIBS;LABELS;NOT_UNDER_VALGRIND")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "coppice_test(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_SOURCES)
        return() # A directory that has no tests yet.
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    math(EXPR timeout "${arg_TIMEOUT} * ${COPPICE_TIMEOUT_FACTOR}")

    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE coppice_test_main rapidcheck::rapidcheck ${arg_LIBS})
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
    coppice_warnings(${name})
    if(arg_MODULE)
        get_target_property(private_libraries coppice_${arg_MODULE} COPPICE_PRIVATE_LIBRARIES)
        target_link_libraries(${name} PRIVATE coppice::${arg_MODULE} ${private_libraries})
        target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/${arg_MODULE}/src
                                                   ${PROJECT_SOURCE_DIR}/tests/support)
    endif()

    set(list_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_cases.cmake)
    add_custom_command(
        TARGET ${name}
        POST_BUILD
        COMMAND
            ${CMAKE_COMMAND} -D NAME=${name} -D PROGRAM=$<TARGET_FILE:${name}> -D LIST=${list_file}
            -D TIMEOUT=${timeout} -D "LABELS=unit;${arg_MODULE};${arg_LABELS}" -D
            "EMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR}" -P
            ${PROJECT_SOURCE_DIR}/cmake/list_test_cases.cmake
        BYPRODUCTS ${list_file}
        VERBATIM)

    # CTest reads this file, and through it the list that the build made.
    set(include_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake)
    file(
        WRITE ${include_file}
        "if(EXISTS \"${list_file}\")\n  include(\"${list_file}\")\n"
        "else()\n  add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)\nendif()\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include_file})

    if(COPPICE_VALGRIND AND NOT COPPICE_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
        list(TRANSFORM arg_NOT_UNDER_VALGRIND PREPEND "--run_test=!")
        # A thread of Boost.Fiber stands on a second stack, of 128 KiB, before we can tell valgrind so:
        # what moves the stack pointer by nearly as much is no frame. Fair turns, because many threads
        # wait for each other and only one of them runs at a time.
        add_test(
            NAME valgrind/${name}
            COMMAND
                ${COPPICE_VALGRIND} --quiet --error-exitcode=1 --leak-check=full
                --show-leak-kinds=definite --errors-for-leak-kinds=definite
                --child-silent-after-fork=yes --max-stackframe=100000 --fair-sched=yes --num-callers=30
                $<TARGET_FILE:${name}> ${arg_NOT_UNDER_VALGRIND} --catch_system_errors=no
                --color_output=no
            CONFIGURATIONS valgrind)
        set_tests_properties(valgrind/${name} PROPERTIES LABELS valgrind TIMEOUT 900)
    endif()
endfunction()
