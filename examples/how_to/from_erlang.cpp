// SPDX-License-Identifier: BSL-1.0
// For users of Erlang: a frequency allocator, which takes back what a client that exits had.
#include <algorithm>
#include <coppice.hpp>
#include <iostream>

using namespace coppice;

struct allocate { // gen_server:call(frequency, allocate)
    using reply = std::optional<int>;
};
struct deallocate { // gen_server:cast(frequency, {deallocate, F})
    int frequency;
};

class frequency {
public:
    explicit frequency(std::vector<int> all) : free_{std::move(all)} {} // init/1

    void handle_call(allocate, from<std::optional<int>> client) { // handle_call(allocate, From, S)
        if (free_.empty())
            return client.reply(std::nullopt); // {reply, none, S}
        const int f = free_.back();
        free_.pop_back();
        taken_.push_back({this_process::monitor(client.caller()), f});
        client.reply(f);
    }
    void handle_cast(deallocate d) {
        const auto it = std::find_if(taken_.begin(), taken_.end(),
                                     [&](const loan& l) { return l.frequency == d.frequency; });
        if (it != taken_.end() && this_process::demonitor(it->client, this_process::flush::yes))
            give_back(it);
    }
    void handle_info(const down& d) { // {'DOWN', Ref, process, Pid, Reason}
        const auto it = std::find_if(taken_.begin(), taken_.end(),
                                     [&](const loan& l) { return l.client == d.ref; });
        if (it != taken_.end())
            give_back(it);
    }

private:
    struct loan {
        monitor_ref client;
        int frequency;
    };
    void give_back(std::vector<loan>::iterator it) {
        free_.push_back(it->frequency);
        taken_.erase(it);
    }
    std::vector<int> free_;
    std::vector<loan> taken_;
};
inline constexpr server_name<frequency> the_frequency{"frequency"};

int main() {
    const std::vector<int> all{10};
    return application{{}, {child<frequency>(the_frequency, all)}}.run([] {
        spawn_monitor([] { std::cout << "client: " << *the_frequency.call(allocate{}) << '\n'; });
        this_process::receive<down>(); // the client has exited; the server hears of it, too
        std::optional<int> mine;
        while (!(mine = the_frequency.call(allocate{})))
            this_process::yield();
        std::cout << "main: " << *mine << '\n';
        std::cout << "a second: " << (the_frequency.call(allocate{}) ? "yes" : "none") << '\n';
        the_frequency.cast(deallocate{*mine});
        std::cout << "then: " << *the_frequency.call(allocate{}) << '\n';
    });
}
