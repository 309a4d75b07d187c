// SPDX-License-Identifier: BSL-1.0
#include "process/mail_queue.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/message.hpp>
#include <coppice/testing.hpp>
#include <deque>
#include <random>

using namespace coppice;
using detail::envelope;
using detail::mail_queue;

namespace {
struct item {};

struct envelopes {
    std::deque<detail::message_envelope<item>> all;
    envelope* make() { return &all.emplace_back(item{}); }
};

std::deque<envelope*> contents(const mail_queue& q) {
    std::deque<envelope*> seen;
    for (envelope* n = q.front(); n; n = n->next)
        seen.push_back(n);
    return seen;
}

envelope* at(const mail_queue& q, std::size_t i) {
    envelope* n = q.front();
    while (i-- > 0)
        n = n->next;
    return n;
}
} // namespace

BOOST_AUTO_TEST_SUITE(mail_queue_suite)

BOOST_AUTO_TEST_CASE(an_empty_queue_has_no_oldest) {
    mail_queue q;
    BOOST_TEST(q.empty());
    BOOST_TEST(q.pop_front() == nullptr);
    BOOST_TEST(q.take_all() == nullptr);
    BOOST_TEST(q.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_walker_can_tell_that_something_was_taken_out) {
    envelopes n;
    mail_queue q;
    q.push_back(n.make());
    const auto before = q.removals();
    q.push_back(n.make());
    BOOST_TEST(q.removals() == before);
    q.remove_behind(q.front());
    BOOST_TEST(q.removals() != before);
}

// Any sequence of operations: the queue holds the envelopes of a std::deque, with the same last
// one.
BOOST_AUTO_TEST_CASE(a_mail_queue_behaves_as_a_deque) {
    for (const std::uint64_t seed : testing::seeds(20)) {
        std::mt19937_64 random{seed};
        envelopes n;
        mail_queue q;
        std::deque<envelope*> model;
        for (int i = 0; i < 500; ++i) {
            switch (random() % 8) {
            case 0:
                BOOST_TEST(q.pop_front() == (model.empty() ? nullptr : model.front()));
                if (!model.empty())
                    model.pop_front();
                break;
            case 1:
            case 2:
                if (!model.empty()) {
                    const std::size_t k = random() % model.size();
                    BOOST_TEST(q.remove_behind(k ? at(q, k - 1) : nullptr) == model[k]);
                    model.erase(model.begin() + static_cast<std::ptrdiff_t>(k));
                }
                break;
            case 3:
                if (random() % 16 == 0) {
                    BOOST_TEST(q.take_all() == (model.empty() ? nullptr : model.front()));
                    model.clear();
                }
                break;
            default:
                model.push_back(n.make());
                q.push_back(model.back());
            }
            BOOST_TEST((contents(q) == model));
            BOOST_TEST(q.size() == model.size());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
