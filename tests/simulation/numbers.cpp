// SPDX-License-Identifier: BSL-1.0
#include "numbers.hpp"
#include <coppice/this_process.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

time_limit limit_of(int number) {
    switch (number % all_times) {
    case 0:
        return 0ns;
    case 1:
        return 1ns;
    case 2:
        return 100us;
    case 3:
        return 1ms;
    case 4:
        return 3ms;
    case 5:
        return 20ms;
    case 6:
        return 1s;
    case 7:
        return 1h;
    case 8:
        return -1ns;
    case 9:
        return -1h;
    case 10:
        return time_limit::clock::duration::min();
    case 11:
        return time_limit::clock::duration::max();
    case 12:
        return std::chrono::hours::max();
    case 13:
        return std::chrono::seconds::min();
    case 14:
        return std::chrono::duration<double>{1e300};
    case 15:
        return this_process::now() - 5s;
    case 16:
        return time_limit::clock::time_point::min();
    default:
        return infinity;
    }
}

int as_duration(int number) {
    const int n = number % all_times;
    return n <= 11 ? n : n == 12 || n == 14 || n == 17 ? 11 : 10;
}
time_limit::clock::duration duration_of(int number) {
    return limit_of(as_duration(number)).length();
}

exit_reason reason_of(int number) { return exit_reason{reason_text(number)}; }

std::string name_of(int number) {
    static constexpr std::string_view names[names_in_use] = {"ann", "ben", "cid"};
    return std::string{names[number % names_in_use]};
}

} // namespace simulation
