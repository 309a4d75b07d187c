// SPDX-License-Identifier: BSL-1.0
// Tries: a plug-in (dlopen, -fvisibility=hidden) that talks to servers of the program by name, by
// reference and by pid; one runtime.
// Right: the same class is the same message on both sides: a call by name works, a struct sent by
// pid is received.
#include "shared.hpp"
using namespace coppice;
#define OUT extern "C" __attribute__((visibility("default")))
OUT int plugin_by_name() {
    auto r = the_srv.try_call(ask{1});
    return r ? *r : -int(r.error().code);
}
OUT int plugin_by_ref(std::uint64_t w) {
    auto r = server_ref<srv>{detail::pid_access::make(w)}.try_call(ask{1});
    return r ? *r : -int(r.error().code);
}
OUT void plugin_send(std::uint64_t w) { detail::pid_access::make(w).send(hello{5}); }
OUT int plugin_running() { return runtime::running(); }
