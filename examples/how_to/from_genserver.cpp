// SPDX-License-Identifier: BSL-1.0
// For users of Go's genserver: Listen, Handle, Call, Cast and Close.
#include <coppice.hpp>
#include <cstdio>
#include <map>

using namespace coppice;

class store : public untyped_server {
public:
    std::any handle(std::string_view method, std::uint64_t, std::any body) override { // Handle
        if (method == "put") {
            auto [key, value] = std::any_cast<std::pair<std::string, int>>(std::move(body));
            values_[key] = value;
            return {};
        }
        if (method == "get")
            return values_.at(std::any_cast<std::string>(body)); // throws: the caller gets that
        throw std::invalid_argument{"no method " + std::string{method}};
    }

private:
    std::map<std::string, int> values_;
};

int main() {
    return application{}.run([] {
        const untyped_ref s = start<store>();                   // Listen
        s.cast("put", std::pair{std::string{"oak"}, 3});        // Cast, its answer dropped
        auto later = s.send_request("get", std::string{"oak"}); // Cast, its answer waited for
        s.call("put", std::pair{std::string{"ash"}, 5});        // Call
        std::printf("oak %d, ash %d\n", later.get<int>(), s.call<int>("get", std::string{"ash"}));
        try {
            s.call("get", std::string{"elm"});
        } catch (const std::out_of_range&) {
            std::puts("no elm"); // the caller has the error, and the server serves on
        }
        s.stop(); // Close
    });
}
