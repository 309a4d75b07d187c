// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

/// The memory that the whole program uses, without the kernel's shared page of zeros.
inline std::size_t resident_bytes() {
    std::ifstream file{"/proc/self/smaps_rollup"};
    for (std::string word; file >> word;)
        if (std::size_t kilobytes = 0; word == "Rss:" && file >> kilobytes)
            return kilobytes * 1024;
    return 0;
}

/// Most kernels map one shared page of zeros where a program reads a page that it never wrote. Some
/// do not: there each page that is read costs a page of memory.
inline bool reading_takes_no_memory() {
    constexpr std::size_t size = std::size_t{4} << 20;
    void* const m = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m == MAP_FAILED)
        return false;
    const std::size_t before = resident_bytes();
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; i += static_cast<std::size_t>(sysconf(_SC_PAGESIZE)))
        sum += static_cast<const volatile unsigned char*>(m)[i];
    const std::size_t after = resident_bytes();
    munmap(m, size);
    return sum == 0 && after < before + size / 2;
}

/// How many bytes of [`from`, `from + size`) are mapped, in whole pages; also pages of zeros.
inline std::size_t resident_bytes(const void* from, std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(from) / page * page;
    const auto end = (reinterpret_cast<std::uintptr_t>(from) + size + page - 1) / page * page;
    std::vector<unsigned char> pages((end - begin) / page);
    if (mincore(reinterpret_cast<void*>(begin), end - begin, pages.data()) != 0)
        return 0;
    std::size_t n = 0;
    for (const unsigned char p : pages)
        n += p & 1;
    return n * page;
}
