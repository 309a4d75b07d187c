// SPDX-License-Identifier: BSL-1.0
// Chapter 2: a bucket as a server: state, calls and a cast.
#include <coppice.hpp>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

using namespace coppice;

struct put { // no reply: a cast
    std::string key, value;
};
struct get { // a reply: a call
    std::string key;
    using reply = std::optional<std::string>;
};
struct size {
    using reply = std::size_t;
};

class bucket {
public:
    void handle_cast(put p) { values_.insert_or_assign(std::move(p.key), std::move(p.value)); }
    std::optional<std::string> handle_call(const get& g) const {
        const auto found = values_.find(g.key);
        return found == values_.end() ? std::nullopt : std::optional{found->second};
    }
    std::size_t handle_call(size) const { return values_.size(); }

private:
    std::map<std::string, std::string> values_;
};

int main() {
    return application{}.run([] {
        const server_ref<bucket> shopping = start<bucket>();
        shopping.cast(put{"milk", "3"});
        std::printf("milk: %s\n", shopping.call(get{"milk"}).value_or("none").c_str());
        std::printf("eggs: %s\n", shopping.call(get{"eggs"}).value_or("none").c_str());
        std::printf("keys: %zu\n", shopping.call(size{}));

        shopping.stop();
        const auto gone = shopping.try_call(get{"milk"});
        std::printf("after stop: %s\n", std::string{to_string(gone.error().code)}.c_str());
    });
}
