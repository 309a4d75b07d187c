// SPDX-License-Identifier: BSL-1.0
#include "servers.hpp"

namespace bank {

using namespace coppice;
using namespace std::chrono_literals;

child_spec bank_tree(const std::string& journal_file) {
    return child<supervisor>(
        the_bank, {.strategy = rest_for_one, .intensity = 1000, .period = 1s},
        {child<accounts>(the_accounts, journal_file), child<transfers>(the_transfers)});
}

result<outcome> give(const transfer& t, time_limit until) {
    const time_limit end = until.deadline(this_process::now());
    for (;;) {
        auto r = the_transfers.try_call(order{t}, end);
        if (r || r.error().code == errc::timeout || end.deadline({}) <= this_process::now())
            return r;
        this_process::sleep(1ms); // until it is back
    }
}

} // namespace bank
