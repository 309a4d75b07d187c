// SPDX-License-Identifier: BSL-1.0
#include "start_child.hpp"

#include <coppice/detail/contained.hpp>
#include <coppice/detail/exploration.hpp>

namespace coppice::detail {

namespace {

// A caller must be able to tell a failed start from a supervisor that does not run.
errc start_code(errc code) {
    switch (code) {
    case errc::already_started:
    case errc::name_taken:
    case errc::already_named:
    case errc::bad_name:
    case errc::bad_name_type:
    case errc::bad_spec:
    case errc::max_children:
        return code;
    case errc::timeout:
    case errc::noproc:
    case errc::exited:
    case errc::no_reply:
    case errc::calling_self:
    case errc::call_cycle:
    case errc::start_failed:
    case errc::ignored:
    case errc::already_present:
    case errc::not_found:
    case errc::running:
    case errc::restarting:
    case errc::mailbox_full:
    case errc::not_running:
    case errc::would_block:
    case errc::no_request:
    case errc::callback_failed:
        return errc::start_failed;
    }
    return errc::start_failed;
}

start_result start_contained(const start_function& start, const start_args& args) {
    struct call {
        const start_function& start;
        const start_args& args;
        start_result result = start_result::ignored();
    } c{start, args};
    const contained end = contain(
        [](void* context) {
            auto& c = *static_cast<call*>(context);
            try {
                c.result = c.start(c.args);
            } catch (const call_error& e) {
                if (e.code() != errc::start_failed)
                    throw;
                c.result = e.why(); // as if the function had returned it
            }
        },
        &c);
    if (end.how == contained::end::ignored)
        return start_result::ignored();
    if (end.how == contained::end::failed)
        return start_result::failed(end.reason);
    if (!c.result.ok()) {
        failure why = c.result.error();
        if (why.code != errc::start_failed && why.reason == exit_reason::normal)
            why.reason = exit_reason_of(why); // no process exited: the code is the reason
        why.code = start_code(why.code);
        return why;
    }
    return std::move(c.result);
}

} // namespace

start_result start_guarded(const child_spec& spec, const start_args& args) {
    exploration* const by = current_exploration();
    if (by && by->start_fails(spec.id))
        return start_result::failed(exit_reason{"injected"});
    start_result started = start_contained(spec.start, args);
    if (by && started.ok() && started.process())
        by->child_started(started.process(), spec.id);
    return started;
}

} // namespace coppice::detail
