// SPDX-License-Identifier: BSL-1.0
// W1, W2, W3, W6 by hand on Boost.Fiber: a fiber and a channel for each process.
//
// One thread where the work is one after the other; all cores, with shared work, for the fan-in.
#include "../../figure.hpp"
#include "../../program.hpp"
#include <boost/fiber/all.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

namespace fibers = boost::fibers;
using namespace benchmark;

// At most so many messages wait (less one); then the sender does.
constexpr std::size_t queue = 1024;

using answers = fibers::buffered_channel<long>;

/// A call has a channel for the answer, a cast has none.
struct request {
    int by;
    answers* reply;
};
using inbox = fibers::buffered_channel<request>;

/// The server: until its inbox is closed.
void counter(inbox& requests) {
    long n = 0;
    for (const request& r : requests) {
        n += r.by;
        if (r.reply)
            r.reply->push(n);
    }
}

/// Calls with one reply channel that it keeps: the fastest way by hand.
class client {
public:
    long call(inbox& server, int by) {
        server.push({by, &reply_});
        return reply_.value_pop();
    }

private:
    answers reply_{2};
};

void w1_call() {
    constexpr int calls = 1'000'000;
    inbox requests{queue};
    fibers::fiber server{counter, std::ref(requests)};
    client me;
    long last = 0;
    stopwatch w;
    for (int i = 0; i < calls; ++i)
        last = me.call(requests, 1);
    report("W1", "ns_per_call", w.ns_each(calls), "ns", last == calls);
    requests.close();
    server.join();
}

void w2_cast() {
    constexpr int messages = 5'000'000;
    inbox requests{queue};
    fibers::fiber server{counter, std::ref(requests)};
    stopwatch w;
    for (int i = 0; i < messages; ++i)
        requests.push({1, nullptr});
    const long sum = client{}.call(requests, 0);
    report("W2", "ns_per_message", w.ns_each(messages), "ns", sum == messages);
    requests.close();
    server.join();
}

/// Threads that run whatever fiber of all is ready, until the end.
class shared_threads {
public:
    shared_threads() {
        fibers::use_scheduling_algorithm<fibers::algo::shared_work>(true);
        for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
            threads_.emplace_back([this] {
                fibers::use_scheduling_algorithm<fibers::algo::shared_work>(true);
                std::unique_lock lock{mutex_};
                over_.wait(lock, [this] { return is_over_; });
            });
    }
    ~shared_threads() {
        {
            std::unique_lock lock{mutex_};
            is_over_ = true;
        }
        over_.notify_all();
        for (auto& t : threads_)
            t.join();
    }
    shared_threads(const shared_threads&) = delete;
    shared_threads& operator=(const shared_threads&) = delete;

private:
    fibers::mutex mutex_;
    fibers::condition_variable_any over_;
    bool is_over_ = false;
    std::vector<std::thread> threads_;
};

void w3_fan_in() {
    constexpr int clients = 8, messages = 500'000;
    const shared_threads all_cores;
    inbox requests{queue};
    fibers::fiber server{counter, std::ref(requests)};
    stopwatch w;
    std::vector<fibers::fiber> senders;
    for (int c = 0; c < clients; ++c)
        senders.emplace_back([&requests] {
            for (int i = 0; i < messages; ++i)
                requests.push({1, nullptr});
            client{}.call(requests, 0);
        });
    for (auto& s : senders)
        s.join();
    const double ns = w.ns_each(double{clients} * messages);
    const long sum = client{}.call(requests, 0);
    report("W3", "ns_per_message", ns, "ns", sum == long{clients} * messages);
    requests.close();
    server.join();
}

struct token {
    int left, passed;
};

void w6_ring() {
    constexpr int processes = 503, hops = 5'000'000;
    using link = fibers::buffered_channel<token>;
    std::vector<std::unique_ptr<link>> links;
    for (int i = 0; i < processes; ++i)
        links.push_back(std::make_unique<link>(2));
    fibers::buffered_channel<int> done{2};
    std::vector<fibers::fiber> ring;
    for (std::size_t i = 0; i < processes; ++i)
        ring.emplace_back([&done, &in = *links[i], &out = *links[(i + 1) % processes]] {
            for (const token& t : in) {
                if (t.left == 0)
                    done.push(t.passed);
                else
                    out.push({t.left - 1, t.passed + 1});
            }
        });
    stopwatch w;
    links.front()->push({hops, 0});
    const int passed = done.value_pop();
    report("W6", "ns_per_hop", w.ns_each(hops), "ns", passed == hops);
    for (auto& l : links)
        l->close();
    for (auto& f : ring)
        f.join();
}

constexpr workload workloads[] = {
    {"W1", w1_call}, {"W2", w2_cast}, {"W3", w3_fan_in}, {"W6", w6_ring}};

} // namespace

int main(int count, char** arguments) { return run_named(count, arguments, workloads); }
