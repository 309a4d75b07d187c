// SPDX-License-Identifier: BSL-1.0
// A release: two applications and their configuration. What each needs, in which order they start
// and stop, and what a mistake in the configuration file says.
#include <coppice.hpp>
#include <coppice/release.hpp>
#include <cstdio>
#include <map>

using namespace coppice;

// --- the store: goods, held by a supervised server ---

struct take {
    std::string article;
    using reply = bool;
};

class store {
public:
    explicit store(int of_each) : of_each_{of_each} {}
    bool handle_call(const take& t) {
        const auto left = left_.try_emplace(t.article, of_each_).first;
        return left->second > 0 && left->second-- > 0;
    }

private:
    int of_each_;
    std::map<std::string, int> left_;
};
inline constexpr server_name<store> the_store{"store"};

class storage {
public:
    static constexpr std::string_view name = "storage";
    struct config {
        int of_each = 1;
    };
    supervisor_spec start(const config& c) {
        std::printf("storage starts: %d of each article\n", c.of_each);
        return {{}, {child<store>(the_store, c.of_each)}};
    }
    void stop() { std::puts("storage has stopped"); }
};
BOOST_DESCRIBE_STRUCT(storage::config, (), (of_each))

// --- the shop: it sells what the store has ---

struct open_doors {};

class shop {
public:
    static constexpr std::string_view name = "shop";
    using applications = needs<storage>;
    struct config {
        std::string sign = "closed";
        std::vector<std::string> articles = {};
        std::chrono::minutes opened_for{60};
    };
    supervisor_spec start(const config& c) {
        config_ = c;
        std::printf("shop starts: \"%s\"\n", c.sign.c_str());
        return {};
    }
    using start_phases = phases<open_doors>;
    void start_phase(open_doors) {
        std::printf("shop opens, for %d minutes\n", static_cast<int>(config_.opened_for.count()));
        for (const std::string& a : config_.articles)
            std::printf("- %s: %s\n", a.c_str(), the_store.call(take{a}) ? "sold" : "sold out");
    }
    void prep_stop() { std::puts("shop takes no more customers"); }
    void stop() { std::puts("shop has stopped"); }

private:
    config config_;
};
BOOST_DESCRIBE_STRUCT(shop::config, (), (sign, articles, opened_for))

/// The file beside this source: its directory is the program's argument.
int main(int argc, char** argv) {
    const std::string directory = argc > 1 ? argv[1] : ".";
    release<shop, storage> all{{.config_file = directory + "/shop.toml"}};
    return all.run([] { std::puts("all is up; main returns"); });
}
