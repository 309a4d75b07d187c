// SPDX-License-Identifier: BSL-1.0
// A config with a field that no file can hold.
// expect: coppice: a field of a config is a bool, a number, a std::string
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
        void* p = nullptr;
    };
    supervisor_spec start(const config&) { return {}; }
};
BOOST_DESCRIBE_STRUCT(b::config, (), (p))

int f() {
    return release<a, b>{}.run([] {});
}
