// SPDX-License-Identifier: BSL-1.0
// Event managers: their handlers come, hear, fail and go, alone.
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_event.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

struct placed {
    int order;
};
struct shipped {
    int order;
};
struct parcel { // it moves, and cannot be copied
    std::unique_ptr<int> content;
};
struct count {
    using reply = int;
};
struct fail_now {
    using reply = int;
};
struct leave_now {
    using reply = std::string;
};
struct nap {
    using reply = void;
    std::chrono::milliseconds time;
};
struct plain_note {
    int n;
};
struct unknown {};

using orders = gen_event<placed, shipped, parcel>;
inline constexpr server_name<orders> the_orders{"the_orders"};

lines heard;

/// What it does with an order depends on its number.
class listener {
public:
    explicit listener(std::string name) : name_{std::move(name)} {
        if (name_ == "refused")
            throw std::runtime_error{"no room"};
        if (name_ == "ignored")
            this_process::ignore();
    }
    void handle_event(const placed& p) {
        heard.push_back(name_ + " placed " + std::to_string(p.order));
        ++n_;
        if (p.order == 13 && name_ == "fragile")
            throw std::runtime_error{"unlucky"};
        if (p.order == 14 && name_ == "fragile")
            this_process::exit(exit_reason{"gone"});
        if (p.order == 7 && name_ == "fragile")
            this_handler::remove();
        if (p.order == 50 && name_ == "fragile")
            this_process::sleep(50ms);
    }
    int handle_call(count) const { return n_; }
    int handle_call(fail_now) { throw std::runtime_error{"asked to fail"}; }
    std::string handle_call(leave_now) {
        this_handler::remove();
        return name_;
    }
    void handle_call(nap n) { this_process::sleep(n.time); }
    void handle_info(message& m) {
        if (const auto* n = m.get_if<plain_note>())
            heard.push_back(name_ + " note " + std::to_string(n->n));
    }
    std::string terminate(const exit_reason& why) {
        heard.push_back(name_ + " terminate " + why.text());
        if (name_ == "stubborn")
            throw std::runtime_error{"will not"};
        return name_ + " ends";
    }

private:
    std::string name_;
    int n_ = 0;
};

/// Hears of one event only.
class shipping {
public:
    void handle_event(const shipped& s) { sum_ += s.order; }
    int handle_call(count) const { return sum_; }

private:
    int sum_ = 0;
};

/// Takes over from a listener.
class archive {
public:
    archive(std::string path, listener&& before)
        : path_{std::move(path)}, n_{before.handle_call(count{})} {}
    explicit archive(std::string path) : path_{std::move(path)} {}
    void handle_event(const placed&) { ++n_; }
    void handle_event(const shipped&) { // back again
        this_handler::swap<orders, listener>(this, {.new_id = {"back"}}, "back");
    }
    void handle_event(const parcel&) { // to one that refuses
        this_handler::swap<orders, listener>(this, "refused");
    }
    int handle_call(count) const { return n_; }

private:
    std::string path_;
    int n_ = 0;
};

/// Can only take over.
class heir {
public:
    explicit heir(listener&&) {}
    void handle_event(const placed&) {}
};

class watches_exits {
public:
    void handle_event(const placed&) {}
    void handle_info(const exit_signal& e) { heard.push_back("exit " + e.reason.text()); }
    void handle_info(const down& d) { heard.push_back("down " + d.reason.text()); }
};

class takes_parcels {
public:
    void handle_event(const parcel& p) { heard.push_back("parcel " + std::to_string(*p.content)); }
};

class private_one {
    friend handler_access;
    void handle_event(const placed&) { heard.push_back("private"); }
    void terminate(const exit_reason&) { heard.push_back("private ends"); }
};

class slow {
public:
    void handle_event(const placed&) {
        this_process::sleep(10ms); // another manager's handler runs meanwhile
        this_handler::remove();
    }
};

lines taken() { return std::exchange(heard, {}); }

lines ids(const server_ref<orders>& of) {
    lines all;
    for (const handler_info& h : orders::which_handlers(of))
        all.push_back(h.id);
    return all;
}

template <class R>
errc code_of(const R& r) {
    BOOST_REQUIRE(!r.has_value());
    return r.error().code;
}

std::string reason_of(monitor_ref watch) {
    return this_process::receive(when([&](const down& d) { return d.ref == watch; },
                                      [](down d) { return d.reason.text(); }));
}

void same(const lines& got, const lines& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(gen_event_suite)

// OTP gen_event: which_handlers and every event, the newest first (cases EVT-003, EVT-005).
BOOST_AUTO_TEST_CASE(an_event_reaches_all_handlers_the_newest_first) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>({.name = the_orders});
        BOOST_TEST(orders::which_handlers(m).empty());
        orders::add_handler<listener>(the_orders, handler_id{"a"}, "a");
        orders::add_handler<listener>(the_orders, handler_id{"b"}, "b");
        orders::add_handler<shipping>(the_orders);
        orders::sync_notify(the_orders, placed{1});
        same(taken(), {"b placed 1", "a placed 1"});
        same(ids(m), {"", "b", "a"});
        BOOST_TEST(orders::which_handlers(m)[0].type.find("shipping") != std::string::npos);
        orders::notify(the_orders, placed{2});
        BOOST_TEST(heard.empty());
        BOOST_TEST(orders::call<listener>(the_orders, count{}, {"a"}) == 2);
        same(taken(), {"b placed 2", "a placed 2"});
    });
}

BOOST_AUTO_TEST_CASE(an_event_without_an_overload_passes_a_handler_by) {
    in_simulation([] {
        const auto m = start<orders>();
        orders::add_handler<shipping>(m);
        orders::sync_notify(m, placed{1});
        orders::sync_notify(m, shipped{4});
        orders::sync_notify(m, shipped{5});
        BOOST_TEST(orders::call<shipping>(m, count{}) == 9);
    });
}

BOOST_AUTO_TEST_CASE(an_event_need_not_be_copyable_and_a_handler_may_be_private) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<takes_parcels>(m);
        orders::add_handler<takes_parcels>(m);
        orders::add_handler<private_one>(m);
        orders::sync_notify(m, parcel{std::make_unique<int>(3)});
        orders::sync_notify(m, placed{1});
        m.stop();
        same(taken(), {"parcel 3", "parcel 3", "private", "private ends"});
    });
}

// OTP gen_event: add_handler (EVT-002): the caller gets a value, nothing is added.
BOOST_AUTO_TEST_CASE(a_constructor_that_throws_adds_nothing) {
    in_simulation([] {
        const auto m = start<orders>();
        const auto refused = orders::try_add_handler<listener>(m, "refused");
        BOOST_TEST((code_of(refused) == errc::start_failed));
        BOOST_TEST(refused.error().reason.text() == "std::runtime_error: no room");
        BOOST_TEST(refused.error().detail.find("listener") != std::string::npos);
        BOOST_TEST((code_of(orders::try_add_handler<listener>(m, "ignored")) == errc::ignored));
        BOOST_CHECK_THROW(orders::add_handler<listener>(m, "refused"), call_error);
        BOOST_TEST(orders::which_handlers(m).empty());
    });
}

// Rule 16: the same name twice; call, delete and swap meet the newest.
BOOST_AUTO_TEST_CASE(of_two_handlers_of_one_name_the_newer_one_is_found) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "old");
        orders::add_handler<listener>(m, "new");
        BOOST_TEST(orders::call<listener>(m, leave_now{}) == "new");
        BOOST_TEST(orders::delete_handler<listener>(m) == "old ends");
        BOOST_TEST((code_of(orders::try_delete_handler<listener>(m)) == errc::not_found));
        same(taken(), {"new terminate remove_handler", "old terminate normal"});
    });
}

BOOST_AUTO_TEST_CASE(delete_handler_says_why_and_tells_of_a_terminate_that_fails) {
    in_simulation([] {
        heard.clear();
        recorded_events<event_handler_failed> reports;
        const auto m = start<orders>();
        orders::add_handler<listener>(m, handler_id{"s"}, "stubborn");
        const auto r = orders::try_delete_handler<listener>(m, {"s"}, exit_reason{"bye"});
        BOOST_TEST((code_of(r) == errc::exited));
        BOOST_TEST(r.error().reason.text() == "std::runtime_error: will not");
        same(taken(), {"stubborn terminate bye"});
        BOOST_TEST(orders::which_handlers(m).empty());
        BOOST_TEST(reports.all.empty()); // its caller knows
    });
}

// Rule 17: a handler that fails goes alone, and its terminate gets the error.
BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_removed_alone_and_reported) {
    in_simulation([] {
        heard.clear();
        recorded_events<event_handler_failed> reports;
        recorded_events<process_crashed> crashes;
        const auto m = start<orders>({.name = the_orders});
        orders::add_handler<listener>(m, "last");
        orders::add_handler<listener>(m, handler_id{"x"}, "fragile");
        orders::add_handler<listener>(m, "first");
        orders::sync_notify(m, placed{13});
        same(taken(), {"first placed 13", "fragile placed 13",
                       "fragile terminate {error, std::runtime_error: unlucky}", "last placed 13"});
        BOOST_TEST(orders::which_handlers(m).size() == 2U);
        BOOST_REQUIRE(reports.all.size() == 1U);
        const event_handler_failed& e = reports.all[0];
        BOOST_TEST((e.manager == m.process()));
        BOOST_TEST(e.name == "the_orders");
        BOOST_TEST(e.handler.find("listener") != std::string::npos);
        BOOST_TEST(e.id == "x");
        BOOST_TEST(e.handling.find("placed") != std::string::npos);
        BOOST_TEST(e.reason.text() == "std::runtime_error: unlucky");
        BOOST_TEST(crashes.all.empty());
        log::description d;
        describe(e, d);
        BOOST_TEST(d.sentence().find("`x` of the_orders") != std::string::npos);
        BOOST_TEST(d.sentence().find("is removed: std::runtime_error: unlucky") !=
                   std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_exits_goes_alone_too) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "last");
        orders::add_handler<listener>(m, "fragile");
        orders::sync_notify(m, placed{14});
        same(taken(), {"fragile placed 14", "fragile terminate {error, gone}", "last placed 14"});
        BOOST_TEST(m.process().alive());
    });
}

BOOST_AUTO_TEST_CASE(a_handler_removes_itself_in_an_event_and_in_a_call) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "other");
        orders::add_handler<listener>(m, "fragile");
        orders::sync_notify(m, placed{7});
        BOOST_TEST(orders::call<listener>(m, leave_now{}) == "other");
        same(taken(), {"fragile placed 7", "fragile terminate remove_handler", "other placed 7",
                       "other terminate remove_handler"});
        BOOST_TEST(orders::which_handlers(m).empty());
    });
}

BOOST_AUTO_TEST_CASE(remove_outside_of_a_handler_says_so) {
    in_simulation([] { BOOST_CHECK_THROW(this_handler::remove(), std::logic_error); });
    BOOST_CHECK_THROW(this_handler::remove(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_handler_that_waits_finds_its_own_manager_again) {
    in_simulation([] {
        const auto one = start<orders>();
        const auto two = start<orders>();
        for (const auto& m : {one, two})
            orders::add_handler<slow>(m);
        orders::notify(one, placed{1});
        this_process::sleep(5ms);
        orders::notify(two, placed{1});
        this_process::sleep(7ms);
        BOOST_TEST(orders::which_handlers(one).empty());
        BOOST_TEST(orders::which_handlers(two).empty());
    });
}

// OTP gen_event: call (EVT-008).
BOOST_AUTO_TEST_CASE(a_call_of_a_handler_that_fails_gets_the_reason) {
    in_simulation([] {
        recorded_events<event_handler_failed> reports;
        const auto m = start<orders>();
        BOOST_TEST((code_of(orders::try_call<listener>(m, count{})) == errc::not_found));
        orders::add_handler<listener>(m, "a");
        const auto r = orders::try_call<listener>(m, fail_now{});
        BOOST_TEST((code_of(r) == errc::exited));
        BOOST_TEST(r.error().reason.text() == "std::runtime_error: asked to fail");
        BOOST_TEST(orders::which_handlers(m).empty());
        BOOST_TEST(reports.all.size() == 1U);
        const auto none = orders::try_call<listener>(m, count{}, {"z"});
        BOOST_TEST(none.error().detail.find("`z`; it has no handlers") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_call_that_takes_too_long_fails_its_caller_only) {
    in_simulation([] {
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "a");
        BOOST_TEST((code_of(orders::try_call<listener>(m, nap{200ms}, 50ms)) == errc::timeout));
        orders::call<listener>(m, nap{1ms});
        BOOST_TEST(orders::which_handlers(m).size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(without_a_manager_the_verbs_say_noproc) {
    in_simulation([] {
        orders::notify(the_orders, placed{1}); // dropped
        BOOST_TEST((code_of(orders::try_notify(the_orders, placed{1})) == errc::noproc));
        BOOST_TEST((code_of(orders::try_sync_notify(the_orders, placed{1})) == errc::noproc));
        BOOST_TEST((code_of(orders::try_add_handler<listener>(the_orders, "a")) == errc::noproc));
        BOOST_TEST((code_of(orders::try_which_handlers(the_orders)) == errc::noproc));
        BOOST_CHECK_THROW(orders::call<listener>(the_orders, count{}), call_error);
    });
}

// Rule 18: the old terminate runs first; the new one is the newest.
BOOST_AUTO_TEST_CASE(a_new_handler_takes_over_from_an_old_one) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, handler_id{"a"}, "a");
        orders::add_handler<listener>(m, handler_id{"b"}, "b");
        orders::sync_notify(m, placed{1});
        orders::swap_handler<listener, archive>(
            m, {.id = {"a"}, .new_id = {"c"}, .reason = exit_reason{"upgrade"}}, "orders.log");
        same(ids(m), {"c", "b"});
        BOOST_TEST(orders::call<archive>(m, count{}, {"c"}) == 1);
        same(taken(), {"b placed 1", "a placed 1", "a terminate upgrade"});
        // There is no old one: the new one is added all the same.
        orders::swap_handler<listener, archive>(m, {.id = {"z"}}, "orders.log");
        same(ids(m), {"", "c", "b"});
        BOOST_TEST((code_of(orders::try_swap_handler<listener, heir>(m)) == errc::not_found));
        orders::swap_handler<listener, heir>(m, {.id = {"b"}});
        BOOST_TEST(orders::which_handlers(m)[0].type.find("heir") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_swap_whose_new_handler_refuses_leaves_neither) {
    in_simulation([] {
        const auto m = start<orders>();
        orders::add_handler<archive>(m, "orders.log");
        const auto r = orders::try_swap_handler<archive, listener>(m, "refused");
        BOOST_TEST((code_of(r) == errc::start_failed));
        BOOST_TEST(orders::which_handlers(m).empty());
    });
}

BOOST_AUTO_TEST_CASE(a_handler_hands_over_in_its_place) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, handler_id{"a"}, "a");
        orders::add_handler<archive>(m, handler_id{"b"}, "orders.log");
        orders::add_handler<listener>(m, handler_id{"c"}, "c");
        orders::sync_notify(m, shipped{1});
        same(ids(m), {"c", "back", "a"});
        orders::sync_notify(m, placed{1});
        same(taken(), {"c placed 1", "back placed 1", "a placed 1"});
    });
}

// Rule 19: every removal of a supervised handler sends its supervisor one message.
BOOST_AUTO_TEST_CASE(the_supervisor_of_a_handler_is_told_why_it_goes) {
    in_simulation([] {
        heard.clear();
        testing::probe me;
        const auto m = start<orders>();
        const auto added = [&](const char* name) {
            orders::add_sup_handler<listener>(m, handler_id{name}, name);
        };
        const auto told = [&](const char* id, const char* reason) {
            const auto gone = me.expect<handler_exit>();
            BOOST_TEST(gone.id == id);
            BOOST_TEST(gone.reason.text() == reason);
            BOOST_TEST((gone.manager == m.process()));
            return gone;
        };
        added("fragile");
        BOOST_TEST((orders::which_handlers(m)[0].adder == me.self()));
        orders::sync_notify(m, placed{13});
        told("fragile", "std::runtime_error: unlucky");
        added("fragile");
        orders::sync_notify(m, placed{7});
        told("fragile", "normal");
        added("d");
        orders::delete_handler<listener>(m, {"d"}, exit_reason{"bye"});
        told("d", "normal");
        added("s");
        orders::swap_handler<listener, archive>(m, {.id = {"s"}, .new_id = {"t"}}, "orders.log");
        const auto gone = told("s", detail::type_name<archive>() == "archive"
                                        ? "{swapped, archive}"
                                        : "{swapped, {anonymous}::archive}");
        BOOST_TEST(gone.successor.id == "t");
        BOOST_TEST((gone.successor.adder == me.self()));
        orders::sync_notify(m, parcel{}); // it swaps itself for one that refuses
        BOOST_TEST(me.expect<handler_exit>().successor.type.find("listener") != std::string::npos);
        told("", "crash");
        added("e");
        m.stop(exit_reason{"why"});
        told("e", "shutdown");
        me.expect_none<handler_exit>();
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_its_supervisor_stops_a_handler) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<watches_exits>(m);
        const pid adder = spawn([&] {
            orders::add_sup_handler<listener>(m, "a");
            orders::add_sup_handler<listener>(m, "b");
            this_process::receive<plain_note>();
            this_process::exit(exit_reason{"tired"});
        });
        this_process::sleep(1ms);
        adder.send(plain_note{1});
        this_process::sleep(1ms);
        same(taken(), {"b terminate {stop, tired}", "a terminate {stop, tired}", "exit tired"});
        BOOST_TEST(orders::which_handlers(m).size() == 1U);
    });
}

// Rule 20, and rnd-ge-0013: those whose handlers are still there hear of the manager's end by
// handler_exit alone.
BOOST_AUTO_TEST_CASE(the_end_of_a_manager_does_not_end_the_supervisors_of_its_handlers) {
    in_simulation([] {
        const auto m = start<orders>();
        const pid adder = spawn([&] {
            orders::add_sup_handler<listener>(m, "a");
            this_process::receive<handler_exit>();
            this_process::receive<plain_note>();
        });
        this_process::sleep(1ms);
        m.stop(exit_reason{"why"});
        this_process::sleep(1ms);
        BOOST_TEST(adder.alive());
        adder.exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_started_the_manager_without_a_link_is_not_ended_either) {
    in_simulation([] {
        const auto m = start<orders>();
        orders::add_sup_handler<listener>(m, "a"); // we are its parent
        m.stop(exit_reason{"why"});
        BOOST_TEST(this_process::receive<handler_exit>(1s).has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_killed_manager_ends_those_that_are_linked_with_it) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        const pid adder = spawn([&] {
            orders::add_sup_handler<listener>(m, "a");
            this_process::receive<plain_note>();
        });
        this_process::sleep(1ms);
        const monitor_ref watch = this_process::monitor(adder);
        m.process().exit(exit_reason::kill);
        BOOST_TEST(reason_of(watch) == "killed");
        BOOST_TEST(heard.empty());
    });
}

// OTP gen_event: start (EVT-017, EVT-019).
BOOST_AUTO_TEST_CASE(a_stop_terminates_all_handlers_the_newest_first) {
    in_simulation([] {
        heard.clear();
        recorded_events<event_handler_failed> reports;
        const auto m = start<orders>();
        for (const char* name : {"a", "stubborn", "c"})
            orders::add_handler<listener>(m, name);
        m.stop();
        same(taken(), {"c terminate stop", "stubborn terminate stop", "a terminate stop"});
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].handling == "terminate");
    });
}

// OTP gen_event: info (EVT-016, EVT-021).
BOOST_AUTO_TEST_CASE(a_plain_message_reaches_the_handle_info_of_all_handlers) {
    in_simulation([] {
        heard.clear();
        recorded_events<unexpected_message> told;
        const auto m = start<orders>();
        m.process().send(unknown{}); // there is no handler at all
        orders::add_handler<shipping>(m);
        m.process().send(unknown{}); // none that takes messages
        orders::add_handler<listener>(m, "a");
        orders::add_handler<listener>(m, "b");
        m.process().send(plain_note{3});
        this_process::sleep(1ms);
        same(taken(), {"b note 3", "a note 3"});
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST(told.all[0].message.find("unknown") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_signal_of_another_process_reaches_the_handlers_as_a_message) {
    in_simulation([] {
        heard.clear();
        recorded_events<unexpected_message> told;
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "a");
        orders::add_handler<watches_exits>(m);
        spawn([&] { m.process().exit(exit_reason{"boom"}); });
        this_process::sleep(1ms);
        same(taken(), {"exit boom"});
        BOOST_TEST(m.process().alive());
        BOOST_TEST(told.all.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_manager_ends_with_its_parent) {
    in_simulation([] {
        heard.clear();
        pid manager;
        const pid parent = spawn([&] {
            const auto m = start_link<orders>();
            manager = m;
            orders::add_handler<listener>(m, "a");
            this_process::receive<plain_note>();
        });
        this_process::sleep(1ms);
        const monitor_ref watch = this_process::monitor(manager);
        parent.send(plain_note{1});
        BOOST_TEST(reason_of(watch) == "normal");
        same(taken(), {"a terminate stop"});
    });
}

BOOST_AUTO_TEST_CASE(a_manager_that_is_killed_in_a_handler_destroys_its_handlers) {
    in_simulation([] {
        heard.clear();
        const auto m = start<orders>();
        orders::add_handler<listener>(m, "fragile");
        orders::notify(m, placed{50}); // it sleeps
        this_process::sleep(1ms);
        const monitor_ref watch = this_process::monitor(m);
        m.process().exit(exit_reason::kill);
        BOOST_TEST(reason_of(watch) == "killed");
        this_process::sleep(60ms);
        same(taken(), {"fragile placed 50"});
        BOOST_CHECK_THROW(this_handler::remove(), std::logic_error);
    });
}

BOOST_AUTO_TEST_CASE(a_supervised_handler_needs_a_process) {
    BOOST_CHECK_THROW(orders::try_add_sup_handler<listener>(the_orders, "a"), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
