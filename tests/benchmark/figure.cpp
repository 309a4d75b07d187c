// SPDX-License-Identifier: BSL-1.0
#include "figure.hpp"
#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace benchmark {
namespace {
bool every_one = true;
}

void report(std::string_view workload,
            std::string_view figure,
            double value,
            std::string_view unit,
            bool checked) {
    every_one = every_one && checked;
    std::printf(R"({"workload":"%.*s","figure":"%.*s","value":%.4g,"unit":"%.*s","checked":%s})"
                "\n",
                static_cast<int>(workload.size()), workload.data(), static_cast<int>(figure.size()),
                figure.data(), value, static_cast<int>(unit.size()), unit.data(),
                checked ? "true" : "false");
    std::fflush(stdout);
}

double resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};
    double size = 0, resident = 0;
    statm >> size >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

bool all_checked() { return every_one; }

} // namespace benchmark
