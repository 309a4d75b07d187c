# find_package(coppice): what the libraries need when a user's program is linked, then the libraries.
#
# Components: framework, behaviours, supervisors and coppice, which are always there, and throw_trace,
# which needs Boost.Stacktrace as well.
include(${CMAKE_CURRENT_LIST_DIR}/CoppiceRequirements.cmake)
coppice_find_requirements()
if(coppice_missing)
    set(coppice_FOUND FALSE)
    set(coppice_NOT_FOUND_MESSAGE "${coppice_missing}")
    return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/coppice-targets.cmake)
foreach(coppice_component IN LISTS coppice_FIND_COMPONENTS)
    set(coppice_missing "")
    if(coppice_component STREQUAL "throw_trace" AND NOT TARGET Boost::stacktrace_backtrace)
        set(coppice_missing "coppice::throw_trace needs what is not installed here:
  Boost.stacktrace_backtrace, 1.81 or newer (Debian 12: libboost-stacktrace1.81-dev)")
    elseif(coppice_component STREQUAL "throw_trace" AND NOT TARGET coppice::throw_trace)
        set(coppice_missing "This Coppice was built without Boost.Stacktrace, so it has no component throw_trace.")
    elseif(NOT TARGET coppice::${coppice_component})
        set(coppice_missing "Coppice has no component ${coppice_component}.")
    endif()
    if(NOT coppice_missing)
        set(coppice_${coppice_component}_FOUND TRUE)
    elseif(coppice_FIND_REQUIRED_${coppice_component})
        set(coppice_FOUND FALSE)
        set(coppice_NOT_FOUND_MESSAGE "${coppice_missing}")
    endif()
endforeach()
