// SPDX-License-Identifier: BSL-1.0
#include "support/virtual_clock.hpp"
#include <mutex>
#include <vector>

namespace coppice::detail {
namespace {

struct shelf {
    std::mutex lock;
    std::vector<virtual_clock*> free;
};

shelf& the_shelf() {
    static auto* s = new shelf; // never destroyed: a thread may look at a clock until the very end
    return *s;
}

} // namespace

constinit std::atomic<const virtual_clock*> the_virtual_clock{nullptr};

virtual_clock& virtual_clock::take() {
    shelf& s = the_shelf();
    const std::lock_guard hold{s.lock};
    if (s.free.empty()) {
        s.free.reserve(s.free.capacity() + 1); // so that give_back cannot fail
        s.free.push_back(new virtual_clock);
    }
    virtual_clock& c = *s.free.back();
    s.free.pop_back();
    c.advance_to(clock::time_point{std::chrono::hours{1}});
    return c;
}

void virtual_clock::give_back(virtual_clock& c) noexcept {
    shelf& s = the_shelf();
    const std::lock_guard hold{s.lock};
    s.free.push_back(&c);
}

} // namespace coppice::detail
