// SPDX-License-Identifier: BSL-1.0
#include "registry/name_index.hpp"
#include "support/asymmetric_fence.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace coppice;
using coppice::detail::located_name;
using coppice::detail::name_binding;
using coppice::detail::name_entry;
using coppice::detail::name_index;
using coppice::detail::name_reader;
using coppice::detail::name_text;
using coppice::detail::prepare_asymmetric_fences;

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

BOOST_AUTO_TEST_CASE(a_name_that_was_never_used_is_not_found) {
    BOOST_TEST(!find("x"));
    intern("x");
    BOOST_TEST(!find("y"));
    BOOST_TEST(!find(""));
}

BOOST_AUTO_TEST_CASE(a_registered_name_has_one_entry_that_never_moves) {
    std::vector<const name_entry*> all;
    for (int n = 0; n < 10'000; ++n) {
        name_entry& e = intern(nth(n));
        index.set(e, detail::pid_access::make(1), nullptr);
        all.push_back(&e);
    }
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

BOOST_AUTO_TEST_CASE(a_name_is_registered_with_a_binding) {
    const name_binding as{.key = &detail::type_key<int>};
    name_entry& e = intern("x");
    BOOST_TEST(!index.get(e).process);
    index.set(e, detail::pid_access::make(7), &as);
    BOOST_TEST((index.get(e).process == detail::pid_access::make(7)));
    BOOST_TEST(index.get(e).binding == &as);
    index.set(e, {}, nullptr);
    BOOST_TEST(!index.get(e).process);
}

// While the index grows, a reader finds all earlier names, and never the process of one
// registration with the type of another.
BOOST_AUTO_TEST_CASE(readers_need_no_lock) {
    const name_binding first{.key = &detail::type_key<int>}, second{.key = &detail::type_key<long>};
    name_entry& e = intern("x");
    index.set(e, detail::pid_access::make(1), &first);
    std::atomic<bool> ready{false}, done{false};
    int wrong = 0;
    std::thread reader{[&] {
        while (!done) {
            const name_reader here;
            const name_entry* found = find("x");
            const located_name l = found ? index.get(*found) : located_name{};
            const name_binding* right = l.process == detail::pid_access::make(1) ? &first : &second;
            wrong += l.binding != (l.process ? right : nullptr); // none, between two registrations
            ready = true;
        }
    }};
    while (!ready)
        std::this_thread::yield();
    for (int n = 0; n < 20'000; ++n) {
        intern(nth(n));
        index.set(e, detail::pid_access::make(n % 2 == 0 ? 2U : 1U), n % 2 == 0 ? &second : &first);
    }
    done = true;
    reader.join();
    BOOST_TEST(wrong == 0);
}

// Otherwise a registry whose keys are used only once would fill the memory.
BOOST_AUTO_TEST_CASE(a_free_name_makes_room_for_another) {
    prepare_asymmetric_fences();
    std::vector<std::pair<std::string, const name_entry*>> borne;
    const auto take = [&](const std::string& name) -> name_entry& {
        name_entry& e = intern(name);
        index.set(e, detail::pid_access::make(1), nullptr);
        return e;
    };
    for (int n = 0; n < 100'000; ++n) {
        index.set(take("once " + std::to_string(n) + " and never again"), {}, nullptr);
        if (n % 1000 == 0)
            borne.emplace_back(nth(n), &take(nth(n)));
    }
    BOOST_TEST(index.capacity() < 2000U);
    for (const auto& [name, entry] : borne)
        BOOST_TEST(find(name) == entry);
}

BOOST_AUTO_TEST_CASE(a_free_name_is_kept_while_a_reader_looks_at_it) {
    prepare_asymmetric_fences();
    const std::string name = "a name that is too long to lie in its entry";
    name_entry& first = intern(name);
    const auto use_many = [&](int from) {
        for (int n = from; n < from + 5000; ++n)
            intern(nth(n));
    };
    {
        const name_reader here;
        const name_entry* found = find(name);
        use_many(0);
        BOOST_TEST(index.capacity() == 5001U);
        BOOST_TEST(!find(name)); // the name is free, so its entry can be freed
        BOOST_TEST((found->text() == name));
        BOOST_TEST(found == &first);
    }
    use_many(5000);
    BOOST_TEST(index.capacity() < 5100U);
}

// Two writers register and unregister names; readers look up names that exist, that do not, and
// that change.
BOOST_AUTO_TEST_CASE(readers_see_the_right_names_while_memory_is_used_again) {
    prepare_asymmetric_fences();
    const name_binding odd{.key = &detail::type_key<int>}, even{.key = &detail::type_key<long>};
    index.set(intern("stays"), detail::pid_access::make(1), &odd);
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0}, looks{0};
    std::vector<std::thread> readers;
    for (int r = 0; r < 2; ++r)
        readers.emplace_back([&, r] {
            for (int n = r; !done; ++n, ++looks) {
                const name_reader here;
                const std::string name = nth(n % 1000);
                const name_entry* e = find(name);
                wrong += e && e->text() != name && !done;
                const located_name l = e ? index.get(*e) : located_name{};
                wrong += l.process &&
                         l.binding != (detail::pid_access::word(l.process) % 2 ? &odd : &even);
                wrong += find("stays") == nullptr;
            }
        });
    while (looks < 100)
        std::this_thread::yield();
    for (unsigned n = 0; n < 100'000; ++n) {
        name_entry& e = intern(nth(static_cast<int>(n * 7919 % 1000)));
        index.set(e, detail::pid_access::make(n + 1), n % 2 ? &even : &odd);
        index.set(e, {}, nullptr);
        index.set(intern("once " + std::to_string(n)), {}, nullptr);
    }
    done = true;
    for (auto& r : readers)
        r.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
