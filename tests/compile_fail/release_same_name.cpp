// SPDX-License-Identifier: BSL-1.0
// Two applications with one name.
// expect: coppice: two applications of this release have the same name
#include <coppice.hpp>
#include <coppice/release.hpp>

using namespace coppice;

class a {
public:
    static constexpr std::string_view name = "a";
    supervisor_spec start() { return {}; }
};

class b {
public:
    static constexpr std::string_view name = "a";
    supervisor_spec start() { return {}; }
};

int f() {
    return release<a, b>{}.run([] {});
}
