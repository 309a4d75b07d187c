// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/sys.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct add {
    int by;
};
struct total {
    using reply = int;
};
class counter {
public:
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }

private:
    int n_ = 0;
};

errc code_of(const result<void>& r) { return r ? errc{} : r.error().code; }

} // namespace

BOOST_AUTO_TEST_SUITE(sys_suite)

BOOST_AUTO_TEST_CASE(a_suspended_server_handles_nothing_until_it_is_resumed) {
    in_simulation([] {
        const auto s = start<counter>();
        sys::suspend(s);
        s.cast(add{1});
        BOOST_TEST((s.try_call(total{}, 50ms).error().code == errc::timeout));
        s.cast(add{2});
        sys::resume(s);
        BOOST_TEST(s.call(total{}) == 3);
    });
}

BOOST_AUTO_TEST_CASE(a_second_suspend_or_resume_is_no_error) {
    in_simulation([] {
        const auto s = start<counter>();
        sys::resume(s);
        sys::suspend(s);
        sys::suspend(s);
        sys::resume(s);
        BOOST_TEST(s.call(total{}) == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_suspended_server_still_ends_by_an_exit_signal) {
    in_simulation([] {
        const auto s = start<counter>();
        const auto watch = this_process::monitor(s);
        sys::suspend(s);
        s.process().exit(exit_reason::shutdown);
        const auto d = this_process::receive<down>();
        BOOST_TEST((d.ref == watch));
        BOOST_TEST(d.reason.text() == "shutdown");
    });
}

BOOST_AUTO_TEST_CASE(a_function_process_cannot_be_suspended) {
    in_simulation([] {
        const pid f = spawn([] { this_process::receive<add>(); });
        const auto r = sys::try_suspend(f, 1s);
        BOOST_TEST((code_of(r) == errc::no_reply));
        BOOST_TEST(r.error().detail.find("is a function process") != std::string::npos);
        BOOST_TEST((code_of(sys::try_resume(f, 1s)) == errc::no_reply));
        BOOST_TEST(f.alive());
    });
}

// SYS-006.
BOOST_AUTO_TEST_CASE(a_server_that_does_not_answer_in_time_is_a_timeout) {
    in_simulation([] {
        class busy : public counter {
        public:
            void handle_cast(add) { this_process::sleep(1s); }
        };
        const auto s = start<busy>();
        s.cast(add{1});
        this_process::sleep(1ms); // now it handles the cast
        const auto before = this_process::now();
        BOOST_TEST((code_of(sys::try_suspend(s, 100ms)) == errc::timeout));
        BOOST_TEST((this_process::now() - before < 200ms));
        BOOST_TEST(s.process().alive());
    });
}

// SYS-006.
BOOST_AUTO_TEST_CASE(it_fails_as_a_call_does) {
    in_simulation([] {
        const auto s = start<counter>();
        s.stop();
        BOOST_TEST((code_of(sys::try_suspend(s)) == errc::noproc));
        BOOST_TEST((code_of(sys::try_suspend(pid{})) == errc::noproc));
        BOOST_TEST((code_of(sys::try_suspend(this_process::self())) == errc::calling_self));
        BOOST_CHECK_EXCEPTION(sys::resume(s), call_error,
                              [](const auto& e) { return e.code() == errc::noproc; });
    });
}

BOOST_AUTO_TEST_SUITE_END()
