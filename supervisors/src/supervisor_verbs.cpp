// SPDX-License-Identifier: BSL-1.0
// The clients' side: each function is one call of the supervisor.
#include "messages.hpp"

#include <coppice/dynamic_supervisor.hpp>
#include <coppice/supervisor.hpp>

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
auto ask(const supervisor_ref& sup, M question) {
    if (sup.is_dynamic())
        return flat(
            server_ref<dynamic_supervisor>{sup.process()}.try_call(std::move(question), infinity));
    return flat(server_ref<supervisor>{sup.process()}.try_call(std::move(question), infinity));
}

} // namespace

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
