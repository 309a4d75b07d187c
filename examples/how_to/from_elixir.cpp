// SPDX-License-Identifier: BSL-1.0
// For users of Elixir: a stack as a GenServer, an Agent, and Task.async_stream.
#include <coppice.hpp>
#include <coppice/async_stream.hpp>
#include <iostream>

using namespace coppice;

struct push { // GenServer.cast(Stack, {:push, element})
    std::string element;
};
struct pop { // GenServer.call(Stack, :pop)
    using reply = std::optional<std::string>;
};

class stack { // use GenServer
public:
    explicit stack(std::vector<std::string> elements) : elements_{std::move(elements)} {} // init/1
    void handle_cast(push p) { elements_.push_back(std::move(p.element)); }
    std::optional<std::string> handle_call(pop) {
        if (elements_.empty())
            return std::nullopt;
        std::string top = std::move(elements_.back());
        elements_.pop_back();
        return top;
    }

private:
    std::vector<std::string> elements_;
};

using counter = agent<int>; // use Agent

inline constexpr server_name<stack> the_stack{"stack"}; // name: Stack
inline constexpr server_name<counter> the_counter{"counter"};

int main() {
    const std::vector<std::string> elements{"hello"};
    return application{{.strategy = one_for_one}, // Supervisor.start_link(children, ...)
                       {child<stack>(the_stack, elements), child<counter>(the_counter, 0)}}
        .run([] {
            the_stack.cast(push{"world"});
            std::cout << *the_stack.call(pop{}) << '\n';

            counter::update(the_counter, [](int& n) { n += 2; });
            std::cout << counter::get(the_counter, [](const int& n) { return n; }) << '\n';

            const std::vector<int> numbers{1, 2, 3};
            const auto square = [](int n) { return n * n; };
            for (const result<int>& r : async_stream(numbers, square, {.max_concurrency = 2}))
                std::cout << r.value() << '\n';
        });
}
