// SPDX-License-Identifier: BSL-1.0
// Tries: terminate/delete/restart_child of a child that waits for its restart (backoff), in both
// kinds of supervisor.
// Right: restart and delete say `restarting`; after terminate the child is never restarted; a new
// child of that id may be started.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
static std::atomic<int> constructed{0};
struct crash {};
struct srv {
    srv() { ++constructed; }
    void handle_cast(crash) { throw 1; }
};
inline constexpr server_name<srv> name{"x"};
static int bad = 0;
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            std::printf("WRONG %d %s\n", __LINE__, #x);                                            \
            ++bad;                                                                                 \
        }                                                                                          \
    } while (0)
int main() {
    log::set_level(severity::off);
    runtime::run([] {
        for (auto strategy : {one_for_one, one_for_all, rest_for_one}) {
            constructed = 0;
            auto sup = start_link<supervisor>(
                supervisor_flags{
                    .strategy = strategy, .intensity = 10, .backoff = {.min = 200ms, .jitter = 0}},
                std::vector<child_spec>{child<srv>(name)});
            name.cast(crash{});
            this_process::sleep(30ms);
            CHECK(supervisor::which_children(sup)[0].status == child_status::restarting);
            CHECK(supervisor::try_restart_child(sup, "x").error().code == errc::restarting);
            CHECK(supervisor::try_delete_child(sup, "x").error().code == errc::restarting);
            CHECK(supervisor::try_start_child(sup, child<srv>(name)).error().code ==
                  errc::already_present);
            CHECK(supervisor::try_terminate_child(sup, "x").has_value());
            CHECK(supervisor::try_delete_child(sup, "x").has_value());
            CHECK(supervisor::try_start_child(sup, child<srv>(name)).has_value());
            this_process::sleep(500ms);
            CHECK(constructed == 2);
            CHECK(supervisor::count_children(sup).active == 1);
            sup.stop();
        }
        constructed = 0;
        auto dyn = start_link<dynamic_supervisor>(dynamic_supervisor_flags{
            .max_children = 1, .intensity = 10, .backoff = {.min = 200ms, .jitter = 0}});
        auto r = dynamic_supervisor::start_child(dyn, child<srv>(name));
        r.cast(crash{});
        this_process::sleep(30ms);
        CHECK(dynamic_supervisor::try_start_child(dyn, child<srv>(name)).error().code ==
              errc::max_children);
        CHECK(dynamic_supervisor::try_terminate_child(dyn, r.process()).has_value());
        CHECK(dynamic_supervisor::try_start_child(dyn, child<srv>(name)).has_value());
        this_process::sleep(500ms);
        CHECK(constructed == 2);
        CHECK(dynamic_supervisor::count_children(dyn).active == 1);
    });
    std::printf("%s\n", bad ? "WRONG" : "ok    all as in OTP");
    return bad != 0;
}
