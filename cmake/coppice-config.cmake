# find_package(coppice): what the libraries need when a user's program is linked, then the libraries.
include(${CMAKE_CURRENT_LIST_DIR}/CoppiceRequirements.cmake)
coppice_find_requirements()
if(coppice_missing)
    set(coppice_FOUND FALSE)
    set(coppice_NOT_FOUND_MESSAGE "${coppice_missing}")
    return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/coppice-targets.cmake)
