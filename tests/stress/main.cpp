// SPDX-License-Identifier: BSL-1.0
#include "part.hpp"
#include <charconv>
#include <cstring>
#include <vector>

namespace {

using namespace stress;

struct part {
    std::string_view name;
    std::string (*run)(const order&);
};

constexpr part parts[] = {
    {"messages", stress::messages},     {"calls", stress::calls},   {"parking", stress::parking},
    {"exceptions", stress::exceptions}, {"memory", stress::memory},
};

int usage(const char* program) {
    std::fprintf(stderr,
                 "usage: %s [--seconds N] [--seed S] [PART...]\n"
                 "Parts: messages, calls, parking, exceptions, memory; without one, all. N is the\n"
                 "time for each, by default 10; from 60 on they are larger.\n",
                 program);
    return 2;
}

bool number(const char* text, std::uint64_t& n) {
    const char* end = text + std::strlen(text);
    return std::from_chars(text, end, n).ptr == end && end != text;
}

void run(const part& p, std::uint64_t seconds, std::uint64_t seed) {
    std::printf("%s, seed %llu ...\n", std::string{p.name}.c_str(),
                static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    const watchdog watches{std::string{p.name} + ", seed " + std::to_string(seed)};
    const order o{.seed = seed,
                  .until = watchdog::clock::now() + std::chrono::seconds{seconds},
                  .is_long = seconds >= 60};
    std::printf("%s: %s\n", std::string{p.name}.c_str(), p.run(o).c_str());
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    std::uint64_t seconds = 10, seed = std::random_device{}();
    std::vector<part> chosen;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = arguments[i];
        if (word == "--seconds" || word == "--seed") {
            if (++i == count || !number(arguments[i], word == "--seed" ? seed : seconds))
                return usage(arguments[0]);
            continue;
        }
        std::size_t before = chosen.size();
        for (const part& p : parts)
            if (p.name == word)
                chosen.push_back(p);
        if (chosen.size() == before)
            return usage(arguments[0]);
    }
    if (chosen.empty())
        chosen.assign(std::begin(parts), std::end(parts));
    setenv("COPPICE_LOG", "off", 0); // the thousands of crashes are intended
    for (const part& p : chosen)
        run(p, seconds, seed);
    return 0;
}
