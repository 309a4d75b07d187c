// SPDX-License-Identifier: BSL-1.0
#include "name_index.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

using namespace coppice;
using coppice::detail::located_name;
using coppice::detail::name_binding;
using coppice::detail::name_entry;
using coppice::detail::name_index;
using coppice::detail::name_text;

namespace {

struct names {
    name_index index;

    name_entry& intern(std::string_view name) { return index.intern(name, name_index::hash(name)); }
    const name_entry* find(std::string_view name) const {
        return index.find(name, name_index::hash(name));
    }
};

std::string nth(int n) { return "name " + std::to_string(n); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(name_index_suite, names)

BOOST_AUTO_TEST_CASE(a_text_is_kept_whatever_its_length) {
    for (const std::size_t length : {0, 1, 14, 15, 16, 17, 126, 127, 128, 255, 256, 100'000}) {
        std::string s(length, 'x');
        if (length > 0)
            s.back() = '\0';
        BOOST_TEST((name_text{s}.view() == s));
    }
}

BOOST_AUTO_TEST_CASE(what_was_never_used_is_not_found) {
    BOOST_TEST(!find("x"));
    intern("x");
    BOOST_TEST(!find("y"));
    BOOST_TEST(!find(""));
}

BOOST_AUTO_TEST_CASE(a_name_has_one_entry_that_never_moves) {
    std::vector<const name_entry*> all;
    for (int n = 0; n < 10'000; ++n)
        all.push_back(&intern(nth(n)));
    for (int n = 0; n < 10'000; ++n) {
        BOOST_TEST_REQUIRE(find(nth(n)) == all[static_cast<std::size_t>(n)]);
        BOOST_TEST_REQUIRE(&intern(nth(n)) == all[static_cast<std::size_t>(n)]);
        BOOST_TEST_REQUIRE((find(nth(n))->text() == nth(n)));
    }
    std::size_t seen = 0;
    index.for_each([&](const name_entry& e) { BOOST_TEST_REQUIRE((&e == all[seen++])); });
    BOOST_TEST(seen == all.size());
}

BOOST_AUTO_TEST_CASE(names_with_one_hash_are_told_apart) {
    const name_entry& a = index.intern("a", 7);
    const name_entry& b = index.intern("b", 7);
    BOOST_TEST(index.find("a", 7) == &a);
    BOOST_TEST(index.find("b", 7) == &b);
    BOOST_TEST(!index.find("c", 7));
}

BOOST_AUTO_TEST_CASE(a_name_is_borne_as_something) {
    const name_binding as{.key = &type_key<int>};
    name_entry& e = intern("x");
    BOOST_TEST(!index.get(e).process);
    index.set(e, pid{7}, &as);
    BOOST_TEST((index.get(e).process == pid{7}));
    BOOST_TEST(index.get(e).binding == &as);
    index.set(e, {}, nullptr);
    BOOST_TEST(!index.get(e).process);
}

// A reader finds what was there before it came, while the index grows, and never one bearer's process
// with another's type.
BOOST_AUTO_TEST_CASE(readers_need_no_lock) {
    const name_binding first{.key = &type_key<int>}, second{.key = &type_key<long>};
    name_entry& e = intern("x");
    index.set(e, pid{1}, &first);
    std::atomic<bool> ready{false}, done{false};
    int wrong = 0;
    std::thread reader{[&] {
        while (!done) {
            const name_entry* found = find("x");
            const located_name l = found ? index.get(*found) : located_name{};
            wrong += l.binding != (l.process == pid{1} ? &first : &second);
            ready = true;
        }
    }};
    while (!ready)
        std::this_thread::yield();
    for (int n = 0; n < 20'000; ++n) {
        intern(nth(n));
        index.set(e, pid{n % 2 == 0 ? 2U : 1U}, n % 2 == 0 ? &second : &first);
    }
    done = true;
    reader.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
