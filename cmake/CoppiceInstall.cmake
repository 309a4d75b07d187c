# Installs libraries, public headers, a CMake package and a file for pkg-config, so that a user writes
# find_package(coppice) and links coppice::coppice, or asks pkg-config for coppice.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/coppice)

install(
    TARGETS coppice_framework coppice_behaviours coppice_supervisors coppice_coppice
    EXPORT coppice
    FILE_SET HEADERS)
if(TARGET coppice_throw_trace)
    install(TARGETS coppice_throw_trace EXPORT coppice OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/coppice)
endif()
install(EXPORT coppice NAMESPACE coppice:: FILE coppice-targets.cmake DESTINATION ${package_dir})

write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/coppice-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/coppice-config.cmake
              ${PROJECT_SOURCE_DIR}/cmake/CoppiceRequirements.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/coppice-config-version.cmake DESTINATION ${package_dir})

# Adds to the list `out` each library file that linking `target` needs, those of its own libraries
# after it. By path, because several releases of Boost may be installed and -lboost_json would mean
# another one.
function(coppice_library_files target out)
    get_target_property(aliased ${target} ALIASED_TARGET)
    if(aliased)
        set(target ${aliased})
    endif()
    get_target_property(type ${target} TYPE)
    set(files ${${out}})
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
        list(APPEND files $<TARGET_LINKER_FILE:${target}>)
    endif()
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
    foreach(library IN LISTS libraries)
        string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" library "${library}")
        if(TARGET ${library})
            coppice_library_files(${library} files)
        endif()
    endforeach()
    set(${out} ${files} PARENT_SCOPE)
endfunction()

# An archive does not say what it needs, a shared library does.
set(libraries "")
foreach(library IN ITEMS Boost::fiber Boost::context Boost::log Boost::json fmt::fmt)
    coppice_library_files(${library} libraries)
endforeach()
list(REMOVE_DUPLICATES libraries)
list(JOIN libraries " " libraries)
string(APPEND libraries " -pthread")
if(CMAKE_DL_LIBS)
    string(APPEND libraries " -l${CMAKE_DL_LIBS}")
endif()
set(COPPICE_PC_LIBS "")
set(COPPICE_PC_LIBS_PRIVATE "")
if(BUILD_SHARED_LIBS)
    set(COPPICE_PC_LIBS_PRIVATE ${libraries})
else()
    set(COPPICE_PC_LIBS ${libraries})
endif()

set(COPPICE_PC_BOOST_INCLUDE "")
foreach(directory IN LISTS Boost_INCLUDE_DIRS)
    if(NOT directory IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        string(APPEND COPPICE_PC_BOOST_INCLUDE " -isystem ${directory}")
    endif()
endforeach()

# The prefix is told from where the file lies, because `cmake --install --prefix` may change it.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH COPPICE_PC_TO_PREFIX /prefix/${pc_dir} /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/coppice.pc.in ${CMAKE_CURRENT_BINARY_DIR}/coppice.pc.in @ONLY)
file(
    GENERATE
    OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/coppice.pc
    INPUT ${CMAKE_CURRENT_BINARY_DIR}/coppice.pc.in)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/coppice.pc DESTINATION ${pc_dir})
