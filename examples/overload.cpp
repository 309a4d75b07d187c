// SPDX-License-Identifier: BSL-1.0
// Under load: a deadline that travels with a call, a mailbox that is full, requests that come too
// late to be worth the work, and a watcher that hears of long queues.
#include <coppice.hpp>
#include <coppice/sys.hpp>
#include <coppice/system_monitor.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

struct get {
    int key;
    using reply = int;
};
struct put {
    int key;
};

class store {
public:
    static constexpr mailbox_limit default_mailbox{.messages = 100,
                                                   .policy = overflow_policy::reject};
    static constexpr bool skip_late_requests = true;

    int handle_call(get g) const { return g.key * g.key; }
    void handle_cast(put) {}
};
inline constexpr server_name<store> the_store{"store"};

struct page {
    int number;
    using reply = std::string;
};

class front {
public:
    std::string handle_call(page p) {
        // A moment before our caller gives up, so that there is time for the old copy.
        const auto soon = this_process::deadline().deadline(this_process::now()) - 200ms;
        if (const auto value = the_store.try_call(get{p.number}, soon))
            return "page " + std::to_string(*value);
        return "an old copy";
    }
};
inline constexpr server_name<front> the_front{"front"};

class watcher {
public:
    void handle_info(const long_message_queue& q) {
        std::cout << q.name << (q.over ? " falls behind" : " has caught up") << '\n';
        if (!q.over && waiting_)
            waiting_->reply();
    }
    struct caught_up {
        using reply = void;
    };
    void handle_call(caught_up, from<void> client) { waiting_ = std::move(client); }

private:
    std::optional<from<void>> waiting_;
    system_monitor watch_{this_process::self(this),
                          {.long_message_queue = {.low = 5, .high = 50}, .interval = 1ms}};
};
inline constexpr server_name<watcher> the_watcher{"watcher"};

int main() {
    return application{{}, {child<store>(the_store), child<front>(the_front)}}.run([] {
        const pid store_process = the_store.whereis();
        std::cout << the_front.call(page{7}) << '\n';

        sys::suspend(store_process); // it hangs
        std::cout << the_front.call(page{8}, 300ms) << '\n';
        sys::resume(store_process);
        the_store.call(get{1}); // behind the late one
        std::cout << "late: " << process_info(store_process)->late_requests << '\n';

        const auto watching = start<watcher>({.name = the_watcher});
        auto caught_up = the_watcher.send_request(watcher::caught_up{});
        sys::suspend(store_process);
        int refused = 0;
        for (int i = 0; i < 120; ++i)
            refused += !the_store.try_cast(put{i});
        this_process::sleep(300ms); // the watcher looks
        sys::resume(store_process);
        caught_up.get();
        std::cout << "refused: " << refused << '\n';
        watching.stop();
    });
}
