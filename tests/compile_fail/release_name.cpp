// SPDX-License-Identifier: BSL-1.0
// An application without a name.
// expect: coppice: an application has a name
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
    supervisor_spec start() { return {}; }
};

int f() {
    return release<a, b>{}.run([] {});
}
