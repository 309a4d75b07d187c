// SPDX-License-Identifier: BSL-1.0
// The clients' side: each function is one call of the supervisor.
#include "messages.hpp"
#include "supervisor_access.hpp"

#include <coppice/detail/server_class.hpp>
#include <coppice/dynamic_supervisor.hpp>
#include <coppice/partition_supervisor.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/task_supervisor.hpp>

namespace coppice {

namespace {

using namespace detail;

template <class T>
result<T> flat(result<answer<T>> got) {
    if (!got)
        return std::move(got).error();
    return std::move(got->value);
}
template <class T>
result<T> flat(result<T> got) {
    return got;
}

// As in OTP the call has no timeout: a supervisor may take as long as its slowest child.
template <class M>
auto ask(const supervisor_ref& sup, M question, time_limit timeout = infinity) {
    switch (supervisor_access::kind(sup)) {
    case supervisor_kind::dynamic:
        return flat(
            server_ref<dynamic_supervisor>{sup.process()}.try_call(std::move(question), timeout));
    case supervisor_kind::partition:
        return flat(
            server_ref<partition_supervisor>{sup.process()}.try_call(std::move(question), timeout));
    case supervisor_kind::ordered:
        break;
    }
    return flat(server_ref<supervisor>{sup.process()}.try_call(std::move(question), timeout));
}

} // namespace

result<oldest_children> supervisor_access::oldest(const supervisor_ref& sup,
                                                  std::size_t at_most,
                                                  time_limit timeout) {
    return ask(sup, oldest_children_request{at_most}, timeout);
}

std::optional<supervisor_ref> supervisor_access::find(pid process) {
    const server_type* const is = class_of(process);
    if (is == &server_type_of<supervisor>)
        return supervisor_ref{process, supervisor_kind::ordered};
    if (is == &server_type_of<dynamic_supervisor> || is == &server_type_of<task_supervisor>)
        return supervisor_ref{process, supervisor_kind::dynamic};
    if (is == &server_type_of<partition_supervisor>)
        return supervisor_ref{process, supervisor_kind::partition};
    return std::nullopt;
}

result<started_child> supervisor_verbs::start(const supervisor_ref& sup, child_spec c) {
    return ask(sup, start_child_request{std::move(c)});
}
result<started_child> supervisor_verbs::try_start_child(const supervisor_ref& sup, child_spec c) {
    return start(sup, std::move(c));
}
started_child supervisor_verbs::start_child(const supervisor_ref& sup, child_spec c) {
    return start(sup, std::move(c)).value();
}
result<started_child> supervisor_verbs::try_start_child(const supervisor_ref& sup,
                                                        unchecked_child_spec c) {
    return ask(sup, start_child_request{std::move(c)});
}
started_child supervisor_verbs::start_child(const supervisor_ref& sup, unchecked_child_spec c) {
    return try_start_child(sup, std::move(c)).value();
}
result<started_child> supervisor_verbs::try_start_child(const supervisor_ref& sup,
                                                        start_args args) {
    return ask(sup, start_child_request{std::move(args)});
}
started_child supervisor_verbs::start_child(const supervisor_ref& sup, start_args args) {
    return try_start_child(sup, std::move(args)).value();
}

result<void> supervisor_verbs::try_terminate_child(const supervisor_ref& sup, std::string_view id) {
    return ask(sup, terminate_child_request{std::string{id}});
}
result<void> supervisor_verbs::try_terminate_child(const supervisor_ref& sup, pid child) {
    return ask(sup, terminate_child_request{child});
}
void supervisor_verbs::terminate_child(const supervisor_ref& sup, std::string_view id) {
    try_terminate_child(sup, id).value();
}
void supervisor_verbs::terminate_child(const supervisor_ref& sup, pid child) {
    try_terminate_child(sup, child).value();
}

result<std::vector<child_info>> supervisor_verbs::try_which_children(const supervisor_ref& sup) {
    return ask(sup, which_children_request{});
}
std::vector<child_info> supervisor_verbs::which_children(const supervisor_ref& sup) {
    return try_which_children(sup).value();
}
result<child_info> supervisor_verbs::try_which_child(const supervisor_ref& sup,
                                                     std::string_view id) {
    return ask(sup, which_child_request{std::string{id}});
}
child_info supervisor_verbs::which_child(const supervisor_ref& sup, std::string_view id) {
    return try_which_child(sup, id).value();
}
result<child_counts> supervisor_verbs::try_count_children(const supervisor_ref& sup) {
    return ask(sup, count_children_request{});
}
child_counts supervisor_verbs::count_children(const supervisor_ref& sup) {
    return try_count_children(sup).value();
}
result<child_spec> supervisor_verbs::try_get_childspec(const supervisor_ref& sup,
                                                       std::string_view id) {
    return ask(sup, get_child_spec_request{std::string{id}});
}
result<child_spec> supervisor_verbs::try_get_childspec(const supervisor_ref& sup, pid child) {
    return ask(sup, get_child_spec_request{child});
}
child_spec supervisor_verbs::get_childspec(const supervisor_ref& sup, std::string_view id) {
    return try_get_childspec(sup, id).value();
}
child_spec supervisor_verbs::get_childspec(const supervisor_ref& sup, pid child) {
    return try_get_childspec(sup, child).value();
}

result<started_child> supervisor::try_restart_child(const supervisor_ref& sup,
                                                    std::string_view id) {
    return ask(sup, restart_child_request{std::string{id}});
}
started_child supervisor::restart_child(const supervisor_ref& sup, std::string_view id) {
    return try_restart_child(sup, id).value();
}
result<void> supervisor::try_delete_child(const supervisor_ref& sup, std::string_view id) {
    return ask(sup, delete_child_request{std::string{id}});
}
void supervisor::delete_child(const supervisor_ref& sup, std::string_view id) {
    try_delete_child(sup, id).value();
}

} // namespace coppice
