// SPDX-License-Identifier: BSL-1.0
// An application that needs one which the release does not list.
// expect: coppice: this release lacks an application that another one of it needs
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
    using applications = needs<a>;
    supervisor_spec start() { return {}; }
};

int f() { return release<b>{}.run(); }
