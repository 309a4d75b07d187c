# Installs libraries, public headers and a package, so that a user writes
# find_package(coppice) and links coppice::coppice.
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
              ${CMAKE_CURRENT_BINARY_DIR}/coppice-config-version.cmake DESTINATION ${package_dir})
