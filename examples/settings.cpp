// SPDX-License-Identifier: BSL-1.0
// Settings of a program, held by a supervised server that all processes find by its name.
#include <coppice.hpp>
#include <cstdio>
#include <map>

using namespace coppice;

struct set {
    std::string key, value;
};
struct get {
    std::string key;
    using reply = std::optional<std::string>;
};
struct forget_all {};

class settings {
public:
    explicit settings(std::map<std::string, std::string> defaults) : all_{std::move(defaults)} {}
    void handle_cast(set s) { all_[s.key] = std::move(s.value); }
    void handle_cast(forget_all) { throw std::runtime_error{"asked to forget"}; }
    std::optional<std::string> handle_call(const get& g) const {
        const auto it = all_.find(g.key);
        return it == all_.end() ? std::nullopt : std::optional{it->second};
    }

private:
    std::map<std::string, std::string> all_;
};

inline constexpr server_name<settings> the_settings{"settings"};

void show(const char* key) {
    std::printf("%s = %s\n", key, the_settings.call(get{key}).value_or("(unset)").c_str());
}

int main() {
    log::set_level(severity::off); // the crash below is intended
    const std::map<std::string, std::string> defaults{{"db.host", "localhost"}};
    return application{{}, {child<settings>(the_settings, defaults)}}.run([] {
        the_settings.cast(set{"db.host", "example.org"});
        show("db.host");
        show("db.port");
        const auto watch = this_process::monitor(the_settings.whereis());
        the_settings.cast(forget_all{}); // it crashes, and is restarted with the defaults
        this_process::receive(when([&](const down& d) { return d.ref == watch; }, [](down) {}));
        while (!the_settings.whereis().process())
            this_process::yield();
        show("db.host");
    });
}
