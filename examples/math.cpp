// SPDX-License-Identifier: BSL-1.0
// An untyped server: methods are text and bodies are anything. An error is its caller's alone.
#include <coppice.hpp>
#include <coppice/untyped_server.hpp>
#include <cstdio>

using namespace coppice;

class math : public untyped_server {
public:
    std::any handle(std::string_view method, std::uint64_t, std::any body) override {
        const auto [a, b] = std::any_cast<std::pair<int, int>>(body);
        if (method == "add")
            return a + b;
        if (method == "sub")
            return a - b;
        if (method == "div") {
            if (b == 0)
                throw std::domain_error{"division by zero"};
            return a / b;
        }
        throw std::invalid_argument{"no method " + std::string{method}};
    }
};

int main() {
    return application{}.run([] {
        const untyped_ref m = start<math>();
        std::printf("add %d\n", m.call<int>("add", std::pair{1, 2}));
        try {
            m.call("div", std::pair{1, 0});
        } catch (const std::domain_error& e) {
            std::printf("div failed: %s\n", e.what());
        }
        untyped_pending later = m.send_request("sub", std::pair{9, 4});
        std::printf("and it goes on: %d\n", later.get<int>());
    });
}
