# What Coppice stands on, for our own build and for a user's find_package(coppice) alike: this file
# is installed beside the package.
#
# coppice_find_requirements() finds it, and sets coppice_missing: a sentence that names all that is
# not there and how Debian calls it, or nothing. A macro, because what find_package() finds belongs to
# the caller.
#
# Boost.System is never listed: it has been header-only for years, and its component is gone from
# Boost 1.89 on.
macro(coppice_find_requirements)
    set(coppice_missing "")
    find_package(Boost 1.81 CONFIG QUIET COMPONENTS context fiber json log ${ARGN}
                 OPTIONAL_COMPONENTS stacktrace_backtrace)
    foreach(coppice_component IN ITEMS context fiber json log ${ARGN})
        if(NOT TARGET Boost::${coppice_component})
            string(REGEX REPLACE "^unit_test_framework$" "test" coppice_package ${coppice_component})
            string(REPLACE "_" "-" coppice_package ${coppice_package})
            string(APPEND coppice_missing
                   "\n  Boost.${coppice_component}, 1.81 or newer (Debian 12: libboost-${coppice_package}1.81-dev)")
        endif()
    endforeach()
    if(NOT TARGET Boost::headers AND Boost_CONSIDERED_VERSIONS)
        string(APPEND coppice_missing "\n  (found instead: Boost ${Boost_CONSIDERED_VERSIONS})")
    endif()
    find_package(fmt QUIET)
    if(NOT TARGET fmt::fmt)
        string(APPEND coppice_missing "\n  fmt (Debian 12: libfmt-dev)")
    endif()
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads QUIET)
    if(NOT TARGET Threads::Threads)
        string(APPEND coppice_missing "\n  threads (Debian 12: libc6-dev)")
    endif()
    if(coppice_missing)
        set(coppice_missing "Coppice needs what is not installed here:${coppice_missing}")
    endif()
endmacro()
