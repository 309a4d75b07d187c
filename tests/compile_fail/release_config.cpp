// SPDX-License-Identifier: BSL-1.0
// A config whose fields have no names.
// expect: coppice: an application's config is read by the names of its fields
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
    static constexpr std::string_view name = "b";
    struct config {
        int n = 0;
    };
    supervisor_spec start(const config&) { return {}; }
};

int f() {
    return release<a, b>{}.run([] {});
}
