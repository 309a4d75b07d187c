// SPDX-License-Identifier: BSL-1.0
// A start phase without a function.
// expect: coppice: an application needs `void start_phase(P)` for each P of its start_phases
#include <coppice.hpp>
#include <coppice/release.hpp>

using namespace coppice;

class a {
public:
    static constexpr std::string_view name = "a";
    supervisor_spec start() { return {}; }
};

struct open_doors {};

class b {
public:
    static constexpr std::string_view name = "b";
    using start_phases = phases<open_doors>;
    supervisor_spec start() { return {}; }
};

int f() {
    return release<a, b>{}.run([] {});
}
