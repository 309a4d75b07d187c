// SPDX-License-Identifier: BSL-1.0
#include "where.hpp"
#include <coppice/explore.hpp>
#include <coppice/gen_statem.hpp>
#include <coppice/pg.hpp>
#include <coppice/release.hpp>
#include <coppice/system_monitor.hpp>

namespace where {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr const char* yes = "yes";

template <class T>
std::string text(const result<T>& r) {
    return r ? yes : std::string{to_string(r.error().code)};
}

registry<std::string, server>& keyed() {
    static registry<std::string, server> all{"where"};
    return all;
}
pg<std::string, pid>& groups() {
    static pg<std::string, pid> all{"where"};
    return all;
}

struct machine {
    struct idle {};
    using states = std::variant<idle>;
    void handle_cast(idle&, note) {}
};

int one() { return 1; }

constexpr function all[] = {
    // --- registries and groups ---
    {"registry::try_register_key",
     [] { return text(keyed().try_register_key("a", targets.target)); }},
    {"registry::lookup", [] { return std::string{keyed().lookup("b") ? yes : "nothing"}; }},
    {"registry::unregister_key",
     [] { return keyed().unregister_key("a", targets.other), std::string{yes}; }},
    {"registry::select",
     [] { return std::to_string(keyed().select([](const auto&) { return true; }).size()); }},
    {"via::try_call", [] { return text(keyed()("unknown").try_call(question{})); }},
    {"try_start, with a key", [] { return text(try_start<server>({.name = keyed()("new")})); }},
    {"pg::try_join", [] { return text(groups().try_join("room", targets.other)); }},
    {"pg::get_members", [] { return std::to_string(groups().get_members("room").size()); }},
    // --- tasks and agents ---
    {"async_task, await", [] { return std::to_string(async_task(one).await()); }},
    {"async_nolink, await", [] { return std::to_string(async_nolink(one).await()); }},
    {"try_start, an agent", [] { return text(try_start<agent<int>>(1)); }},
    // --- behaviours ---
    {"try_start, a gen_event", [] { return text(try_start<gen_event<note>>()); }},
    {"try_start, a gen_statem", [] { return text(try_start<gen_statem<machine>>()); }},
    // --- watching and testing ---
    {"system_monitor",
     [] {
         const system_monitor watch{targets.other, {.long_handler = 1s}};
         return std::string{yes};
     }},
    {"testing::explore",
     [] {
         testing::explore({1}, [](testing::test&) {});
         return std::string{yes};
     }},
    {"release::run", [] { return std::to_string(release<>{}.run([] { return 7; })); }},
};

} // namespace

std::span<const function> module_functions() { return all; }

} // namespace where
