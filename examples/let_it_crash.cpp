// SPDX-License-Identifier: BSL-1.0
// Let it crash: a worker meets bad input and crashes. No code repairs it: its supervisor starts a
// new worker. When that does not help, the fault climbs, and the branch above is restarted, with
// the cache that held the bad entry.
#include <coppice.hpp>
#include <iostream>
#include <map>

using namespace coppice;
using namespace std::chrono_literals;

// --- the interface for clients ---

struct store {
    std::string key, value;
    using reply = void;
};
struct fetch {
    std::string key;
    using reply = std::string;
};
struct square_of {
    std::string key;
    using reply = int;
};

/// Stores texts, without checking them.
class cache {
public:
    void handle_call(store s) { texts_.insert_or_assign(std::move(s.key), std::move(s.value)); }
    std::string handle_call(const fetch& f) const {
        const auto found = texts_.find(f.key);
        return found == texts_.end() ? "1" : found->second;
    }

private:
    std::map<std::string, std::string> texts_;
};
inline constexpr server_name<cache> the_cache{"cache"};

/// Squares the number that the cache has under a key. Assumes that it is a number.
class calculator {
public:
    int handle_call(const square_of& s) {
        const int n = std::stoi(the_cache.call(fetch{s.key}));
        return n * n;
    }
};
inline constexpr server_name<calculator> the_calculator{"calculator"};

namespace {

void ask(const char* key) {
    for (;;) {
        const auto answer = the_calculator.try_call(square_of{key});
        if (answer) {
            std::cout << key << " squared is " << *answer << '\n';
            return;
        }
        if (answer.error().code == errc::noproc) { // it is just being restarted
            this_process::sleep(1ms);
            continue;
        }
        std::cout << key << ": " << answer.error().reason.text() << '\n';
        return;
    }
}

} // namespace

int main() {
    // The calculator may crash twice within an hour; then cache and calculator are restarted
    // together.
    return application{
        {.strategy = one_for_one, .intensity = 3, .period = 1h},
        {child<supervisor>("sums", {.strategy = one_for_one, .intensity = 2, .period = 1h},
                           {child<cache>(the_cache), child<calculator>(the_calculator)})}}
        .run([] {
            the_cache.call(store{"good", "12"});
            the_cache.call(store{"bad", "twelve"});
            ask("good");
            ask("bad"); // the calculator crashes; the cache keeps its entries
            ask("good");
            ask("bad");
            ask("good");
            ask("bad"); // the third time: the branch is restarted, and the bad entry is gone
            ask("bad");
        });
}
