// SPDX-License-Identifier: BSL-1.0
// Visits of users, counted by eight servers instead of one: each user has one of them, and a crash
// costs an eighth of the counts. Rooms that all get the same arguments from their supervisor. And
// the tree, as the program sees it.
#include <coppice.hpp>
#include <coppice/partition_supervisor.hpp>
#include <iostream>
#include <map>

using namespace coppice;

// --- visits: one server many times ---

struct visited {
    std::string user;
};
struct visits_of {
    std::string user;
    using reply = int;
};
struct all_visits {
    using reply = int;
};
struct crash {};

class visit_counter {
public:
    void handle_cast(visited v) { ++visits_[v.user]; }
    void handle_cast(crash) { throw std::runtime_error{"on purpose"}; }
    int handle_call(const visits_of& v) const {
        const auto found = visits_.find(v.user);
        return found == visits_.end() ? 0 : found->second;
    }
    int handle_call(all_visits) const {
        int sum = 0;
        for (const auto& [user, n] : visits_)
            sum += n;
        return sum;
    }

private:
    std::map<std::string, int> visits_;
};

inline partitions<visit_counter> visits{"visits"};

// --- rooms: what all have in common comes from their supervisor ---

struct greeting {
    using reply = std::string;
};

class room {
public:
    room(std::string house, int floor, std::string name)
        : text_{"welcome to the " + name + " of " + house + ", floor " + std::to_string(floor)} {}
    std::string handle_call(greeting) const { return text_; }

private:
    std::string text_;
};

using room_arguments = extra_arguments<std::string, int>;
inline constexpr server_name<supervisor> the_house{"house"};
inline constexpr server_name<dynamic_supervisor> the_rooms{"rooms"};

int main() {
    const auto tree = [] {
        return std::vector<child_spec>{
            child<partition_supervisor>(visits, {.partitions = 8}),
            child<dynamic_supervisor>(the_rooms,
                                      {.extra_arguments = room_arguments{"the old mill", 2}})};
    };
    return application{{}, {child<supervisor>(the_house, {}, tree())}}.run([] {
        for (const char* user : {"ann", "bob", "ann", "eve", "ann"})
            visits(user).cast(visited{user}); // always the same server for ann
        std::cout << "ann: " << visits("ann").call(visits_of{"ann"}) << " visits\n";

        int sum = 0;
        for (std::size_t i = 0; i < visits.size(); ++i) // all of them
            sum += visits[i].call(all_visits{});
        std::cout << "all: " << sum << " visits on " << visits.size() << " servers\n";

        const auto before = visits("ann").whereis();
        const monitor_ref gone = this_process::monitor(before);
        visits("ann").cast(crash{});
        this_process::receive(when([&](const down& d) { return d.ref == gone; }, [](down) {}));
        while (!visits("ann").whereis().process())
            this_process::yield(); // its supervisor starts another
        std::cout << "ann, after a crash: " << visits("ann").call(visits_of{"ann"}) << " visits\n";

        dynamic_supervisor::start_child(the_rooms, room_arguments::child<room>("attic", "attic"));
        for (const child_info& c : dynamic_supervisor::which_children(the_rooms))
            std::cout << c.as<room>().call(greeting{}) << '\n';

        std::cerr << to_text(the_house); // pids and times differ in each run
    });
}
