# Settings that are ours only while this is the top project. A project that includes this one keeps
# its own.
if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# One place for all programs, so that documents and scripts can name them.
if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endif()

# For clang-tidy and editors.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# The target all_verify_interface_header_sets then compiles each public header alone.
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

find_program(COPPICE_CCACHE ccache)
mark_as_advanced(COPPICE_CCACHE)
if(COPPICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # What one clone has compiled serves the others: paths below the source directory count as relative.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
        ${COPPICE_CCACHE})
endif()
