// SPDX-License-Identifier: BSL-1.0
// The result of use_process, by signature, by adapter and by how the operation ends.
#include "held_operation.hpp"
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/testing.hpp>
#include <coppice/use_process.hpp>
#include <optional>
#include <stdexcept>
#include <string>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

namespace {

enum class ending { at_once, later, killed, limit, dropped, dropped_at_limit };
constexpr ending all_endings[] = {ending::at_once, ending::later,   ending::killed,
                                  ending::limit,   ending::dropped, ending::dropped_at_limit};
constexpr const char* ending_names[] = {"at once", "later",   "killed",
                                        "limit",   "dropped", "dropped at limit"};

/// A value without a default constructor.
struct numbered {
    explicit numbered(int number) : n{number} {}
    int n;
};

std::string name_of(error_code ec) {
    if (!ec)
        return "done";
    if (ec == asio::error::operation_aborted)
        return "aborted";
    return ec == asio::error::timed_out ? "timed out" : ec.message();
}

template <class F>
std::string outcome_of(F f) {
    try {
        return name_of(f());
    } catch (const system_error& e) {
        return name_of(e.code()) + ", thrown";
    }
}

// --- adapters: each starts the operation and returns its outcome ---

struct plain {
    static constexpr const char* name = "plain";
    static constexpr bool throws = true;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] { return (void)op.start(t), error_code{}; });
    }
};
struct stored {
    static constexpr const char* name = "[ec]";
    static constexpr bool throws = false;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] {
            error_code ec = asio::error::eof;
            (void)op.start(t[ec]);
            return ec;
        });
    }
};
struct with_executor {
    static constexpr const char* name = "bind_executor";
    static constexpr bool throws = true;
    static std::string run(auto& op, use_process_t t) {
        const auto strand = asio::make_strand(this_process::io_executor());
        return outcome_of(
            [&] { return (void)op.start(asio::bind_executor(strand, t)), error_code{}; });
    }
};
struct with_allocator {
    static constexpr const char* name = "bind_allocator";
    static constexpr bool throws = true;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] {
            return (void)op.start(asio::bind_allocator(std::allocator<void>{}, t)), error_code{};
        });
    }
};
struct with_slot {
    static constexpr const char* name = "bind_cancellation_slot";
    static constexpr bool throws = true;
    static std::string run(auto& op, use_process_t t) {
        asio::cancellation_signal unused;
        return outcome_of([&] {
            return (void)op.start(asio::bind_cancellation_slot(unused.slot(), t)), error_code{};
        });
    }
};
struct deferred {
    static constexpr const char* name = "deferred";
    static constexpr bool throws = true;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] { return (void)op.start(asio::deferred)(t), error_code{}; });
    }
};
/// For signatures with an error code.
struct redirected {
    static constexpr const char* name = "redirect_error";
    static constexpr bool throws = false;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] {
            error_code ec = asio::error::eof;
            (void)op.start(asio::redirect_error(t, ec));
            return ec;
        });
    }
};
template <class Inner>
struct as_a_tuple {
    static constexpr const char* name = "as_tuple";
    static constexpr bool throws = false;
    static std::string run(auto& op, use_process_t t) {
        return outcome_of([&] { return std::get<0>(op.start(asio::as_tuple(Inner::of(t)))); });
    }
};
struct itself {
    static use_process_t of(use_process_t t) { return t; }
};
struct bound_twice {
    static auto of(use_process_t t) {
        static asio::cancellation_signal unused;
        return asio::bind_executor(this_process::io_executor(),
                                   asio::bind_cancellation_slot(unused.slot(), t));
    }
};

/// The outcome for the process when the operation completes with an error.
std::string expected(ending e, bool throws) {
    const char* suffix = throws ? ", thrown" : "";
    switch (e) {
    case ending::at_once:
    case ending::later:
        return "done";
    case ending::killed:
        return "killed";
    case ending::limit:
    case ending::dropped_at_limit:
        return std::string{"timed out"} + suffix;
    case ending::dropped:
        return std::string{"aborted"} + suffix;
    }
    return {};
}

/// Runs one cell of the table in virtual time.
template <class Signature, class Adapter>
std::string run(ending e) {
    std::string outcome;
    testing::simulation sim;
    sim.run([&] {
        std::optional<held_operation<Signature>> op;
        auto p = spawn_monitor([&] {
            op.emplace(this_process::io_executor());
            op->completes_at_once = e == ending::at_once;
            outcome = Adapter::run(*op, e == ending::limit || e == ending::dropped_at_limit
                                            ? use_process.until(1h)
                                            : use_process);
        });
        this_process::sleep(1min);
        BOOST_TEST(op->holds() == (e != ending::at_once));
        if (e == ending::later)
            op->complete();
        else if (e == ending::dropped)
            op->drop();
        else if (e == ending::killed)
            p.process.exit(exit_reason::kill);
        else if (e == ending::dropped_at_limit) {
            // The cancellation has no effect, and the handler is called a little later.
            op->ignores_cancellation = true;
            this_process::sleep(1h);
            op->drop();
        }
        const auto reason = this_process::receive<down>().reason;
        if (reason == exit_reason::killed)
            outcome += "killed";
        else
            BOOST_TEST((reason == exit_reason::normal));
        const bool cancels =
            e == ending::killed || e == ending::limit || e == ending::dropped_at_limit;
        if (e == ending::dropped_at_limit) // bound to another executor, which has not run yet
            BOOST_TEST(op->cancelled <= 1);
        else
            BOOST_TEST(op->cancelled == (cancels ? 1 : 0));
    });
    return outcome;
}

template <class Signature, class Adapter>
void check_row(bool has_error, bool always_throws = false) {
    for (const ending e : all_endings) {
        BOOST_TEST_CONTEXT(Adapter::name << ", " << ending_names[static_cast<int>(e)]) {
            std::string right = expected(e, Adapter::throws || always_throws);
            // A cancelled operation without an error code returns its value.
            if (!has_error && e == ending::limit)
                right = "done";
            BOOST_TEST((run<Signature, Adapter>(e)) == right);
        }
    }
}

template <class Signature>
void check_common_rows(bool has_error) {
    check_row<Signature, plain>(has_error);
    check_row<Signature, stored>(has_error);
    check_row<Signature, with_executor>(has_error);
    check_row<Signature, with_slot>(has_error);
}

} // namespace

BOOST_AUTO_TEST_SUITE(use_process_table_suite)

BOOST_AUTO_TEST_CASE(no_error_and_no_value) { check_common_rows<void()>(false); }

BOOST_AUTO_TEST_CASE(values_only) {
    check_common_rows<void(int)>(false);
    check_row<void(std::unique_ptr<int>, std::string), plain>(false);
    check_row<void(std::unique_ptr<int>, std::string), stored>(false);
}

BOOST_AUTO_TEST_CASE(an_error_code) {
    using signature = void(error_code);
    check_common_rows<signature>(true);
    check_row<signature, with_allocator>(true);
    check_row<signature, deferred>(true);
    check_row<signature, redirected>(true);
    check_row<signature, as_a_tuple<itself>>(true);
    check_row<signature, as_a_tuple<bound_twice>>(true);
}

BOOST_AUTO_TEST_CASE(an_error_code_and_values) {
    check_common_rows<void(error_code, std::unique_ptr<int>)>(true);
    using signature = void(const error_code&, int, std::string);
    check_row<signature, plain>(true);
    check_row<signature, stored>(true);
    check_row<void(error_code, int, std::string), redirected>(true);
    check_row<void(error_code, int, std::string), as_a_tuple<itself>>(true);
    check_row<void(error_code, int, std::string), as_a_tuple<bound_twice>>(true);
}

BOOST_AUTO_TEST_CASE(an_exception) {
    check_common_rows<void(std::exception_ptr)>(true);
    check_common_rows<void(std::exception_ptr, std::unique_ptr<int>)>(true);
    check_row<void(std::exception_ptr, int, std::string), plain>(true);
}

BOOST_AUTO_TEST_CASE(a_value_without_a_default) {
    using signature = void(error_code, numbered);
    check_row<signature, plain>(true);
    // The error is stored if the operation has a value to return, and thrown if not.
    for (const ending e : all_endings) {
        const bool drops = e == ending::dropped || e == ending::dropped_at_limit;
        BOOST_TEST((run<signature, stored>(e)) == expected(e, drops));
    }
}

BOOST_AUTO_TEST_SUITE_END()

// --- the values themselves ---

namespace {
/// In a process: an operation that completes at once.
template <class Signature, class Token>
decltype(auto) completed(const Token& t) {
    held_operation<Signature> op{this_process::io_executor()};
    op.completes_at_once = true;
    return op.start(t);
}
} // namespace

BOOST_AUTO_TEST_SUITE(use_process_values_suite)

BOOST_AUTO_TEST_CASE(nothing_one_or_a_tuple_is_returned) {
    testing::simulation sim;
    sim.run([] {
        static_assert(std::is_void_v<decltype(completed<void()>(use_process))>);
        static_assert(std::is_void_v<decltype(completed<void(error_code)>(use_process))>);
        static_assert(std::is_void_v<decltype(completed<void(std::exception_ptr)>(use_process))>);
        BOOST_TEST(completed<void(int)>(use_process) == 7);
        BOOST_TEST((completed<void(error_code, std::string)>(use_process)) == "text");
        BOOST_TEST((*completed<void(error_code, std::unique_ptr<int>)>(use_process)) == 7);
        BOOST_TEST((*completed<void(std::exception_ptr, std::unique_ptr<int>)>(use_process)) == 7);
        BOOST_TEST((completed<void(error_code, numbered)>(use_process)).n == 7);
        auto [p, s] = completed<void(std::unique_ptr<int>, std::string)>(use_process);
        BOOST_TEST(*p == 7);
        BOOST_TEST(s == "text");
        auto [ec, n, t] =
            completed<void(error_code, int, std::string)>(asio::as_tuple(use_process));
        BOOST_TEST(!ec);
        BOOST_TEST(n == 7);
        BOOST_TEST(t == "text");
    });
}

BOOST_AUTO_TEST_CASE(other_exceptions_are_thrown_as_they_are) {
    testing::simulation sim;
    sim.run([] {
        const auto fails = [](auto&& token) {
            return asio::async_initiate<decltype(token), void(std::exception_ptr, int)>(
                [](auto h) { std::move(h)(std::make_exception_ptr(std::out_of_range{"far"}), 0); },
                token);
        };
        error_code ec;
        BOOST_CHECK_THROW(fails(use_process), std::out_of_range);
        BOOST_CHECK_THROW(fails(use_process[ec]), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(the_slot_of_the_user_cancels_too) {
    testing::simulation sim;
    sim.run([] {
        asio::cancellation_signal signal;
        held_operation<void(error_code)> op{this_process::io_executor()};
        std::string outcome;
        (void)spawn_monitor([&] {
            outcome = outcome_of([&] {
                return op.start(asio::bind_cancellation_slot(signal.slot(), use_process.until(1h))),
                       error_code{};
            });
        });
        this_process::sleep(1s);
        signal.emit(asio::cancellation_type::all);
        this_process::receive<down>();
        BOOST_TEST(outcome == "aborted, thrown");
        signal.emit(asio::cancellation_type::all); // the wait has ended already
        BOOST_TEST(op.cancelled == 1);
    });
}

BOOST_AUTO_TEST_CASE(the_process_waits_for_a_handler_that_a_failed_initiation_keeps) {
    testing::simulation sim;
    sim.run([] {
        held_operation<void(error_code)> op{this_process::io_executor()};
        const auto fails_late = [&](auto&& token) {
            return asio::async_initiate<decltype(token), void(error_code)>(
                [&](auto handler) {
                    op.start(std::move(handler));
                    throw std::out_of_range{"far"};
                },
                token);
        };
        bool has_thrown = false;
        (void)spawn_monitor([&] {
            try {
                fails_late(use_process);
            } catch (const std::out_of_range&) {
                has_thrown = true;
            }
        });
        this_process::sleep(1s);
        BOOST_TEST(!has_thrown);
        op.complete();
        this_process::receive<down>();
        BOOST_TEST(has_thrown);
    });
}

BOOST_AUTO_TEST_SUITE_END()
