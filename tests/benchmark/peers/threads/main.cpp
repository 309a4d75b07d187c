// SPDX-License-Identifier: BSL-1.0
// W1, W2, W3, W6 without any of it: a thread, a queue and a condition variable for each process.
#include "../../figure.hpp"
#include "../../program.hpp"
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace benchmark;

/// A queue that one thread waits for. Nothing bounds it.
template <class T>
class channel {
public:
    void push(T value) {
        {
            std::unique_lock lock{mutex_};
            values_.push_back(value);
        }
        there_is_one_.notify_one();
    }
    void close() {
        {
            std::unique_lock lock{mutex_};
            closed_ = true;
        }
        there_is_one_.notify_all();
    }
    /// Waits for the next one; nothing when there will be none.
    std::optional<T> pop() {
        std::unique_lock lock{mutex_};
        there_is_one_.wait(lock, [this] { return closed_ || !values_.empty(); });
        if (values_.empty())
            return std::nullopt;
        const T value = values_.front();
        values_.pop_front();
        return value;
    }

private:
    std::mutex mutex_;
    std::condition_variable there_is_one_;
    std::deque<T> values_;
    bool closed_ = false;
};

/// A call has a channel for the answer, a cast has none.
struct request {
    int by;
    channel<long>* reply;
};

/// The server that most workloads talk to.
class counter {
public:
    ~counter() {
        requests_.close();
        thread_.join();
    }
    void cast(int by) { requests_.push({by, nullptr}); }
    long call(int by) {
        thread_local channel<long> reply;
        requests_.push({by, &reply});
        return *reply.pop();
    }

private:
    void run() {
        long n = 0;
        while (const auto r = requests_.pop()) {
            n += r->by;
            if (r->reply)
                r->reply->push(n);
        }
    }
    channel<request> requests_;
    std::thread thread_{&counter::run, this};
};

void w1_call() {
    constexpr int calls = 1'000'000;
    counter server;
    long last = 0;
    stopwatch w;
    for (int i = 0; i < calls; ++i)
        last = server.call(1);
    report("W1", "ns_per_call", w.ns_each(calls), "ns", last == calls);
}

void w2_cast() {
    constexpr int messages = 5'000'000;
    counter server;
    stopwatch w;
    for (int i = 0; i < messages; ++i)
        server.cast(1);
    const long sum = server.call(0);
    report("W2", "ns_per_message", w.ns_each(messages), "ns", sum == messages);
}

void w3_fan_in() {
    constexpr int clients = 8, messages = 500'000;
    counter server;
    stopwatch w;
    std::vector<std::thread> senders;
    for (int c = 0; c < clients; ++c)
        senders.emplace_back([&server] {
            for (int i = 0; i < messages; ++i)
                server.cast(1);
            server.call(0);
        });
    for (auto& s : senders)
        s.join();
    const double ns = w.ns_each(double{clients} * messages);
    report("W3", "ns_per_message", ns, "ns", server.call(0) == long{clients} * messages);
}

struct token {
    int left, passed;
};

/// A tenth of the hops of the others: each costs a switch of the kernel's.
void w6_ring() {
    constexpr int processes = 503, hops = 500'000;
    std::vector<std::unique_ptr<channel<token>>> links;
    for (int i = 0; i < processes; ++i)
        links.push_back(std::make_unique<channel<token>>());
    channel<int> done;
    std::vector<std::thread> ring;
    for (std::size_t i = 0; i < processes; ++i)
        ring.emplace_back([&done, &in = *links[i], &out = *links[(i + 1) % processes]] {
            while (const auto t = in.pop()) {
                if (t->left == 0)
                    done.push(t->passed);
                else
                    out.push({t->left - 1, t->passed + 1});
            }
        });
    stopwatch w;
    links.front()->push({hops, 0});
    const int passed = *done.pop();
    report("W6", "ns_per_hop", w.ns_each(hops), "ns", passed == hops);
    for (auto& l : links)
        l->close();
    for (auto& t : ring)
        t.join();
}

constexpr workload workloads[] = {
    {"W1", w1_call}, {"W2", w2_cast}, {"W3", w3_fan_in}, {"W6", w6_ring}};

} // namespace

int main(int count, char** arguments) { return run_named(count, arguments, workloads); }
