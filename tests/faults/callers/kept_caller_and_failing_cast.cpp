// SPDX-License-Identifier: BSL-1.0
// keep_state_on_error: a cast fails while another caller's `from` is kept.
// Right: the kept caller is answered later with 42; wrong: it gets the cast's failure.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct boom {};
struct answer_now {};
struct s {
    static constexpr bool keep_state_on_error = true;
    std::optional<from<int>> kept;
    void handle_call(ask, from<int> f) { kept.emplace(std::move(f)); }
    void handle_cast(boom) { throw std::runtime_error{"boom"}; }
    void handle_cast(answer_now) {
        kept->reply(42);
        kept.reset();
    }
};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    int got = -1;
    std::string why;
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        auto p = r.send_request(ask{});
        r.cast(boom{});
        r.cast(answer_now{});
        auto a = p.try_get(10s);
        if (a)
            got = *a;
        else
            why = a.error().detail;
    });
    std::printf("got %d %s\n", got, why.c_str());
    return verdict(got == 42, "a kept caller and the failure of a cast");
}
