// SPDX-License-Identifier: BSL-1.0
// Buckets of keys and values, made while the program runs: a tree in a tree, a dynamic supervisor,
// a registry, and a client that knows only the messages.
#include <coppice.hpp>
#include <iostream>
#include <map>
#include <optional>

using namespace coppice;
using namespace std::chrono_literals;

// --- the interface for clients ---

struct put {
    std::string key, value;
};
struct get {
    std::string key;
    using reply = std::optional<std::string>;
};
using bucket_protocol = protocol<put, get>;
inline registry<std::string, bucket_protocol> buckets{"buckets"};

struct note {
    std::string what;
};
struct notes {
    using reply = std::size_t;
};

// --- the processes ---

class bucket {
public:
    void handle_cast(put p) { values_.insert_or_assign(std::move(p.key), std::move(p.value)); }
    std::optional<std::string> handle_call(const get& g) const {
        const auto found = values_.find(g.key);
        return found == values_.end() ? std::nullopt : std::optional{found->second};
    }

private:
    std::map<std::string, std::string> values_;
};

class journal {
public:
    void handle_cast(note) { ++lines_; }
    std::size_t handle_call(notes) const { return lines_; }

private:
    std::size_t lines_ = 0;
};

inline constexpr server_name<dynamic_supervisor> the_buckets{"bucket_supervisor"};
inline constexpr server_name<journal> the_journal{"journal"};

namespace {

/// A new bucket. It is temporary: a bucket that crashed has lost its contents.
server_ref<bucket_protocol> open(std::string_view name) {
    the_journal.cast(note{"open " + std::string{name}});
    return dynamic_supervisor::start_child(
        the_buckets, child<bucket>(buckets(std::string{name})).restart(temporary));
}

} // namespace

int main() {
    return application{{.strategy = rest_for_one},
                       {child<supervisor>("books", {}, {child<journal>(the_journal)}),
                        child<dynamic_supervisor>(the_buckets, {.max_children = 2})}}
        .run([] {
            auto shopping = open("shopping");
            shopping.cast(put{"milk", "3"});
            std::cout << "milk: " << buckets("shopping").call(get{"milk"}).value_or("-") << '\n';
            std::cout << "eggs: " << buckets("shopping").call(get{"eggs"}).value_or("-") << '\n';

            const server_ref<protocol<get>> read_only = shopping;
            std::cout << "milk, read only: " << read_only.call(get{"milk"}).value_or("-") << '\n';

            const auto again = dynamic_supervisor::try_start_child(
                the_buckets, child<bucket>(buckets("shopping")));
            std::cout << "the same once more: " << to_string(again.error().code) << '\n';

            open("travel");
            const auto third =
                dynamic_supervisor::try_start_child(the_buckets, child<bucket>(buckets("work")));
            std::cout << "a third: " << to_string(third.error().code) << '\n';
            for (const auto& c : dynamic_supervisor::which_children(the_buckets))
                std::cout << "child " << c.id << ", " << to_string(c.status) << '\n';

            dynamic_supervisor::terminate_child(the_buckets, shopping.process());
            const auto gone = buckets("shopping").try_call(get{"milk"});
            std::cout << "after terminate_child: " << to_string(gone.error().code) << '\n';
            std::cout << "notes in the journal: " << the_journal.call(notes{}) << '\n';
        });
}
