// SPDX-License-Identifier: BSL-1.0
#include "process/process_table.hpp"
#include "resident.hpp"
#include "support/sanitizer.hpp"
#include <boost/test/unit_test.hpp>

using namespace coppice;
using namespace coppice::detail;

namespace {

/// A process that has exited, and its slot.
pid live_and_die(process& p) {
    const std::uint64_t tag = mailbox_word::tag(p.inbox.word(std::memory_order_relaxed));
    p.inbox.renew(tag + mailbox_word::one_tag);
    process_table::release(&p);
    return pid_in(p, tag);
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_table_suite)

// A failed compare-exchange writes to its page, too: late calls to a million dead processes would
// bring back the memory of all slots.
BOOST_AUTO_TEST_CASE(an_operation_on_a_dead_process_does_not_bring_memory_back) {
    std::vector<process*> slots(20'000);
    for (auto& s : slots)
        s = process_table::acquire();
    std::vector<pid> dead;
    for (process* s : slots)
        dead.push_back(live_and_die(*s));
    process_table::flush_cache();
    BOOST_TEST(process_table::stats().slabs_given_back > 10U);
    constexpr envelope_ops anything{.what = envelope_ops::kind::message,
                                    .key = nullptr,
                                    .name = "late",
                                    .handle = nullptr,
                                    .drop = nullptr,
                                    .payload = nullptr};
    envelope late{anything};
    unsigned depth = 0;
    std::size_t refused = 0;
    const std::size_t before = resident_bytes();
    for (const pid process : dead)
        refused += !is_alive(process) && !claim_idle(process) &&
                   push(process, &late, depth) == pushed::refused;
    BOOST_TEST(refused == dead.size());
    // A sanitizer's shadow of the memory that is read costs memory, too.
    if (!sanitizer::on() && reading_takes_no_memory())
        BOOST_TEST(resident_bytes() < before + dead.size() * sizeof(process) / 10);
}

BOOST_AUTO_TEST_SUITE_END()
