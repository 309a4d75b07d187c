// SPDX-License-Identifier: BSL-1.0
// Code that blocks its thread, and code that computes for long, beside processes that answer.
#include <coppice.hpp>
#include <cstdio>
#include <fstream>

using namespace coppice;
using namespace std::chrono_literals;

struct save {
    std::string text;
    using reply = bool;
};

class notebook { // blocks: a file may be on a disk that is slow
public:
    explicit notebook(std::string path) : path_{std::move(path)} {}
    bool handle_call(const save& s) {
        return blocking([&] { return bool(std::ofstream{path_} << s.text << std::flush); });
    }

private:
    std::string path_;
};

struct sum_up {
    long long to;
    using reply = long long;
};

class adder { // computes: each request in a process of low priority, the server stays free
public:
    void handle_call(sum_up s, from<long long> client) {
        spawn({.priority = priority::low}, [s, client = std::move(client)]() mutable {
            long long sum = 0;
            for (long long i = 1; i <= s.to; ++i)
                sum += i;
            client.reply(sum);
        });
    }
};

int main() {
    return application{}.run([] {
        const auto notes = start<notebook>("/dev/null");
        std::printf("saved: %s\n", notes.call(save{"a line"}) ? "yes" : "no");

        const auto a = start<adder>();
        auto large = a.send_request(sum_up{1'000'000});
        std::printf("%lld\n", a.call(sum_up{10}));
        std::printf("%lld\n", large.get());
    });
}
