// SPDX-License-Identifier: BSL-1.0
// A look into servers that run: their state, their status, what comes in and goes out.
#include <algorithm>
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;

struct deposit {
    int amount;
};
struct balance {
    using reply = int;
};

class account {
public:
    void handle_cast(deposit d) { balance_ += d.amount; }
    int handle_call(balance) const { return balance_; }
    std::string format_status() const { return "balance " + std::to_string(balance_); }

    int balance_ = 0;
};

inline constexpr server_name<account> the_account{"account"};

void mend() {
    sys::suspend(the_account); // what comes now waits
    the_account.cast(deposit{5});
    std::printf("suspended: %s\n", sys::get_status(the_account).state.c_str());
    sys::replace_state(the_account, [](account& a) { a.balance_ = 100; });
    sys::resume(the_account);
    std::printf("balance %d\n", the_account.call(balance{}));
    const auto r = sys::try_get_state(
        the_account, [](const account&) -> int { throw std::runtime_error{"a bad question"}; });
    std::printf("%s\n", std::string{to_string(r.error().code)}.c_str());
}

void watch() {
    sys::log(the_account, 10);
    int largest = 0;
    const auto function =
        sys::install(the_account, [&largest](const sys::event&, const account& a) {
            largest = std::max(largest, a.balance_);
        });
    the_account.cast(deposit{50});
    the_account.cast(deposit{-30});
    for (const sys::event& e : sys::get_log(the_account))
        std::printf("%s\n", e.text().c_str());
    sys::remove(function);
    sys::no_debug(the_account);
    std::printf("at most %d\n", largest);
}

struct tally {
    int seen = 0;
};
struct tick {};

void count_ticks() {
    tally all;
    const auto part = sys::take_part(all); // a process of one's own answers sys, too
    for (;;)
        this_process::receive([&](tick) { ++all.seen; });
}

void look_into_a_process() {
    const pid p = spawn(count_ticks);
    p.send(tick{});
    p.send(tick{});
    const int seen = sys::get_state(server_ref<tally>{p}, [](const tally& t) { return t.seen; });
    std::printf("ticks %d\n", seen);
    sys::terminate(p);
}

int main() {
    return application{{}, {child<account>(the_account)}}.run([] {
        mend();
        watch();
        look_into_a_process();
    });
}
