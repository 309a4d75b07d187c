// SPDX-License-Identifier: BSL-1.0
#include "rooms.hpp"
#include <stdexcept>
#include <tuple>

namespace chat {

using namespace coppice;

template <class M>
void room::tell(const M& m) const {
    members.dispatch(name_, [&](const auto& entries) {
        for (const auto& e : entries)
            e.server.send(M{m});
    });
}

std::vector<line> room::handle_call(const enter& e) {
    std::ignore = this_process::monitor(e.session); // `down` names the session
    tell(came{e.name});
    inside_.insert_or_assign(e.session, e.name);
    members.register_key(name_, e.session, e.name);
    return the_history.call(last_lines{name_});
}

void room::handle_cast(say s) {
    if (s.text == "/crash")
        throw std::runtime_error{s.from + " has asked for it"};
    const line l{std::move(s.from), std::move(s.text)};
    the_history.cast(keep{name_, l});
    tell(l);
}

void room::handle_info(const down& d) {
    if (const auto gone = inside_.extract(d.process); !gone.empty())
        tell(went{gone.mapped()});
}

result<server_ref<room>> open_room(const std::string& name) {
    if (const auto r = rooms.whereis(name); r.process())
        return r;
    const auto started =
        dynamic_supervisor::try_start_child(the_rooms, child<room>(rooms(name), name));
    if (!started && started.error().code == errc::already_started) // another session was faster
        return rooms.whereis(name);
    if (!started)
        return started.error();
    return started.value();
}

} // namespace chat
