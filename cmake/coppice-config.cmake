# What the static libraries need when a user's program is linked.
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 CONFIG COMPONENTS fiber context log OPTIONAL_COMPONENTS stacktrace_backtrace)
find_dependency(fmt)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/coppice-targets.cmake)
