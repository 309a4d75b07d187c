// SPDX-License-Identifier: BSL-1.0
#include <any>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/registry.hpp>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <memory>
#include <set>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct user {
    std::string tenant;
    int id;
    auto operator<=>(const user&) const = default;
};
struct hashed_user {
    int id;
    auto operator<=>(const hashed_user&) const = default;
    friend std::size_t hash_value(const hashed_user& u) {
        return static_cast<std::size_t>(u.id % 3);
    }
};
const user ann{"acme", 1}, bob{"acme", 2};

struct hit {};
struct hits {
    using reply = int;
};
struct load {
    int hits = 0;
};

class session;
registry<user, session, load>& sessions();

class session {
public:
    explicit session(user who) : who_{std::move(who)} {
        had_its_key = sessions().whereis(who_).process() == this_process::self();
    }
    void handle_cast(hit) {
        ++n_;
        sessions().update_value(who_, [](load l) { return load{l.hits + 1}; });
    }
    int handle_call(hits) const { return n_; }
    static inline bool had_its_key = false;

private:
    user who_;
    int n_ = 0;
};

registry<user, session, load>& sessions() {
    static registry<user, session, load> all{"sessions"};
    return all;
}

struct event {
    std::string text;
};
struct heard {
    using reply = std::vector<std::string>;
};

class screen {
public:
    void handle_cast(event e) { texts_.push_back(std::move(e.text)); }
    std::vector<std::string> handle_call(heard) const { return texts_; }

private:
    std::vector<std::string> texts_;
};
class printer {
public:
    void handle_cast(event e) { n_ += static_cast<int>(e.text.size()); }
    int handle_call(hits) const { return n_; }

private:
    int n_ = 0;
};
using topic_registry = duplicate_registry<std::string, protocol<event>, int>;

void play(const std::function<void()>& f) { testing::simulation{}.run(f); }
pid idle() {
    return spawn([] { this_process::sleep(1h); });
}
void end(pid p) {
    const auto watch = this_process::monitor(p);
    p.exit(exit_reason::kill);
    while (this_process::receive<down>(1min)->ref != watch) {}
}

} // namespace

BOOST_AUTO_TEST_SUITE(registry_suite)

BOOST_AUTO_TEST_CASE(a_server_is_started_and_called_by_its_key) {
    play([] {
        session::had_its_key = false;
        start<session>({.name = sessions()(ann)}, ann);
        BOOST_TEST(session::had_its_key); // in its constructor already
        sessions()(ann).cast(hit{});
        sessions()(ann).cast(hit{});
        BOOST_TEST(sessions()(ann).call(hits{}) == 2);
        BOOST_TEST((sessions()(bob).try_call(hits{}).error().code == errc::noproc));
        BOOST_TEST(registered_names().empty());
        sessions()(ann).stop();
    });
}

// REG-001, and Elixir's {:error, {:already_started, pid}} of a start under a key.
BOOST_AUTO_TEST_CASE(a_key_has_one_process) {
    play([] {
        registry<int, pid> numbers{"numbers"};
        const pid first = idle(), second = idle();
        numbers.register_key(1, first);
        const auto refused = numbers.try_register_key(1, second);
        BOOST_TEST((refused.error().code == errc::name_taken));
        BOOST_TEST(refused.error().reason.text() == "{already_registered, " + first.text() + "}");
        BOOST_TEST((numbers.try_register_key(1, first).error().code == errc::name_taken));
        BOOST_TEST((numbers.whereis(1) == first));
        BOOST_TEST(numbers.count() == 1);

        auto s = start<session>({.name = sessions()(ann)}, ann);
        session::had_its_key = true;
        const auto again = try_start<session>({.name = sessions()(ann)}, bob);
        BOOST_TEST((again.error().code == errc::already_started));
        BOOST_TEST(again.error().reason.text() == "{already_started, " + s.process().text() + "}");
        BOOST_TEST(session::had_its_key); // its constructor did not run
        s.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_leaves_no_entry) {
    play([] {
        struct broken {
            broken() { throw std::runtime_error{"broken"}; }
        };
        registry<std::string, broken> all{"broken"};
        BOOST_TEST(!try_start<broken>({.name = all("x")}));
        BOOST_TEST(all.count() == 0);
    });
}

// REG-004, and FACE's promise: who learns of the exit finds the key free.
BOOST_AUTO_TEST_CASE(entries_are_gone_before_links_and_monitors_are_told) {
    play([] {
        registry<std::string, pid> names{"names"};
        for (const exit_reason& why : {exit_reason::kill, exit_reason{"boom"}}) {
            const pid p = idle();
            for (int i = 0; i < 100; ++i)
                names.register_key(std::to_string(i), p);
            const auto watch = this_process::monitor(p);
            p.exit(why);
            BOOST_TEST((this_process::receive<down>().ref == watch));
            BOOST_TEST(names.count() == 0);
            BOOST_TEST(!names.whereis("7"));
            BOOST_TEST(names.keys(p).empty());
        }
    });
}

BOOST_AUTO_TEST_CASE(the_dead_and_no_process_are_refused) {
    play([] {
        registry<int, pid> numbers{"numbers"};
        const pid p = idle();
        end(p);
        BOOST_TEST((numbers.try_register_key(1, p).error().code == errc::noproc));
        BOOST_TEST((numbers.try_register_key(1, pid{}).error().code == errc::noproc));
        BOOST_CHECK_THROW(numbers.register_key(1, p), call_error);
        BOOST_TEST(numbers.count() == 0);
    });
}

// REG-007.
BOOST_AUTO_TEST_CASE(unregister_key_removes_the_callers_entries_only) {
    play([] {
        registry<int, pid> numbers{"numbers"};
        const pid other = idle();
        numbers.register_key(1, other);
        numbers.register_key(2, this_process::self());
        numbers.unregister_key(1);
        numbers.unregister_key(2);
        numbers.unregister_key(3);
        BOOST_TEST((numbers.whereis(1) == other));
        BOOST_TEST(!numbers.whereis(2));
        numbers.unregister_key(1, other);
        BOOST_TEST(numbers.count() == 0);
    });
}

// REG-003.
BOOST_AUTO_TEST_CASE(a_process_may_have_a_name_and_many_keys) {
    play([] {
        registry<int, pid> numbers{"numbers"};
        const pid p = idle();
        (void)register_name("named", p);
        for (const int k : {5, 3, 9})
            numbers.register_key(k, p);
        BOOST_TEST(numbers.keys(p) == (std::vector{5, 3, 9}));
        BOOST_TEST((whereis("named") == p));
        (void)unregister_name("named");
        BOOST_TEST(!whereis("named"));
        (void)register_name("renamed", p);
        end(p);
        BOOST_TEST(!whereis("renamed"));
        BOOST_TEST(numbers.count() == 0);
    });
}

// REG-008.
BOOST_AUTO_TEST_CASE(a_value_is_changed_by_its_process_alone) {
    play([] {
        registry<std::string, pid, int> loads{"loads"};
        const pid other = idle();
        loads.register_key("mine", this_process::self(), 1);
        loads.register_key("other", other, 1);
        BOOST_TEST(loads.update_value("mine", [](int n) { return n + 1; }) == 2);
        BOOST_TEST(loads.lookup("mine")->value == 2);
        BOOST_TEST((loads.lookup("mine")->server == this_process::self()));
        const auto refused = loads.try_update_value("other", [](int n) { return n + 1; });
        BOOST_TEST((refused.error().code == errc::not_found));
        BOOST_TEST(!loads.try_update_value("none", [](int n) { return n; }));
        BOOST_TEST(!loads.lookup("none"));
        BOOST_TEST(loads.keys(this_process::self()) == std::vector<std::string>{"mine"});
    });
}

// REG-009, REG-010.
BOOST_AUTO_TEST_CASE(a_value_that_is_a_list_stays_the_list_that_it_is) {
    registry<std::string, pid, std::vector<std::any>> lists{"lists"};
    BOOST_TEST(lists("empty").value().empty());
    BOOST_TEST(lists("two", {1, 2}).value().size() == 2U);
}

BOOST_AUTO_TEST_CASE(entries_are_selected_by_key_process_and_value) {
    play([] {
        duplicate_registry<std::string, pid, int> all{"all"};
        const pid me = this_process::self(), other = idle();
        all.register_key("a", me, 1);
        all.register_key("a", me, 2);
        all.register_key("a", other, 2);
        all.register_key("b", me, 3);
        BOOST_TEST(all.select([](const auto& e) { return e.value == 2; }).size() == 2);
        BOOST_TEST(all.count_if([&](const auto& e) { return e.server == me; }) == 3);
        BOOST_TEST(all.unregister_if("a", [](int v) { return v == 2; }) == 1);
        BOOST_TEST(all.lookup("a").size() == 2);
        BOOST_TEST((all.keys(me) == std::vector<std::string>{"a", "b"}));
    });
}

BOOST_AUTO_TEST_CASE(keys_with_hash_value_pairs_and_ordered_ones_are_found) {
    play([] {
        registry<hashed_user, pid> a{"a"};
        registry<std::pair<std::string, int>, pid> b{"b"};
        registry<user, pid> c{"c"}; // has an order only: one table
        BOOST_TEST(c.partitions() == 1);
        const pid p = idle(), q = idle();
        for (int i = 0; i < 1000; ++i) {
            a.register_key({i}, i % 2 ? p : q);
            b.register_key({"x", i}, i % 2 ? p : q);
            c.register_key({"x", (i * 7) % 1000}, i % 2 ? p : q);
        }
        for (int i = 0; i < 1000; ++i) {
            BOOST_TEST_REQUIRE((a.whereis({i}) == (i % 2 ? p : q)));
            BOOST_TEST_REQUIRE((b.whereis({"x", i}) == (i % 2 ? p : q)));
            BOOST_TEST_REQUIRE((c.whereis({"x", (i * 7) % 1000}) == (i % 2 ? p : q)));
        }
        BOOST_TEST(!c.whereis({"y", 1}));
        BOOST_TEST(c.keys(p).size() == 500);
        end(p);
        for (int i = 0; i < 1000; ++i) {
            BOOST_TEST_REQUIRE((a.whereis({i}) == (i % 2 ? pid{} : q)));
            BOOST_TEST_REQUIRE((b.whereis({"x", i}) == (i % 2 ? pid{} : q)));
            BOOST_TEST_REQUIRE((c.whereis({"x", (i * 7) % 1000}) == (i % 2 ? pid{} : q)));
        }
        end(q);
        BOOST_TEST(a.count() + b.count() + c.count() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_protocols_entry_leads_to_servers_of_several_classes) {
    play([] {
        registry<std::string, protocol<event>> sinks{"sinks"};
        auto s = start<screen>({.name = sinks("screen")});
        auto p = start<printer>();
        sinks.register_key("printer", p);
        sinks("screen").cast(event{"ab"});
        sinks("printer").cast(event{"abc"});
        sinks.lookup("printer")->server.cast(event{"d"});
        BOOST_TEST(s.call(heard{}) == std::vector<std::string>{"ab"});
        BOOST_TEST(p.call(hits{}) == 4);
        s.stop();
        p.stop();
    });
}

namespace {
class audit {
public:
    void handle_cast(const key_registered<int>& r) { changes_.push_back(r.key); }
    void handle_cast(const key_unregistered<int>& r) { changes_.push_back(-r.key); }
    std::vector<int> handle_call(struct changes) const;

private:
    std::vector<int> changes_;
};
struct changes {
    using reply = std::vector<int>;
};
std::vector<int> audit::handle_call(changes) const { return changes_; }
} // namespace

// REG-014: of a death, a changed value and a refused registration they do not hear.
BOOST_AUTO_TEST_CASE(listeners_hear_of_registrations_and_of_each_unregister_key) {
    play([] {
        registry<int, pid, int> numbers{"numbers"};
        auto a = start<audit>();
        numbers.add_listener(a);
        const pid p = idle();
        numbers.register_key(1, p);
        numbers.register_key(2, this_process::self());
        BOOST_TEST(!numbers.try_register_key(2, p));
        numbers.update_value(2, [](int) { return 5; });
        numbers.unregister_key(2);
        numbers.unregister_key(9);
        end(p);
        BOOST_TEST(a.call(changes{}) == (std::vector{1, 2, -2, -9}));
        numbers.remove_listener(a);
        numbers.register_key(3, this_process::self());
        BOOST_TEST(a.call(changes{}).size() == 4);
        numbers.add_listener(a);
        a.stop();
        numbers.register_key(4, this_process::self()); // to no listener
    });
}

BOOST_AUTO_TEST_CASE(a_registry_that_goes_leaves_its_processes_alone) {
    play([] {
        const pid p = idle();
        auto a = std::make_unique<registry<int, pid>>("a");
        auto b = std::make_unique<registry<int, pid>>("b");
        for (int i = 0; i < 5000; ++i) {
            a->register_key(i, p);
            b->register_key(i, p);
        }
        a.reset();
        BOOST_TEST(b->keys(p).size() == 5000);
        registry<user, pid> c{"c"}; // may get the memory of a's shards
        c.register_key(ann, p);
        end(p);
        BOOST_TEST(b->count() == 0);
        BOOST_TEST(c.count() == 0);
    });
}

// "No user code under a lock": a copy and a destructor that use the registry do not hang.
BOOST_AUTO_TEST_CASE(copies_and_destructors_of_values_may_use_the_registry) {
    play([] {
        struct curious {
            registry<int, pid, curious>* in = nullptr;
            explicit curious(registry<int, pid, curious>* r = nullptr) : in{r} {}
            curious(const curious& o) : in{o.in} { look(); }
            ~curious() { look(); }
            curious& operator=(const curious&) = default;
            void look() const {
                if (in)
                    (void)in->whereis(1);
            }
        };
        registry<int, pid, curious> all{"all"};
        const pid p = idle();
        all.register_key(1, p, curious{&all});
        (void)all.lookup(1);
        (void)all.select([](const auto&) { return true; });
        end(p);
        BOOST_TEST(all.count() == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(duplicate_registry_suite)

// REG-002.
BOOST_AUTO_TEST_CASE(a_key_has_many_entries_also_of_one_process) {
    play([] {
        duplicate_registry<std::string, pid, int> all{"all"};
        const pid me = this_process::self(), other = idle();
        all.register_key("a", me, 1);
        all.register_key("a", other, 2);
        all.register_key("a", me, 3);
        BOOST_TEST(all.count("a") == 3);
        BOOST_TEST(all.count() == 3);
        std::vector<int> values;
        for (const auto& e : all.lookup("a"))
            values.push_back(e.value);
        BOOST_TEST(values == (std::vector{1, 2, 3}));
        all.unregister_key("a");
        BOOST_TEST(all.count("a") == 1);
        end(other);
        BOOST_TEST(all.lookup("a").empty());
    });
}

// REG-011.
BOOST_AUTO_TEST_CASE(dispatch_calls_its_function_with_all_entries_or_not_at_all) {
    play([] {
        topic_registry topics{"topics"};
        auto a = start<screen>();
        auto b = start<screen>();
        topics.register_key("news", a, 1);
        topics.register_key("news", b, 9);
        BOOST_TEST(topics.cast("news", event{"rain"}) == 2);
        int calls = 0;
        topics.dispatch("news", [&](auto entries) {
            ++calls;
            BOOST_TEST(entries.size() == 2);
            for (const auto& e : entries)
                if (e.value == 9)
                    e.server.cast(event{"sun"});
        });
        topics.dispatch("none", [&](auto) { ++calls; });
        BOOST_TEST(calls == 1);
        BOOST_TEST(topics.cast("none", event{"x"}) == 0);
        BOOST_TEST(a.call(heard{}) == std::vector<std::string>{"rain"});
        BOOST_TEST(b.call(heard{}) == (std::vector<std::string>{"rain", "sun"}));
        a.stop();
        BOOST_TEST(topics.count("news") == 1);
        b.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(registry_threads_suite)

// The argument at the top of key_table.cpp, on real threads: whatever the order of registrations,
// unregistrations, lookups and exits, no reader sees a process that was told dead, and nothing is
// left.
BOOST_AUTO_TEST_CASE(registrations_exits_and_lookups_at_a_time_leave_nothing_behind) {
    runtime::start({.threads = 4});
    {
        registry<int, pid, std::string> one{"one", {.partitions = 2}};
        duplicate_registry<int, pid> many{"many", {.partitions = 2}};
        std::atomic<bool> found_dead{false}, wrong_value{false};
        runtime::run([&] {
            std::vector<pid> clients;
            std::vector<monitor_ref> watches;
            for (int c = 0; c < 8; ++c) {
                clients.push_back(spawn([&, c] {
                    for (int i = 0; i < 400; ++i) {
                        const int key = (i * 7 + c) % 16;
                        const pid p = spawn([&, key, i] {
                            const pid me = this_process::self();
                            const bool mine =
                                one.try_register_key(key, me, std::to_string(key)).has_value();
                            many.register_key(key, me);
                            many.register_key(key + 1, me);
                            if (mine && i % 3 == 0)
                                (void)one.try_update_value(key, [](std::string v) { return v; });
                            if (i % 4 == 0)
                                many.unregister_key(key);
                            if (mine && i % 5 == 0)
                                one.unregister_key(key);
                            if (i % 2 == 0)
                                this_process::yield();
                        });
                        (void)one.try_register_key(key + 16, p, std::to_string(key + 16));
                        if (const auto e = one.lookup(key); e && e->value != std::to_string(key))
                            wrong_value = true;
                        const auto watch = this_process::monitor(p);
                        if (i % 3 == 0)
                            p.exit(exit_reason::kill);
                        (void)this_process::receive<down>();
                        (void)watch;
                        for (const auto& e : many.lookup(key))
                            if (e.server == p)
                                found_dead = true;
                        if (one.whereis(key) == p || one.whereis(key + 16) == p)
                            found_dead = true;
                    }
                }));
                watches.push_back(this_process::monitor(clients.back()));
            }
            for (std::size_t i = 0; i < watches.size(); ++i)
                (void)this_process::receive<down>(infinity);
        });
        BOOST_TEST(!found_dead.load());
        BOOST_TEST(!wrong_value.load());
        BOOST_TEST(one.count() == 0);
        BOOST_TEST(many.count() == 0);
    }
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(a_registry_may_go_while_its_processes_exit) {
    runtime::start({.threads = 4});
    runtime::run([] {
        for (int round = 0; round < 100; ++round) {
            auto all = std::make_unique<registry<int, pid>>("all");
            std::vector<pid> processes;
            for (int i = 0; i < 32; ++i) {
                processes.push_back(spawn([] { this_process::sleep(1h); }));
                all->register_key(i, processes.back());
            }
            for (const pid p : processes)
                p.exit(exit_reason::kill);
            all.reset();
        }
    });
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(plain_threads_read_and_register) {
    runtime::start({.threads = 2});
    {
        registry<int, pid> all{"all"};
        const pid p = spawn([] { this_process::sleep(1h); });
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 2000; ++i) {
                    all.register_key(i * 4 + t, p);
                    BOOST_ASSERT(all.whereis(i * 4 + t) == p);
                }
            });
        for (auto& t : threads)
            t.join();
        BOOST_TEST(all.count() == 8000);
        BOOST_TEST(all.keys(p).size() == 8000);
        BOOST_TEST(all.select([](const auto&) { return true; }).size() == 8000);
    }
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
