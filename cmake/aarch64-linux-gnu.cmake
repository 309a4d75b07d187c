# SPDX-License-Identifier: BSL-1.0
# Builds for 64-bit ARM from a folder of Debian's arm64 packages, and runs programs under qemu-user.
# scripts/portability makes the folder and passes it as CMAKE_SYSROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# Also where CMake tries a compiler out, in a project of its own.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSROOT)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(COPPICE_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
mark_as_advanced(COPPICE_QEMU_AARCH64)
if(COPPICE_QEMU_AARCH64)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${COPPICE_QEMU_AARCH64} -L ${CMAKE_SYSROOT})
endif()
