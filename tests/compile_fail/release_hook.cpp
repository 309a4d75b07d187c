// SPDX-License-Identifier: BSL-1.0
// A function of the stop that would never be called.
// expect: coppice: an application's `prep_stop()` and `stop()` take nothing
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
    supervisor_spec start() { return {}; }
    void stop(int) {}
};

int f() {
    return release<a, b>{}.run([] {});
}
