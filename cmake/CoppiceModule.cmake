# coppice_module(<name>
#     HEADERS <public header>...    relative to include/, each compiles alone
#     SOURCES <source>...           relative to the module's directory
#     PUBLIC <target>...            what the public headers need
#     PRIVATE <target>...)          what only src/ needs
#
# Makes the library coppice_<name>, known as coppice::<name>. Files are listed, not globbed, so that
# a build from a list in version control is the same build everywhere; scripts/house_rules finds a
# file that is in no list.
function(coppice_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "coppice_module(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()

    set(target coppice_${name})
    add_library(${target})
    add_library(coppice::${name} ALIAS ${target})
    list(TRANSFORM arg_HEADERS PREPEND include/)
    target_sources(
        ${target}
        PRIVATE ${arg_SOURCES}
        PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_include_directories(${target} PRIVATE src)
    target_link_libraries(
        ${target}
        PUBLIC ${arg_PUBLIC}
        PRIVATE ${arg_PRIVATE})
    set_target_properties(
        ${target}
        PROPERTIES CXX_EXTENSIONS OFF
                   EXPORT_NAME ${name}
                   # The shared libraries find each other, wherever they are installed.
                   INSTALL_RPATH "$ORIGIN"
                   LINKER_LANGUAGE CXX
                   SOVERSION ${PROJECT_VERSION} # no ABI is promised
                   VERSION ${PROJECT_VERSION}
                   # Read by coppice_test(MODULE): a test of a private header needs these too.
                   COPPICE_PRIVATE_LIBRARIES "${arg_PRIVATE}")
    if(CMAKE_CXX_VISIBILITY_PRESET OR CMAKE_VISIBILITY_INLINES_HIDDEN)
        # A project that hides its own symbols must not hide those of our shared libraries.
        set_target_properties(
            ${target} PROPERTIES CXX_VISIBILITY_PRESET default VISIBILITY_INLINES_HIDDEN OFF)
    endif()
    coppice_warnings(${target})
endfunction()
