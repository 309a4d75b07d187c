# COPPICE_SANITIZE=address|thread builds everything with that sanitizer: all objects of a program
# must agree on it, so it is no property of single targets.
if(NOT COPPICE_SANITIZE)
    set(COPPICE_TIMEOUT_FACTOR 1)
    if(CMAKE_CROSSCOMPILING_EMULATOR)
        set(COPPICE_TIMEOUT_FACTOR 8)
    endif()
elseif(COPPICE_SANITIZE STREQUAL "address")
    set(COPPICE_TIMEOUT_FACTOR 4)
    set(COPPICE_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(COPPICE_SANITIZE STREQUAL "thread")
    set(COPPICE_TIMEOUT_FACTOR 8)
    set(COPPICE_SANITIZE_FLAGS -fsanitize=thread)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC warns of each std::atomic_thread_fence, Asio's among them, because the sanitizer does
        # not see it. Ours order atomics against atomics, and no data depends on them.
        list(APPEND COPPICE_SANITIZE_FLAGS -Wno-tsan)
    endif()
else()
    message(FATAL_ERROR "COPPICE_SANITIZE is '${COPPICE_SANITIZE}'; it may be address or thread")
endif()

if(COPPICE_SANITIZE)
    add_compile_options(${COPPICE_SANITIZE_FLAGS} -fno-omit-frame-pointer)
    add_link_options(${COPPICE_SANITIZE_FLAGS})
endif()
