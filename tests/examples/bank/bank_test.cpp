// SPDX-License-Identifier: BSL-1.0
// The books against a map, and the bank under ten thousand crashes.
#include <boost/test/unit_test.hpp>
#include <coppice/testing.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <rapidcheck.h>
#include <servers.hpp>

using namespace coppice;
using namespace std::chrono_literals;
using bank::books, bank::money, bank::outcome;

namespace {

constexpr const char* names[] = {"ann", "bob", "carl", "dora"};
constexpr money each = 1000;

std::string any_name() { return names[*rc::gen::inRange(0, 4)]; }

/// What the books must say, in a few lines: no limit of what is remembered.
struct model {
    std::map<std::string, money> balances;
    std::map<std::string, bank::transfer> done;

    outcome move(const bank::transfer& t) {
        if (const auto before = done.find(t.key); before != done.end())
            return before->second == t ? outcome::done : outcome::key_of_another;
        if (t.amount <= 0)
            return outcome::bad_amount;
        if (!balances.contains(t.from) || !balances.contains(t.to))
            return outcome::unknown_account;
        if (balances[t.from] < t.amount)
            return outcome::too_little;
        balances[t.from] -= t.amount;
        balances[t.to] += t.amount;
        done.emplace(t.key, t);
        return outcome::done;
    }
};

/// A file of its own, gone at the end.
struct journal_file {
    std::filesystem::path folder;
    journal_file() {
        std::string name = (std::filesystem::temp_directory_path() / "bank-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw std::runtime_error{"no folder for the journal"};
        folder = name;
    }
    journal_file(const journal_file&) = delete;
    journal_file& operator=(const journal_file&) = delete;
    ~journal_file() { std::filesystem::remove_all(folder); }
    std::string path() const { return (folder / "journal").string(); }
};

/// A client that gives orders until they are carried out.
struct client_done {
    std::map<std::string, money> gained;
};
void give_orders(pid to, std::uint32_t seed, int client, const bool& crashes_go_on) {
    std::minstd_rand random{seed};
    client_done all;
    for (int n = 0; crashes_go_on; ++n) {
        const bank::transfer t{std::to_string(client) + '-' + std::to_string(n),
                               names[random() % 4], names[random() % 4],
                               static_cast<money>(random() % 300)};
        if (bank::give(t, infinity).value() == outcome::done) {
            all.gained[t.from] -= t.amount;
            all.gained[t.to] += t.amount;
        }
        this_process::sleep(std::chrono::microseconds{random() % 4000});
    }
    to.send(std::move(all));
}

/// Quiet about the crashes, which are on purpose.
struct quiet {
    severity before = log::level();
    quiet() { log::set_level(severity::off); }
    ~quiet() { log::set_level(before); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(bank_suite)

BOOST_AUTO_TEST_CASE(the_books_are_those_of_the_model_and_come_back_from_their_lines) {
    const bool holds = rc::check([] {
        books real, again;
        model expected;
        for (const char* name : names)
            if (*rc::gen::arbitrary<bool>()) {
                again.replay(*real.open(name, each));
                expected.balances[name] = each;
            }
        const money total = real.total();
        for (int i = *rc::gen::inRange(0, 60); i > 0; --i) {
            const bank::transfer t{std::to_string(*rc::gen::inRange(0, 40)), any_name(), any_name(),
                                   *rc::gen::inRange<money>(-10, 1500)};
            const books::result r = real.move(t);
            RC_ASSERT(r.what == expected.move(t));
            if (r.line)
                again.replay(*r.line);
        }
        RC_ASSERT(real.total() == total);
        for (const char* name : names) {
            const auto b = expected.balances.find(name);
            RC_ASSERT(
                real.balance(name) ==
                (b == expected.balances.end() ? std::optional<money>{} : std::optional{b->second}));
        }
        RC_ASSERT(again == real);
        books compact;
        for (const std::string& line : real.lines())
            compact.replay(line);
        RC_ASSERT(compact == real);
    });
    BOOST_TEST(holds);
}

BOOST_AUTO_TEST_CASE(no_money_is_made_or_lost_in_ten_thousand_crashes) {
    constexpr int crashes = 10'000, clients = 5;
    const quiet log;
    for (const std::uint64_t seed : testing::seeds(1)) {
        BOOST_TEST_MESSAGE("seed " << seed);
        const journal_file file;
        testing::simulation{seed}.run([&] {
            std::minstd_rand random{static_cast<std::uint32_t>(seed)};
            start_link<supervisor>(supervisor_flags{},
                                   std::vector<child_spec>{bank::bank_tree(file.path())});
            for (const char* name : names)
                BOOST_TEST(bank::the_accounts.call(bank::open_account{name, each}));
            bool goes_on = true;
            const pid me = this_process::self();
            for (int c = 0; c < clients; ++c)
                spawn_link([&goes_on, me, c, s = static_cast<std::uint32_t>(random())] {
                    give_orders(me, s, c, goes_on);
                });
            for (int i = 0; i < crashes; ++i) {
                this_process::sleep(std::chrono::microseconds{random() % 4000});
                if (random() % 2)
                    bank::the_accounts.cast(bank::crash{});
                else
                    bank::the_transfers.cast(bank::crash{});
            }
            goes_on = false;
            std::map<std::string, money> expected;
            for (const char* name : names)
                expected[name] = each;
            for (int c = 0; c < clients; ++c)
                for (const auto& [name, gain] : this_process::receive<client_done>().gained)
                    expected[name] += gain;
            for (const auto& [name, balance] : expected)
                BOOST_TEST(bank::the_accounts.call(bank::look{name}).value() == balance);
            BOOST_TEST(bank::the_accounts.call(bank::total{}) == std::size(names) * each);
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
