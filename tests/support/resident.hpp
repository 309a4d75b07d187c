// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <fstream>
#include <sstream>
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

/// The same of the mapping that begins at `from`; whatever other threads take or give back.
inline std::size_t resident_bytes_of_mapping(const void* from) {
    std::ostringstream begin;
    begin << std::hex << reinterpret_cast<std::uintptr_t>(from) << '-';
    std::ifstream file{"/proc/self/smaps"};
    bool is_there = false;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(begin.str()))
            is_there = true;
        else if (is_there && line.starts_with("Rss:"))
            return std::stoull(line.substr(4)) * 1024;
    return 0;
}

/// Most kernels map one shared page of zeros where a program reads a page that it never wrote. Some
/// do not: there each page that is read costs a page of memory.
inline bool reading_takes_no_memory() {
    constexpr std::size_t size = std::size_t{4} << 20;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    // Between two pages that cannot be accessed, so that the kernel joins it to no other mapping.
    void* const all = mmap(nullptr, size + 2 * page, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return false;
    char* const m = static_cast<char*>(all) + page;
    mprotect(m, size, PROT_READ | PROT_WRITE);
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; i += page)
        sum += reinterpret_cast<const volatile unsigned char*>(m)[i];
    const std::size_t read = resident_bytes_of_mapping(m);
    munmap(all, size + 2 * page);
    return sum == 0 && read < size / 2;
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
