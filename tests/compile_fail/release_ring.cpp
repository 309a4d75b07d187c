// SPDX-License-Identifier: BSL-1.0
// Two applications that need each other.
// expect: coppice: the applications of this release need each other in a ring
#include <coppice.hpp>
#include <coppice/release.hpp>

using namespace coppice;

class a {
public:
    static constexpr std::string_view name = "a";
    supervisor_spec start() { return {}; }
};

class d;
class c {
public:
    static constexpr std::string_view name = "c";
    using applications = needs<d>;
    supervisor_spec start() { return {}; }
};
class d {
public:
    static constexpr std::string_view name = "d";
    using applications = needs<c>;
    supervisor_spec start() { return {}; }
};

int f() { return release<a, c, d>{}.run(); }
