// SPDX-License-Identifier: BSL-1.0
// A stack, with two kinds of failure: one that the caller expects and handles, and one that no code
// handles, so that the server crashes and its caller is told why.
#include <coppice.hpp>
#include <iostream>
#include <optional>
#include <vector>

using namespace coppice;

struct push {
    std::string item;
};
struct pop { // an empty stack is an answer
    using reply = std::optional<std::string>;
};
struct must_pop { // an empty stack is a mistake
    using reply = std::string;
};

class stack {
public:
    void handle_cast(push p) { items_.push_back(std::move(p.item)); }
    std::optional<std::string> handle_call(pop) {
        if (items_.empty())
            return std::nullopt;
        return handle_call(must_pop{});
    }
    std::string handle_call(must_pop) {
        std::string top = items_.at(items_.size() - 1); // throws when there is none
        items_.pop_back();
        return top;
    }

private:
    std::vector<std::string> items_;
};

int main() {
    return application{}.run([] {
        const server_ref<stack> s = start<stack>();
        s.cast(push{"hello"});
        s.cast(push{"world"});
        std::cout << s.call(must_pop{}) << '\n';
        std::cout << s.call(pop{}).value_or("empty") << '\n';
        std::cout << s.call(pop{}).value_or("empty") << '\n';

        const result<std::string> failed = s.try_call(must_pop{});
        std::cout << to_string(failed.error().code) << ", " << failed.error().reason.crash()->type
                  << '\n';
        std::cout << to_string(s.try_call(pop{}).error().code) << '\n';
    });
}
