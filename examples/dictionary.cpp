// SPDX-License-Identifier: BSL-1.0
// Keys and values over an untyped server, asked from a plain thread as well.
#include <coppice.hpp>
#include <coppice/untyped_server.hpp>
#include <cstdio>
#include <map>
#include <thread>

using namespace coppice;

class dictionary : public untyped_server {
public:
    std::any handle(std::string_view method, std::uint64_t, std::any body) override {
        if (method == "put") {
            auto [key, value] = std::any_cast<std::pair<std::string, std::string>>(body);
            words_[key] = std::move(value);
            return {};
        }
        if (method == "get") // an unknown method throws, and only this caller gets the error
            return words_.at(std::any_cast<std::string>(body));
        throw std::invalid_argument{"no method " + std::string{method}};
    }

private:
    std::map<std::string, std::string> words_;
};

int main() {
    runtime::start();
    {
        const untyped_ref d = start<dictionary>();
        d.call("put",
               std::pair{std::string{"coppice"}, std::string{"a wood that is cut and regrows"}});
        std::thread{[&] {
            std::printf("%s\n", d.call<std::string>("get", std::string{"coppice"}).c_str());
        }}.join();
        try {
            d.call("get", std::string{"lawn"});
        } catch (const std::out_of_range&) {
            std::printf("no such word\n");
        }
        d.stop();
    }
    return runtime::stop().empty() ? 0 : 1;
}
