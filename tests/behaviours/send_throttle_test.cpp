// SPDX-License-Identifier: BSL-1.0
// A sender that waits for a slow receiver is not in a call: it serves a call of the receiver.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <thread>

using namespace coppice;

namespace {

struct word {};
struct speak {
    pid to;
};
struct words_spoken {
    using reply = int;
};

/// Sends words until it is asked to stop.
class speaker {
public:
    explicit speaker(const std::atomic<bool>* is_asked) : is_asked_{is_asked} {}
    void handle_cast(speak s) {
        for (; !*is_asked_; ++spoken_)
            s.to.send(word{});
    }
    int handle_call(words_spoken) const { return spoken_; }

private:
    const std::atomic<bool>* is_asked_;
    int spoken_ = 0;
};

bool waits_in_a_handler(pid process) {
    const auto i = process_info_from_outside(process);
    return i && i->status == process_status::waiting && !i->handling.empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(send_throttle_suite)

BOOST_AUTO_TEST_CASE(a_receiver_may_call_the_sender_that_waits_for_it) {
    runtime::start({.threads = 2});
    std::atomic<bool> receives{false}, is_asked{false}, done{false};
    std::atomic<int> told{0};
    const auto s = start<speaker>(&is_asked);
    const pid listener = spawn([&] {
        receives = true;
        while (!waits_in_a_handler(s))
            std::this_thread::yield();
        is_asked = true;
        told = s.call(words_spoken{});
        done = true;
    });
    while (!receives)
        std::this_thread::yield();
    s.cast(speak{listener});
    while (!done)
        std::this_thread::yield();
    BOOST_TEST(told >= 512);
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
