// SPDX-License-Identifier: BSL-1.0
// Loaded before the C library: records in the file that DISK_CALLS names the syncs and renames of a
// program, in order.
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

void note(const std::string& line) {
    const int to = open(std::getenv("DISK_CALLS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    [[maybe_unused]] const auto written = write(to, line.data(), line.size());
    close(to);
}

template <class F>
F* next(const char* name, F*) {
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" int fsync(int descriptor) {
    char path[4096];
    const auto n =
        readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
    note("fsync " + std::string(path, n < 0 ? 0 : static_cast<std::size_t>(n)) + '\n');
    return next("fsync", &fsync)(descriptor);
}

extern "C" int rename(const char* from, const char* to) noexcept {
    note("rename " + std::string{from} + ' ' + to + '\n');
    return next("rename", &rename)(from, to);
}
