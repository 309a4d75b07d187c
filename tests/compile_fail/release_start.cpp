// SPDX-License-Identifier: BSL-1.0
// A start that does not take the config.
// expect: coppice: an application needs `supervisor_spec start(const config&)`
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
    supervisor_spec start() { return {}; }
};
BOOST_DESCRIBE_STRUCT(b::config, (), (n))

int f() {
    return release<a, b>{}.run([] {});
}
